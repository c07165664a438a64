// Detects the instruction sets that this processor supports. All functions return false on other
// architectures than x86-64.
#pragma once

namespace sightline {

bool has_avx2();             // AVX2 and FMA
bool has_avx512();           // AVX-512 F, DQ, BW and VL
bool has_avx512_products();  // has_avx512(), VNNI and BF16

}  // namespace sightline
