// What this processor can run: which of the kernels that are compiled for several instruction sets
// may be called. False on another architecture.
#pragma once

namespace sightline {

bool has_avx2();             // with FMA
bool has_avx512();           // F, DQ, BW, VL
bool has_avx512_products();  // those, VNNI and BF16

}  // namespace sightline
