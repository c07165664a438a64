#include "tensor/tensor.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cstdint>

namespace sightline {
namespace {

template <typename Call>
void expect_internal(Call call, const std::string& part) {
  try {
    call();
    ADD_FAILURE() << "no error; expected '" << part << "'";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(Tensor, AnEmptyHandleIsUndefined) {
  const Tensor none;
  EXPECT_FALSE(none.defined());
  EXPECT_EQ(none.raw(), nullptr);
}

TEST(Tensor, ReportsItsShape) {
  const Tensor t({2, 3, 5}, DType::f16);
  EXPECT_TRUE(t.defined());
  EXPECT_EQ(t.rank(), 3);
  EXPECT_EQ(t.dim(0), 2);
  EXPECT_EQ(t.dim(-1), 5);
  EXPECT_EQ(t.dim(-3), 2);
  EXPECT_EQ(t.count(), 30);
  EXPECT_EQ(t.bytes(), 60u);
  EXPECT_EQ(shape_text(t.shape()), "(2, 3, 5)");
  EXPECT_EQ(shape_text({}), "()");
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({4, 0}), 0);
}

TEST(Tensor, TypesHaveSizesAndNames) {
  const std::pair<DType, size_t> sizes[] = {
      {DType::f32, 4}, {DType::i32, 4}, {DType::f16, 2}, {DType::bf16, 2}, {DType::u8, 1}};
  for (const auto& [type, size] : sizes) EXPECT_EQ(dtype_size(type), size) << dtype_name(type);
  EXPECT_EQ(dtype_name(DType::bf16), "bf16");
  EXPECT_EQ(dtype_name(DType::u8), "u8");
}

TEST(Tensor, MemoryIsAlignedTo64Bytes) {
  for (const int64_t count : {1, 3, 1000, 100000, 5000000}) {
    const Tensor t({count}, DType::f32);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(t.raw()) % 64, 0u) << count;
  }
}

TEST(Tensor, RejectsAccessWithAnotherElementSize) {
  Tensor t({4}, DType::f16);
  expect_internal([&] { t.data<float>(); }, "f16");
  EXPECT_NE(t.data<uint16_t>(), nullptr);
}

TEST(Tensor, CopiesAndReshapesShareMemory) {
  Tensor t({2, 6}, DType::i32);
  for (int i = 0; i < 12; ++i) t.data<int32_t>()[i] = i;
  const Tensor view = t.reshape({3, 4});
  EXPECT_EQ(view.shape(), (Shape{3, 4}));
  EXPECT_EQ(view.raw(), t.raw());
  t.data<int32_t>()[11] = 42;
  EXPECT_EQ(view.data<int32_t>()[11], 42);
  expect_internal([&] { t.reshape({5}); }, "(2, 6)");
}

TEST(Tensor, AReshapedTensorKeepsTheMemoryAlive) {
  Tensor view;
  {
    Tensor t({8}, DType::f32);
    t.data<float>()[7] = 3.f;
    view = t.reshape({2, 4});
  }
  EXPECT_EQ(view.data<float>()[7], 3.f);
}

TEST(Tensor, BorrowedMemoryIsUsedInPlace) {
  const float values[] = {1, 2, 3};
  const Tensor t = Tensor::borrow({3}, DType::f32, values);
  EXPECT_EQ(t.raw(), values);
  const Tensor copy = to_f32(t);
  EXPECT_NE(copy.raw(), values);
  EXPECT_EQ(copy.data<float>()[2], 3.f);
}

TEST(Tensor, ToF32RejectsIntegers) {
  expect_internal([] { to_f32(Tensor({1}, DType::i32)); }, "i32");
}

TEST(Tensor, BackendStorageHasNoHostAddress) {
  const Tensor t({2}, DType::f32, std::make_shared<Storage>());
  EXPECT_TRUE(t.defined());
  EXPECT_EQ(t.raw(), nullptr);
  EXPECT_EQ(t.data<float>(), nullptr);
}

TEST(Tensor, IsExclusiveOnlyAsTheSoleHandleOfOwnedMemory) {
  Tensor tensor({4}, DType::f32);
  EXPECT_TRUE(tensor.exclusive());
  {
    const Tensor view = tensor.reshape({2, 2});
    EXPECT_FALSE(tensor.exclusive());
  }
  EXPECT_TRUE(tensor.exclusive());
  EXPECT_FALSE(Tensor::borrow({4}, DType::f32, tensor.raw()).exclusive());
  EXPECT_FALSE(Tensor().exclusive());
}

}  // namespace
}  // namespace sightline
