// Declarations of builtin_table.cpp, which tools/golden/verify_builtin.py writes.
#pragma once

#include "verify/builtin.h"

namespace sightline::builtin_table {

extern const std::span<const std::string_view> kTexts;
extern const int kLongestIds;
extern const std::string_view kPixelsMadeWith;
const BuiltinIds& clip_ids();
const BuiltinIds& bert_ids();
std::span<const BuiltinPixels> pixels();

}  // namespace sightline::builtin_table
