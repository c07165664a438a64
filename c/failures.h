// Writes failures to structs of the caller.
#pragma once

#include <string>

#include "call.h"

namespace sightline::c {

inline void write_failure(sightline_failure* to, int64_t input, const std::string& id,
                          const std::string& reason) {
  write_info(to, {0, input, id.c_str(), reason.c_str()}, "sightline_failure");
}

}  // namespace sightline::c
