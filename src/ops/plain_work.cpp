#include "ops/plain_work.h"

namespace sightline {
namespace {

int64_t steps(int64_t side, const PlainConvolution& c) {
  return (side + 2 * c.padding - c.kernel) / c.stride + 1;
}

}  // namespace

double RooflineWork::operations() const {
  double sum = 0;
  for (const PlainProduct& p : products) {
    sum +=
        2.0 * static_cast<double>(p.rows) * static_cast<double>(p.in) * static_cast<double>(p.out);
  }
  for (const PlainConvolution& c : convolutions) {
    sum += 2.0 * static_cast<double>(c.batch * steps(c.height, c) * steps(c.width, c)) *
           static_cast<double>(c.in * c.kernel * c.kernel) * static_cast<double>(c.out);
  }
  return sum;
}

}  // namespace sightline
