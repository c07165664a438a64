// Settings that must be made before libtorch is loaded.
#pragma once

namespace sightline {

// Tells OpenBLAS, which libtorch multiplies with, to use its AVX-512 kernels where the processor
// has AVX-512. OpenBLAS 0.3.21 (Debian 12) knows processors by model number and falls back to its
// Haswell kernels on newer ones: measured on an AMD EPYC of family 26, (16640 x 256) * (256 x 1024)
// in fp32 on two cores: 99 to 210 GFLOP/s without, 386 to 399 with. A setting of the user's
// (OPENBLAS_CORETYPE) stays. Has no effect once libtorch is loaded.
void prepare_torch_runtime();

}  // namespace sightline
