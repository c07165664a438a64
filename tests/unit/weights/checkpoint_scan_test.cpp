// NaN and infinity in weights: every float type, position and storage.
#include "weights/checkpoint_scan.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "base/parallel.h"
#include "unit/data/temporary_folder.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using NotFinite = std::map<std::string, int64_t>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Tensor filled(const Shape& shape, float value) {
  Tensor tensor(shape, DType::f32);
  std::fill_n(tensor.data<float>(), tensor.count(), value);
  return tensor;
}

class CheckpointScanTest : public ::testing::Test {
 protected:
  NotFinite scan(const std::vector<NamedTensor>& tensors, FloatStorage storage) {
    const fs::path path = folder_.path() / "x.safetensors";
    write_safetensors(path, tensors, storage);
    return scan_checkpoint(Checkpoint(path)).not_finite;
  }
  // Writes one tensor of 8 bytes.
  NotFinite scan(const std::string& dtype, const std::string& bytes) {
    const std::string shape = std::to_string(bytes.size() / element_size(dtype));
    const std::string header = R"({"x":{"dtype":")" + dtype + R"(","shape":[)" + shape +
                               R"(],"data_offsets":[0,)" + std::to_string(bytes.size()) + "]}}";
    std::string content(8, '\0');
    content[0] = static_cast<char>(header.size());
    return scan_checkpoint(Checkpoint(folder_.write("y.safetensors", content + header + bytes)))
        .not_finite;
  }

  testing::TemporaryFolder folder_;
};

// Large values are legal: the largest of f32 and of f16, subnormal numbers, and -0.
TEST_F(CheckpointScanTest, AcceptsEveryFiniteNumber) {
  for (const float value : {0.0f, -0.0f, std::numeric_limits<float>::max(),
                            std::numeric_limits<float>::lowest(), 65504.0f, 1e-45f}) {
    EXPECT_EQ(scan({{"w", filled({3000}, value)}}, FloatStorage::f32), NotFinite{});
  }
  EXPECT_EQ(scan({{"w", filled({3000}, -65504)}}, FloatStorage::f16), NotFinite{});
  EXPECT_EQ(scan("BF16", std::string("\x7f\x7f\x80\0", 4)), NotFinite{});
  EXPECT_EQ(scan("I32", std::string(8, '\xff')), NotFinite{});
}

TEST_F(CheckpointScanTest, FindsTheFirstInEveryPosition) {
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
    for (const FloatStorage storage : {FloatStorage::f32, FloatStorage::f16}) {
      for (const int64_t at : {0, 1, 1023, 1024, 2047, 2999}) {
        Tensor bad = filled({3000}, 1);
        bad.data<float>()[at] = bad.data<float>()[2999] = value;
        EXPECT_EQ(scan({{"a", filled({5}, 1)}, {"w", bad}, {"z", filled({5}, 1)}}, storage),
                  (NotFinite{{"w", at}}));
      }
    }
  }
  EXPECT_EQ(scan("BF16", std::string("\0\0\x80\x7f", 4)), (NotFinite{{"x", 1}}));
}

// 1e300 is finite in f64, but the towers compute in f32.
TEST_F(CheckpointScanTest, FindsDoublesThatOverflow) {
  const double values[] = {1, 1e38, 1e300};
  std::string bytes(sizeof values, '\0');
  std::memcpy(bytes.data(), values, sizeof values);
  EXPECT_EQ(scan("F64", bytes), (NotFinite{{"x", 2}}));
}

// Blocks of 8 MiB are scanned in parallel; an element may begin in one and end in the next, since
// the data of a file may begin at any address.
TEST_F(CheckpointScanTest, FindsElementsAcrossBlocks) {
  constexpr int64_t kCount = (20 << 20) / 4;
  const std::string name = "w";
  for (const size_t pad : {0, 1, 2, 3}) {
    std::string header = R"({"w":{"dtype":"F32","shape":[)" + std::to_string(kCount) +
                         R"(],"data_offsets":[0,)" + std::to_string(4 * kCount) + "]}}";
    header.append(pad, ' ');
    std::string content(8, '\0');
    content[0] = static_cast<char>(header.size());
    content += header;
    const int64_t at = ((8 << 20) - static_cast<int64_t>(content.size())) / 4;
    std::string data(4 * kCount, '\0');
    std::memcpy(data.data() + 4 * at, &kInfinity, 4);
    std::memcpy(data.data() + 4 * (kCount - 1), &kInfinity, 4);
    const Checkpoint checkpoint(folder_.write("z.safetensors", content + data));
    EXPECT_EQ(scan_checkpoint(checkpoint).not_finite, (NotFinite{{"w", at}})) << pad;
  }
}

TEST(PositionText, IsRowMajor) {
  EXPECT_EQ(position_text(0, {}), "()");
  EXPECT_EQ(position_text(17, {20}), "(17)");
  EXPECT_EQ(position_text(23, {2, 3, 4}), "(1, 2, 3)");
}

}  // namespace
}  // namespace sightline
