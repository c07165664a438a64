// SIGHTLINE_SCAN_… as ScanType.
#pragma once

#include <sightline/index.h>

#include "call.h"

namespace sightline::c {

// Throws invalid_argument for another number.
inline ScanType scan_type(int32_t scan) {
  return choice(scan, {ScanType::best, ScanType::fp32, ScanType::bf16, ScanType::int8}, "scan");
}

}  // namespace sightline::c
