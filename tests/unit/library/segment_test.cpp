#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/file.h"
#include "base/temporary_path.h"
#include "expect_error.h"
#include "library/segments/segment.h"
#include "library/segments/segment_header.h"
#include "tensor/tensor.h"

namespace sightline::library {
namespace {

using test::expect_error;
namespace fs = std::filesystem;

constexpr int64_t kRows = 70, kDim = 24;

class SegmentTest : public testing::TestWithParam<ElementType> {
 protected:
  SegmentTest() {
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < kRows * kDim; ++i) values_.push_back(normal(random));
  }

  std::span<const float> row(int64_t i) const {
    return std::span(values_).subspan(static_cast<size_t>(i * kDim), kDim);
  }

  Digest write(const fs::path& path) const {
    SegmentWriter writer(path, kDim, GetParam());
    for (int64_t i = 0; i < kRows; ++i) writer.add(row(i), 1000 + i);
    EXPECT_EQ(writer.rows(), kRows);
    return writer.close();
  }

  ScratchFolder folder_;
  fs::path path_ = folder_.path() / "000001.segment";
  std::vector<float> values_;
};

TEST_P(SegmentTest, ReturnsWhatWasWritten) {
  const Segment segment(path_, write(path_));
  ASSERT_EQ(segment.rows(), kRows);
  ASSERT_EQ(segment.dim(), kDim);
  EXPECT_EQ(segment.element(), GetParam());
  EXPECT_EQ(segment.f32() != nullptr, GetParam() == ElementType::f32);
  std::vector<float> copy(kDim);
  for (int64_t i = 0; i < kRows; ++i) {
    EXPECT_EQ(segment.contents()[static_cast<size_t>(i)], 1000 + i);
    segment.copy_row(i, copy);
    double norm = 0;
    for (int64_t d = 0; d < kDim; ++d) {
      const float value = row(i)[static_cast<size_t>(d)];
      const float expected =
          GetParam() == ElementType::f32 ? value : half_to_float(float_to_half(value));
      EXPECT_EQ(copy[static_cast<size_t>(d)], expected);
      norm += static_cast<double>(expected) * expected;
    }
    EXPECT_LE(std::sqrt(norm), segment.max_norm());
  }
  EXPECT_NO_THROW(segment.check());
}

// The quantized rows are of the stored elements: their distance is at most the residual.
TEST_P(SegmentTest, HasQuantizedRowsWithinTheirResiduals) {
  const Segment segment(path_, write(path_));
  const index::QuantizedRows& rows = segment.quantized();
  const int64_t stride = index::quantized_stride(rows.type, kDim);
  std::vector<float> copy(kDim);
  for (int64_t i = 0; i < kRows; ++i) {
    segment.copy_row(i, copy);
    double square = 0;
    for (int64_t d = 0; d < kDim; ++d) {
      const double decoded =
          static_cast<double>(rows.mean[d]) +
          static_cast<double>(rows.scales[i]) * (rows.data[i * stride + d] - 128);
      square += std::pow(copy[static_cast<size_t>(d)] - decoded, 2);
    }
    EXPECT_LE(std::sqrt(square), rows.residuals[i]);
    EXPECT_LE(rows.residuals[i], rows.max_residual);
  }
}

TEST_P(SegmentTest, FindsAChangedByteInEachSection) {
  const Digest digest = write(path_);
  const std::vector<uint8_t> bytes = read_file(path_, 1 << 20);
  SegmentHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (size_t i = 0; i < kSections; ++i) {
    std::vector<uint8_t> damaged = bytes;
    damaged[header.section[i].offset + header.section[i].size / 2] ^= 4;
    write_file_atomic(path_, std::span<const uint8_t>(damaged));
    const Segment segment(path_, digest);  // opening reads the header only
    expect_error(ErrorCode::invalid_data, kSectionNames[i], [&] { segment.check(); });
  }
}

TEST_P(SegmentTest, RefusesADamagedHeaderAndEveryTruncation) {
  const Digest digest = write(path_);
  const std::vector<uint8_t> bytes = read_file(path_, 1 << 20);
  for (size_t at = 0; at < sizeof(SegmentHeader); ++at) {
    std::vector<uint8_t> damaged = bytes;
    damaged[at] ^= 1;
    write_file_atomic(path_, std::span<const uint8_t>(damaged));
    EXPECT_THROW(Segment(path_, digest), Error) << "byte " << at;
  }
  for (const size_t size : {size_t{0}, size_t{7}, size_t{383}, size_t{384}, size_t{4096},
                            bytes.size() / 2, bytes.size() - 1}) {
    write_file_atomic(path_, std::span(bytes).first(size));
    expect_error(ErrorCode::invalid_data, "000001.segment", [&] { Segment(path_, digest); });
  }
}

TEST_P(SegmentTest, RefusesTheSegmentOfAnotherDigest) {
  write(path_);
  expect_error(ErrorCode::invalid_data, "not the one that the catalogue names",
               [&] { Segment(path_, Digest{}); });
  expect_error(ErrorCode::not_found, "000002.segment",
               [&] { Segment(folder_.path() / "000002.segment", Digest{}); });
}

TEST_P(SegmentTest, LeavesNoFileUnlessItWasClosed) {
  {
    SegmentWriter writer(path_, kDim, GetParam());
    writer.add(row(0), 1);
  }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

INSTANTIATE_TEST_SUITE_P(Elements, SegmentTest, testing::Values(ElementType::f32, ElementType::f16),
                         [](const auto& about) { return std::string(element_name(about.param)); });

TEST(SegmentName, HasAtLeastSixDigits) {
  EXPECT_EQ(segment_name(7), "000007.segment");
  EXPECT_EQ(segment_name(12345678), "12345678.segment");
}

}  // namespace
}  // namespace sightline::library
