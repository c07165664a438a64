// Arrays in every form in which NumPy saves them (tools/golden/npy.py), against NumPy's own values.
#include "index/npy_vectors.h"

#include <gtest/gtest.h>
#include <sightline/index.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "base/npy.h"
#include "expect_error.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using index::NpyVectors;
using index::VectorShape;
using test::expect_error;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/npy";

fs::path golden(const std::string& name) {
  return kGolden / (name + ".npy");
}

void expect_same_bits(const Matrix& matrix, const NpyArray& expected, const std::string& name) {
  ASSERT_EQ((std::vector<int64_t>{matrix.rows, matrix.dim}), expected.shape) << name;
  ASSERT_EQ(matrix.values.size() * sizeof(float), expected.bytes.size()) << name;
  EXPECT_EQ(std::memcmp(matrix.values.data(), expected.bytes.data(), expected.bytes.size()), 0)
      << name;
}

TEST(NpyVectors, EveryTypeOrderAndVersionHasNumpysValues) {
  const NpyArray expected = read_npy(golden("expected"));
  int files = 0;
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    const std::string name = entry.path().stem().string();
    if (!name.starts_with("little_") && !name.starts_with("big_") &&
        !name.starts_with("version_") && name != "transposed_view" && name != "expected")
      continue;
    expect_same_bits(NpyVectors(entry.path()).read(), expected, name);
    const VectorIndex opened = VectorIndex::open(entry.path());
    ASSERT_EQ(opened.rows(), 7) << name;
    for (int64_t r = 0; r < 7; ++r) {
      EXPECT_EQ(std::memcmp(opened.row(r).data(), expected.f32().data() + r * 5, 20), 0) << name;
    }
    ++files;
  }
  EXPECT_EQ(files, 12 + 2 + 2);
}

TEST(NpyVectors, DoublesAreRoundedAsByNumpy) {
  expect_same_bits(NpyVectors(golden("exact")).read(), read_npy(golden("exact_expected")), "exact");
}

TEST(NpyVectors, OnlyAlignedFloat32InCOrderIsUsedInPlace) {
  EXPECT_NE(NpyVectors(golden("little_f4_c")).array().in_place(), nullptr);
  for (const char* name : {"little_f4_fortran", "big_f4_c", "little_f2_c", "little_f8_c"})
    EXPECT_EQ(NpyVectors(golden(name)).array().in_place(), nullptr) << name;
  // numpy.save pads headers to 64 bytes, other programs may not.
  std::string file = std::string("\x93NUMPY\x01\0", 8);
  const std::string dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 2L), }\n\n";
  file += static_cast<char>(dict.size());
  file += '\0';
  file += dict;
  const float values[] = {1.5f, -2};
  file.append(reinterpret_cast<const char*>(values), sizeof values);
  ASSERT_NE((file.size() - sizeof values) % 4, 0u);
  const index::VectorArray array({reinterpret_cast<const uint8_t*>(file.data()), file.size()}, "x");
  EXPECT_EQ(array.in_place(), nullptr);
  std::vector<float> out(2);
  array.read(out);
  EXPECT_EQ(out, (std::vector<float>{1.5f, -2}));
}

TEST(NpyVectors, EmptyAndSingleRows) {
  EXPECT_EQ(VectorIndex::open(golden("no_rows")).rows(), 0);
  EXPECT_EQ(NpyVectors(golden("one_row_fortran")).read().rows, 1);
  const Matrix one = NpyVectors(golden("one_dimension"), VectorShape::rows_or_one).read();
  EXPECT_EQ(one.rows, 1);
  EXPECT_EQ(one.dim, 5);
}

TEST(NpyVectors, NamesTheRowThatFloat32CannotHold) {
  expect_error(ErrorCode::invalid_data, "row 1 has -1e+300, which is beyond the range of float32",
               [] { VectorIndex::open(golden("beyond_float32")); });
  expect_error(ErrorCode::invalid_data, "row 1 has a NaN",
               [] { VectorIndex::open(golden("nan")); });
  expect_error(ErrorCode::invalid_data, "row 2 has a NaN or an infinity",
               [] { VectorIndex::open(golden("infinity")); });
}

TEST(NpyVectors, RefusesOtherArraysByName) {
  const auto expect = [](const char* name, ErrorCode code, const char* part) {
    expect_error(code, part, [&] { VectorIndex::open(golden(name)); });
  };
  expect("one_dimension", ErrorCode::invalid_data, "has the shape (5,); vectors are (N, D)");
  expect("three_dimensions", ErrorCode::invalid_data, "one vector per item");
  for (const char* name : {"int8", "uint8", "int64", "bool"})
    expect(name, ErrorCode::unsupported, "Integers and bits are quantized vectors");
  expect("complex64", ErrorCode::unsupported, "'<c8'; vectors are float16");
  expect("longdouble", ErrorCode::unsupported, "'<f16'; expected float16, float32 or float64");
  expect("texts", ErrorCode::unsupported, "has texts");
  expect("dates", ErrorCode::unsupported, "has dates");
  expect("structured", ErrorCode::unsupported, "several fields per element");
  expect("void", ErrorCode::unsupported, "bfloat16 of ml_dtypes");
  expect("objects", ErrorCode::unsupported, "which are never unpickled");
}

}  // namespace
}  // namespace sightline
