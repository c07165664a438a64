// Options of loading a model, from those of the C API.
#pragma once

#include <sightline/model.h>
#include <sightline_c.h>

namespace sightline::c {

inline constexpr const char* kModelOptionsName = "sightline_model_options";

sightline_model_options default_model_options();

// `options` may be null. Throws invalid_argument, unsupported.
ModelOptions model_options(const sightline_model_options* options);

}  // namespace sightline::c
