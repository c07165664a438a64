#include "measure/roofline/roofline_work.h"

namespace sightline {
namespace {

int64_t output_side(int64_t side, const ConvolutionShape& c) {
  return (side + 2 * c.padding - c.kernel) / c.stride + 1;
}

}  // namespace

double RooflineWork::operations() const {
  double sum = 0;
  for (const ProductShape& p : products) {
    sum +=
        2.0 * static_cast<double>(p.rows) * static_cast<double>(p.in) * static_cast<double>(p.out);
  }
  for (const ConvolutionShape& c : convolutions) {
    const int64_t inputs = c.depthwise ? 1 : c.in;
    sum += 2.0 * static_cast<double>(c.batch * output_side(c.height, c) * output_side(c.width, c)) *
           static_cast<double>(inputs * c.kernel * c.kernel) * static_cast<double>(c.out);
  }
  return sum;
}

}  // namespace sightline
