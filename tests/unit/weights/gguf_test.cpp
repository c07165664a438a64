// GGUF files: every element type against gguf-py (tests/golden/gguf, made by
// tools/golden/gguf_files.py), and hostile files.
#include "weights/gguf.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "expect_error.h"
#include "unit/data/temporary_folder.h"
#include "weights/checkpoint_scan.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/gguf";

std::string bytes_of(const Tensor& tensor) {
  return {reinterpret_cast<const char*>(tensor.raw()), tensor.bytes()};
}

TEST(Gguf, EveryTypeHasTheElementsOfTheReferenceToTheLastBit) {
  const Checkpoint checkpoint(kGolden / "types.gguf");
  int types = 0;
  for (const auto& [name, entry] : checkpoint.entries()) {
    if (name == "I32") continue;
    EXPECT_EQ(entry->dtype, name);
    const std::string expected = read_text_file(kGolden / (name + ".f32"));
    EXPECT_EQ(bytes_of(checkpoint.load(name, entry->shape)), expected) << name;
    // A part of the rows.
    const size_t row = expected.size() / static_cast<size_t>(entry->shape[0]);
    EXPECT_EQ(bytes_of(checkpoint.load_rows(name, entry->shape, 1, 1)), expected.substr(row, row))
        << name;
    ++types;
  }
  EXPECT_EQ(types, 14);
  EXPECT_TRUE(scan_checkpoint(checkpoint).not_finite.empty());
}

TEST(Gguf, ReadsMetadata) {
  const GgufFile file(kGolden / "types.gguf");
  const GgufMetadata& data = file.metadata();
  EXPECT_EQ(data.text("general.architecture"), "clip");
  EXPECT_EQ(data.size("test.unsigned", 0, int64_t{1} << 41), int64_t{1} << 40);
  EXPECT_EQ(data.size("test.negative", -10, 10), -3);
  EXPECT_EQ(data.number("test.double"), 0.1);
  EXPECT_EQ(data.size("absent", 7, 0, 10), 7);
  expect_error(ErrorCode::invalid_data, "'test.negative' is -3, expected a number from 0 to 9",
               [&] { data.size("test.negative", 0, 9); });
  expect_error(ErrorCode::invalid_data, "'absent' is missing, expected a finite number",
               [&] { data.number("absent"); });
  expect_error(ErrorCode::invalid_data, "'general.architecture' is 'clip', expected a flag",
               [&] { data.flag("general.architecture", false); });
  expect_error(ErrorCode::invalid_data,
               "'test.numbers' is an array of numbers, expected an array of floating-point numbers",
               [&] { data.floats("test.numbers"); });
}

