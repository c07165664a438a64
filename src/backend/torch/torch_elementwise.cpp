// Operations on single elements and rows.
#include <sightline/error.h>

#include "backend/torch/torch_guard.h"
#include "backend/torch/torch_ops.h"

namespace sightline {
namespace {

// (-b, a) for each pair of the last axis.
at::Tensor turned(const at::Tensor& x, RotaryPairs pairs) {
  const int64_t size = x.size(-1);
  if (pairs == RotaryPairs::halves) {
    return at::cat({-x.narrow(-1, size / 2, size / 2), x.narrow(-1, 0, size / 2)}, -1);
  }
  const at::Tensor both = x.unflatten(-1, {size / 2, 2});
  return at::stack({-both.select(-1, 1), both.select(-1, 0)}, -1).flatten(-2);
}

// The position of each row in its sequence.
at::Tensor positions_of(const Tensor& qkv, SequenceOffsets offsets, const at::Device& device) {
  if (offsets.empty()) return at::arange(qkv.dim(1), at::TensorOptions(at::kLong).device(device));
  std::vector<int64_t> positions;
  for (size_t b = 0; b + 1 < offsets.size(); ++b) {
    for (int64_t t = 0; t < offsets[b + 1] - offsets[b]; ++t) positions.push_back(t);
  }
  return at::tensor(positions, at::kLong).to(device);
}

}  // namespace

Tensor TorchOps::rms_norm(const Tensor& x, const Tensor& gamma, float eps, OutputType) {
  if (gamma.count() != x.dim(-1))
    bad_shape("rms_norm", "gamma must have " + std::to_string(x.dim(-1)) + " elements");
  return guarded("rms_norm", [&] {
    const at::Tensor& from = torch_array(x);
    return wrap_torch(from * at::rsqrt(from.square().mean(-1, true) + eps) * torch_array(gamma));
  });
}

Tensor TorchOps::multiply(const Tensor& x, const Tensor& y) {
  const bool each_channel = y.shape() != x.shape();
  if (each_channel && y.shape() != Shape{x.dim(0), x.dim(-1)})
    bad_shape("multiply",
              "y " + shape_text(y.shape()) + " does not fit x " + shape_text(x.shape()));
  return guarded("multiply", [&] {
    if (!each_channel) return wrap_torch(torch_array(x) * torch_array(y));
    Shape shape(static_cast<size_t>(x.rank()), 1);
    shape.front() = x.dim(0);
    shape.back() = x.dim(-1);
    return wrap_torch(torch_array(x) * torch_array(y).reshape(shape));
  });
}

Tensor TorchOps::add(const Tensor& x, const Tensor& y) {
  if (y.shape() != x.shape())
    bad_shape("add", "y is " + shape_text(y.shape()) + ", expected " + shape_text(x.shape()));
  return guarded("add", [&] { return wrap_torch(torch_array(x) + torch_array(y)); });
}

Tensor TorchOps::rotate(Tensor qkv, int64_t heads, const Tensor& cosines, const Tensor& sines,
                        RotaryPairs pairs, SequenceOffsets offsets) {
  const bool packed = !offsets.empty();
  const int64_t width = qkv.dim(-1) / 3;
  if (qkv.rank() != (packed ? 2 : 3) || qkv.dim(-1) % 3 != 0 || heads < 1 || width % heads != 0 ||
      cosines.rank() != 2 || cosines.dim(1) != width / heads || sines.shape() != cosines.shape())
    bad_shape("rotate", "qkv " + shape_text(qkv.shape()) + " and cosines " +
                            shape_text(cosines.shape()) + " do not fit " + std::to_string(heads) +
                            " heads");
  if (packed) {
    require_offsets(offsets, qkv.dim(0), cosines.dim(0), "rotate");
  } else if (qkv.dim(1) > cosines.dim(0)) {
    bad_shape("rotate", "qkv " + shape_text(qkv.shape()) + " has more positions than the tables");
  }
  return guarded("rotate", [&] {
    const at::Tensor positions = positions_of(qkv, offsets, device_);
    const auto table = [&](const Tensor& values) {  // (T, 1, 1, d)
      return torch_array(values).index_select(0, positions).unsqueeze(1).unsqueeze(1);
    };
    const at::Tensor parts = torch_array(qkv).unflatten(-1, {3, heads, width / heads});
    const at::Tensor turning = parts.narrow(-3, 0, 2);
    const at::Tensor rotated = turning * table(cosines) + turned(turning, pairs) * table(sines);
    return wrap_torch(at::cat({rotated, parts.narrow(-3, 2, 1)}, -3).flatten(-3));
  });
}

}  // namespace sightline
