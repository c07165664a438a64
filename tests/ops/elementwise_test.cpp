#include <gtest/gtest.h>
#include <sightline/error.h>

#include "reference.h"

namespace sightline::test {
namespace {

// Runs on the CPU backend and, where it is built, on torch.
template <class Run>
void compare(const Doubles& reference, double tolerance, Run run) {
  const auto cpu = create_ops(Backend::cpu);
  EXPECT_LE(difference(run(*cpu), reference).largest, tolerance);
  const auto torch = torch_or_null();
  if (torch == nullptr) return;
  EXPECT_LE(difference(run(*torch), reference).largest, tolerance) << "torch";
}

TEST(RmsNorm, AgreesWithTheDefinition) {
  for (const Shape& shape : {Shape{1, 1}, Shape{5, 3, 37}, Shape{16, 9, 768}}) {
    const Tensor x = random_tensor(shape, 1, 3.f), gamma = random_tensor({shape.back()}, 2);
    compare(reference_rms_norm(x, gamma, 1e-6), 4e-6, [&](Ops& ops) {
      return ops.to_host(ops.rms_norm(ops.from_host(x), ops.parameter("gamma", gamma), 1e-6f));
    });
  }
}

TEST(Multiply, AgreesWithTheDefinition) {
  const Tensor x = random_tensor({3, 5, 7, 11}, 1);
  for (const Tensor& y : {random_tensor({3, 5, 7, 11}, 2), random_tensor({3, 11}, 3)}) {
    compare(reference_multiply(x, y), 1e-6, [&](Ops& ops) {
      return ops.to_host(ops.multiply(ops.from_host(x), ops.from_host(y)));
    });
  }
}

TEST(Multiply, RefusesOtherShapes) {
  const auto ops = create_ops(Backend::cpu);
  EXPECT_THROW(ops->multiply(random_tensor({3, 5, 11}, 1), random_tensor({5, 11}, 2)), Error);
}

TEST(Add, AgreesWithTheDefinition) {
  const Tensor x = random_tensor({3, 5, 7, 11}, 1), y = random_tensor({3, 5, 7, 11}, 2);
  compare(reference_add(x, y), 1e-6,
          [&](Ops& ops) { return ops.to_host(ops.add(ops.from_host(x), ops.from_host(y))); });
}

TEST(Add, RefusesOtherShapes) {
  const auto ops = create_ops(Backend::cpu);
  EXPECT_THROW(ops->add(random_tensor({3, 5, 11}, 1), random_tensor({3, 11}, 2)), Error);
}

TEST(Rotate, AgreesWithTheDefinition) {
  const Tensor cosines = random_tensor({7, 6}, 1), sines = random_tensor({7, 6}, 2);
  for (const RotaryPairs pairs : {RotaryPairs::neighbours, RotaryPairs::halves}) {
    const Tensor qkv = random_tensor({2, 5, 3 * 18}, 3);
    compare(reference_rotate(qkv, 3, cosines, sines, pairs), 2e-6, [&](Ops& ops) {
      return ops.to_host(ops.rotate(ops.from_host(qkv), 3, ops.parameter("cosines", cosines),
                                    ops.parameter("sines", sines), pairs));
    });
    const std::vector<int32_t> lengths = {4, 1, 7}, offsets = offsets_of(lengths);
    const Tensor packed = random_tensor({12, 3 * 18}, 4);
    compare(reference_rotate(packed, 3, cosines, sines, pairs, lengths), 2e-6, [&](Ops& ops) {
      return ops.to_host(ops.rotate(ops.from_host(packed), 3, ops.parameter("cosines", cosines),
                                    ops.parameter("sines", sines), pairs, offsets));
    });
  }
}

TEST(Rotate, KeepsItsInputWhereItIsUsedElsewhere) {
  const auto ops = create_ops(Backend::cpu);
  const Tensor cosines = random_tensor({5, 6}, 1), sines = random_tensor({5, 6}, 2);
  const Tensor qkv = random_tensor({2, 5, 18}, 3), copy = random_tensor({2, 5, 18}, 3);
  ops->rotate(qkv, 1, cosines, sines, RotaryPairs::neighbours);
  EXPECT_EQ(difference(qkv, copy).largest, 0);
}

TEST(Rotate, RefusesMorePositionsThanTheTablesHave) {
  const auto ops = create_ops(Backend::cpu);
  const Tensor table = random_tensor({4, 6}, 1);
  EXPECT_THROW(ops->rotate(random_tensor({2, 5, 18}, 3), 1, table, table, RotaryPairs::halves),
               Error);
}

}  // namespace
}  // namespace sightline::test
