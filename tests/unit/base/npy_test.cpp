#include "base/npy.h"

#include <gtest/gtest.h>
#include <sightline/error.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/file.h"
#include "base/npy_header.h"
#include "base/npy_rows.h"

namespace sightline {
namespace {

class NpyTest : public ::testing::Test {
 protected:
  NpyTest() {
    folder_ =
        std::filesystem::temp_directory_path() / ("sightline_npy_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  ~NpyTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file(const std::string& name) const { return folder_ / name; }

  ErrorCode read_error(const std::string& content) const {
    write_file_atomic(file("bad.npy"), content);
    try {
      read_npy(file("bad.npy"));
    } catch (const Error& error) {
      return error.code();
    }
    ADD_FAILURE() << "no error for " << content;
    return ErrorCode::internal;
  }

  std::filesystem::path folder_;
};

std::string with_header(const std::string& dict, const std::string& data) {
  std::string text = std::string("\x93NUMPY\x01", 7) + '\0';
  text += static_cast<char>(dict.size() & 0xff);
  text += static_cast<char>(dict.size() >> 8);
  return text + dict + data;
}

TEST_F(NpyTest, EveryTypeRoundTrips) {
  const std::vector<float> floats = {1.5f, -2.0f, 3.25f, 0.0f, 5.0f, 6.0f};
  const int64_t shape[] = {2, 3};
  write_npy(file("f.npy"), std::span<const float>(floats), shape);
  const NpyArray array = read_npy(file("f.npy"));
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(array.count(), 6);
  EXPECT_EQ(std::vector<float>(array.f32().begin(), array.f32().end()), floats);
  EXPECT_THROW(array.u8(), Error);

  const std::vector<int32_t> ints = {7, -8};
  const int64_t pair[] = {2};
  write_npy(file("i.npy"), std::span<const int32_t>(ints), pair);
  EXPECT_EQ(read_npy(file("i.npy")).i32()[1], -8);

  const std::vector<uint8_t> bytes = {200};
  write_npy(file("u.npy"), std::span<const uint8_t>(bytes), std::span<const int64_t>());
  const NpyArray scalar = read_npy(file("u.npy"));
  EXPECT_TRUE(scalar.shape.empty());
  EXPECT_EQ(scalar.u8()[0], 200);
}

TEST_F(NpyTest, HeaderEqualsNumpys) {
  const int64_t shape[] = {2, 3};
  const std::string header = npy::make_header(NpyType::f32, shape);
  EXPECT_EQ(header.size(), 128u);
  EXPECT_EQ(header.substr(10, 60), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } ");
  EXPECT_EQ(header.back(), '\n');
}

TEST_F(NpyTest, RejectsAShapeThatDoesNotMatchTheValues) {
  const std::vector<float> floats(5);
  const int64_t shape[] = {2, 3};
  EXPECT_THROW(write_npy(file("x.npy"), std::span<const float>(floats), shape), Error);
  EXPECT_FALSE(std::filesystem::exists(file("x.npy")));
}

TEST_F(NpyTest, RowWriterAppendsRows) {
  {
    NpyRowWriter writer(file("rows.npy"), 2);
    writer.append(std::vector<float>{1, 2});
    writer.append(std::vector<float>{3, 4, 5, 6});
    EXPECT_FALSE(std::filesystem::exists(file("rows.npy")));
    EXPECT_THROW(writer.append(std::vector<float>{1}), Error);
    writer.close();
  }
  const NpyArray array = read_npy(file("rows.npy"));
  EXPECT_EQ(array.shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(array.f32()[5], 6.0f);
}

TEST_F(NpyTest, AnUnclosedRowWriterLeavesNoFile) {
  { NpyRowWriter(file("gone.npy"), 2).append(std::vector<float>{1, 2}); }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(NpyTest, ZeroRowsAreAnEmptyArray) {
  NpyRowWriter writer(file("none.npy"), 4);
  writer.close();
  EXPECT_EQ(read_npy(file("none.npy")).shape, (std::vector<int64_t>{0, 4}));
}

TEST_F(NpyTest, RejectsInvalidFiles) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n";
  EXPECT_EQ(read_error(""), ErrorCode::invalid_data);
  EXPECT_EQ(read_error("hello, this is text"), ErrorCode::invalid_data);
  EXPECT_EQ(read_error(with_header(good, "abc")), ErrorCode::invalid_data);
  EXPECT_EQ(read_error(with_header(good, "abcde")), ErrorCode::invalid_data);
  EXPECT_EQ(read_error(with_header(good, "").substr(0, 30)), ErrorCode::invalid_data);
  EXPECT_EQ(read_error(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': "
                                   "(4000000000, 4000000000, 4000000000), }\n",
                                   "")),
            ErrorCode::invalid_data);
  EXPECT_EQ(read_error(with_header("{'descr': '<f4', 'shape': (1,), }\n", "abcd")),
            ErrorCode::invalid_data);
  EXPECT_EQ(read_error(with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n",
                                   "abcdefgh")),
            ErrorCode::unsupported);
  EXPECT_EQ(read_error(with_header("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }\n",
                                   "abcdabcdabcdabcd")),
            ErrorCode::unsupported);
  EXPECT_EQ(read_error(with_header("{'descr': '<f99', 'fortran_order': False, 'shape': (1,), }\n",
                                   "abcd")),
            ErrorCode::unsupported);
  EXPECT_EQ(read_error(with_header("{'descr': [('a', '<f4')], 'fortran_order': False, "
                                   "'shape': (1,), }\n",
                                   "abcd")),
            ErrorCode::unsupported);
  EXPECT_EQ(
      read_error(with_header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", "abcd")),
      ErrorCode::unsupported);
}

}  // namespace
}  // namespace sightline