// Builds a file; every part may be wrong.
class Builder {
 public:
  template <typename T>
  Builder& number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Builder& text(const std::string& text) {
    number<uint64_t>(text.size());
    bytes_ += text;
    return *this;
  }
  Builder& start(uint64_t tensors, uint64_t keys, uint32_t version = 3) {
    bytes_ = "GGUF";
    return number(version).number(tensors).number(keys);
  }
  Builder& tensor(const std::string& name, const std::vector<uint64_t>& extents, uint32_t type,
                  uint64_t offset) {
    text(name).number(static_cast<uint32_t>(extents.size()));
    for (const uint64_t extent : extents) number(extent);
    return number(type).number(offset);
  }
  // Pads to the alignment and appends the data.
  std::string with_data(size_t size, size_t alignment = 32) const {
    std::string all = bytes_;
    all.append((alignment - all.size() % alignment) % alignment, '\0');
    return all + std::string(size, '\0');
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

constexpr uint32_t kF32 = 0, kQ8 = 8, kU32 = 4, kText = 8, kArray = 9;

class GgufHostile : public ::testing::Test {
 protected:
  void refuse(const std::string& content, const std::string& part,
              ErrorCode code = ErrorCode::invalid_data) {
    const fs::path path = folder_.write("x.gguf", content);
    expect_error(code, part, [&] { GgufFile file(path); });
  }
  testing::TemporaryFolder folder_;
};

TEST_F(GgufHostile, AcceptsWhatTheOthersSpoil) {
  const auto file = Builder().start(2, 0).tensor("a", {2, 3}, kF32, 0).tensor("b", {32}, kQ8, 32);
  const GgufFile opened(folder_.write("x.gguf", file.with_data(32 + 34)));
  EXPECT_EQ(opened.entries().at("a").shape, (Shape{3, 2}));
  EXPECT_EQ(opened.entries().at("b").bytes.size(), 34u);
}

TEST_F(GgufHostile, StartAndCounts) {
  refuse("GGUF", "the version at byte 4 has 4 bytes, but the file has only 0 more");
  refuse(Builder().start(0, 0, 1).bytes(), "version 1 of GGUF", ErrorCode::unsupported);
  refuse(Builder().start(0, 0, 9).bytes(), "version 9 of GGUF", ErrorCode::unsupported);
  refuse(Builder().start(0, 0, 0x03000000).bytes(), "big-endian", ErrorCode::unsupported);
  refuse(Builder().start(uint64_t{1} << 60, 0).bytes(), "claims 1152921504606846976 tensors");
  refuse(Builder().start(0, uint64_t{1} << 60).bytes(), "claims 1152921504606846976 keys");
  refuse(Builder()
             .start(0, 1)
             .text("k")
             .number(kArray)
             .number(kText)
             .number<uint64_t>((4 << 20) + 1)
             .with_data(8 * (4 << 20) + 8),
         "more than 4194304 strings", ErrorCode::limit_exceeded);
  refuse(Builder().start(200'001, 0).bytes() + std::string(200'001 * 24, '\0'), "200001 tensors",
         ErrorCode::limit_exceeded);
}

TEST_F(GgufHostile, Metadata) {
  const auto with_key = [](const std::string& key, uint32_t type) {
    return Builder().start(0, 1).text(key).number(type);
  };
  refuse(Builder().start(0, 1).number(~uint64_t{0}).number<uint64_t>(0).bytes(),
         "a key at byte 32 has 18446744073709551615 bytes");
  refuse(Builder().start(0, 1).text("\xff\xfe").number<uint64_t>(0).bytes(), "a key is not UTF-8");
  refuse(with_key("k", 13).number<uint64_t>(0).bytes(), "'k' has the unknown type 13");
  refuse(with_key("k", 7).number<uint64_t>(2).bytes(), "'k' is a flag of value 2");
  refuse(with_key("k", 10).number(~uint64_t{0}).bytes(), "'k' is larger than 2^63 - 1");
  refuse(with_key("k", kText).number(uint64_t{1} << 40).bytes(), "'k' at byte");
  refuse(with_key("k", kArray).number(kText).number(uint64_t{1} << 60).bytes(),
         "1152921504606846976 strings in 'k'");
  refuse(with_key("k", kArray).number(kU32).number(uint64_t{1} << 62).bytes(),
         "4611686018427387904 elements of 'k'");
  // Arrays of arrays could nest without end.
  refuse(with_key("k", kArray).number(kArray).number<uint64_t>(1).bytes(),
         "'k' is an array of elements of type 9");
  auto twice = Builder().start(0, 2);
  for (int i = 0; i < 2; ++i) twice.text("k").number(kU32).number<uint32_t>(1);
  refuse(twice.bytes(), "the key 'k' appears twice");
  for (const uint32_t alignment : {0u, 24u, 1u << 20}) {
    refuse(with_key("general.alignment", kU32).number(alignment).bytes(),
           "'general.alignment' is ");
  }
}

TEST_F(GgufHostile, Tensors) {
  const auto one = [](const std::vector<uint64_t>& extents, uint32_t type, uint64_t offset = 0) {
    return Builder().start(1, 0).tensor("a", extents, type, offset).with_data(64);
  };
  refuse(one({1, 1, 1, 1, 1}, kF32), "'a' has 5 dimensions");
  refuse(one({uint64_t{1} << 32, uint64_t{1} << 32}, kF32), "the size of tensor 'a' overflows");
  refuse(one({0, uint64_t{1} << 62, uint64_t{1} << 62}, kF32), "the size of tensor 'a' overflows");
  refuse(one({~uint64_t{0}}, kF32), "the size of tensor 'a' overflows");
  refuse(one({17}, kF32), "'a' ends at offset 68, but the data has 64 bytes");
  refuse(one({64}, kQ8), "'a' ends at offset 68, but the data has 64 bytes");
  refuse(one({31}, kQ8), "type Q8_0 has rows of 31 elements, expected a multiple of 32");
  refuse(one({4}, kF32, 32), "'a' is at offset 32, expected 0");
  refuse(one({4}, kF32, ~uint64_t{0}), "'a' is at offset 18446744073709551615");
  refuse(one({32}, 20), "'a' has the type IQ4_NL", ErrorCode::unsupported);
  refuse(one({32}, 77), "'a' has the unknown type 77");
  // Removed from the format.
  refuse(one({32}, 4), "'a' has the unknown type 4");
  const auto two = [](uint64_t second, const std::string& name) {
    return Builder()
        .start(2, 0)
        .tensor("a", {4}, kF32, 0)
        .tensor(name, {4}, kF32, second)
        .with_data(64);
  };
  refuse(two(0, "b"), "'b' is at offset 0, expected 32");
  refuse(two(16, "b"), "'b' is at offset 16, expected 32");
  refuse(two(32, "a"), "tensor 'a' appears twice");
  const GgufFile longest(folder_.write("y.gguf", two(32, std::string(1024, 'b'))));
  EXPECT_EQ(longest.entries().size(), 2u);
  refuse(two(32, std::string(1025, 'b')), "name of 1025 bytes, expected at most 1024");
}

TEST_F(GgufHostile, EveryTruncationIsAnError) {
  const std::string whole = read_text_file(kGolden / "types.gguf");
  // The last tensor ends before the padding.
  for (size_t size = 0; size + 16 < whole.size(); size += size < 1200 ? 1 : 61) {
    const fs::path path = folder_.write("x.gguf", whole.substr(0, size));
    EXPECT_THROW(GgufFile file(path), Error) << size;
  }
}

TEST_F(GgufHostile, FindsNumbersThatAreNotFiniteInBlocks) {
  std::string file = Builder().start(1, 0).tensor("a", {32 * 3000}, kQ8, 0).with_data(34 * 3000);
  const size_t data = file.size() - size_t{34} * 3000;
  file[data + 34 * 2900] = '\0';
  file[data + 34 * 2900 + 1] = '\x7c';  // the scale is infinity, and the elements 0 * infinity
  const Checkpoint checkpoint(folder_.write("x.gguf", file));
  const auto found = scan_checkpoint(checkpoint).not_finite;
  EXPECT_EQ(found, (std::map<std::string, int64_t>{{"a", 32 * 2900}}));
}

}  // namespace
}  // namespace sightline
