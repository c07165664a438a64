// A warning about numbers of attention heads that no published model has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sightline {

// Appends a warning where `heads` divides `width` into heads of a width that no published model
// has. The weights of a transformer do not depend on the number of heads, so a wrong one loads and
// yields wrong vectors. tower: "image" or "text"; where: the model's path.
void add_head_warning(const char* tower, int64_t width, int64_t heads, const std::string& where,
                      std::vector<std::string>& warnings);

}  // namespace sightline
