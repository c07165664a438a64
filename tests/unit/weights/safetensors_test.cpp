#include "weights/safetensors.h"

#include <gtest/gtest.h>
#include <sightline/error.h>
#include <unistd.h>

#include <cstring>
#include <tuple>

#include "weights/checkpoint.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

class Safetensors : public ::testing::Test {
 protected:
  Safetensors() {
    folder_ = fs::temp_directory_path() / ("sightline_safetensors_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  ~Safetensors() override { fs::remove_all(folder_); }

  // Writes a file with this header and data. `claimed` is the length field; -1: the correct length.
  fs::path file(const std::string& header, const std::string& data = "", int64_t claimed = -1) {
    const uint64_t size = claimed < 0 ? header.size() : static_cast<uint64_t>(claimed);
    std::string content(8, '\0');
    std::memcpy(content.data(), &size, 8);
    const fs::path path = folder_ / "case.safetensors";
    write_file_atomic(path, content + header + data);
    return path;
  }

  // Returns the error message; the test fails if there is no error.
  std::string error_message(const fs::path& path) {
    try {
      SafetensorsFile opened(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_data);
      return error.what();
    }
    ADD_FAILURE() << "no error was thrown";
    return "";
  }

  fs::path folder_;
};

TEST_F(Safetensors, ReadsWrittenFiles) {
  Tensor a({2, 3}, DType::f32);
  for (int i = 0; i < 6; ++i) a.data<float>()[i] = 0.1f * static_cast<float>(i);
  Tensor n({2}, DType::i32);
  n.data<int32_t>()[0] = 7;
  n.data<int32_t>()[1] = -7;
  const std::vector<NamedTensor> tensors = {{"weights.a", a}, {"n", n}};
  for (const FloatStorage storage : {FloatStorage::f32, FloatStorage::f16}) {
    write_safetensors(folder_ / "model.safetensors", tensors, storage);
    const Checkpoint checkpoint(folder_);
    const Tensor back = checkpoint.load("weights.a", {2, 3});
    for (int i = 0; i < 6; ++i) {
      EXPECT_NEAR(back.data<float>()[i], a.data<float>()[i],
                  storage == FloatStorage::f32 ? 0 : 3e-4);
    }
    const SafetensorsFile file(folder_ / "model.safetensors");
    EXPECT_EQ(file.entries().at("n").dtype, "I32");
    EXPECT_EQ(std::memcmp(file.entries().at("n").bytes.data(), n.raw(), 8), 0);
    EXPECT_EQ(file.metadata().at("format"), "pt");
  }
}

TEST_F(Safetensors, ReadsBfloat16AndUnalignedData) {
  // The first tensor has one byte, so that the next begins at an odd address.
  const std::string header =
      R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"BF16","shape":[2],"data_offsets":[1,5]}})";
  const auto path = file(header, std::string("\x01\x80\x3f\x00\xc0", 5));  // 1.0, -2.0
  fs::rename(path, folder_ / "model.safetensors");
  const Checkpoint checkpoint(folder_);
  const Tensor x = checkpoint.load("x", {2});
  EXPECT_EQ(x.data<float>()[0], 1.0f);
  EXPECT_EQ(x.data<float>()[1], -2.0f);
}

// The JSON library's own messages name its types and echo bytes of the file.
TEST_F(Safetensors, SaysWhereAHeaderIsWrong) {
  const auto message = [&](const std::string& header) {
    try {
      SafetensorsFile opened(file(header));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  for (const auto& [header, end] : std::vector<std::pair<std::string, std::string>>{
           {R"({"x":])", "its header is not JSON: the problem is at byte 6 of 6"},
           {R"({"a":)", "its header is not JSON: the problem is at byte 5 of 5"},
           {"{\"x\xff\":1}", "its header is not UTF-8: the problem is at byte 4 of 8"},
           {R"({"x":1e999})", "its header is not JSON: a number is out of the range of a double"}})
    EXPECT_TRUE(message(header).ends_with(end)) << message(header);
}

struct FormatCase {
  std::string header;
  size_t data;    // bytes after the header
  bool official;  // whether the format's own library (safetensors 0.8) accepts the file
  bool ours;      // whether it is read here
};

// Headers at the edges of the format. The differences: a name that occurs twice could mean either
// tensor, an entry that is an array has no reader but one, and extents must not overflow.
std::vector<FormatCase> format_cases() {
  const std::string x = R"("x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  const auto one = [](const std::string& shape, const std::string& end, const std::string& more) {
    return R"({"x":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":[0,)" + end + "]" + more +
           "}}";
  };
  std::vector<FormatCase> cases = {
      {"{" + x + "}", 4, true, true},
      {R"({"__metadata__":null,)" + x + "}", 4, true, true},
      {R"({"__metadata__":{},)" + x + "}", 4, true, true},
      {"{" + x + R"(,"__metadata__":{"a":"1"}})", 4, true, true},
      {R"({"__metadata__":{"a":1},)" + x + "}", 4, false, false},
      {R"({"__metadata__":{"a":null},)" + x + "}", 4, false, false},
      {R"({"__metadata__":[],)" + x + "}", 4, false, false},
      {R"({"__metadata__":"a",)" + x + "}", 4, false, false},
      {"{" + x + "}    ", 4, true, true},
      {"{" + x + "}\n\t ", 4, true, true},
      {" {" + x + "}", 4, true, true},
      {"{" + x + "}" + std::string(2, '\0'), 4, false, false},
      {"{" + x + "} x", 4, false, false},
      {"{}", 0, true, true},
      {"{}", 4, false, false},
      {R"({"e":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},)" + x + "}", 4, true, true},
      {R"({"e":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},)" + x + "}", 4, true, true},
      {R"({"e":{"dtype":"F32","shape":[0],"data_offsets":[2,2]},)" + x + "}", 4, false, false},
      {one("[]", "4", ""), 4, true, true},
      {R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},)" + x + "}", 5, true, true},
      {R"({"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)" + x + "}", 8, true, true},
      {one("[1]", "4", R"(,"z":1)"), 4, true, true},
      {one("[1]", "4,5", ""), 4, false, false},
      {one("[1.0]", "4", ""), 4, false, false},
      {one("[-1]", "4", ""), 4, false, false},
      {"{" + x + "}", 5, false, false},
      {"\xef\xbb\xbf{" + x + "}", 4, false, true},
      // Differences.
      {"{" + x + "," + x + "}", 4, true, false},
      {R"({"x":["F32",[1],[0,4]]})", 4, true, false},
      {one("[0,18446744073709551615]", "0", ""), 0, true, false},
  };
  for (const auto& [dtype, elements, bytes] : std::vector<std::tuple<std::string, int, size_t>>{
           {"BOOL", 1, 1},    {"U8", 1, 1},      {"I8", 1, 1},          {"F8_E5M2", 1, 1},
           {"F8_E4M3", 1, 1}, {"F8_E8M0", 1, 1}, {"F8_E4M3FNUZ", 1, 1}, {"F8_E5M2FNUZ", 1, 1},
           {"I16", 1, 2},     {"U16", 1, 2},     {"F16", 1, 2},         {"BF16", 1, 2},
           {"I32", 1, 4},     {"U32", 1, 4},     {"F32", 1, 4},         {"C64", 1, 8},
           {"F64", 1, 8},     {"I64", 1, 8},     {"U64", 1, 8},         {"F4", 2, 1},
           {"F6_E2M3", 4, 3}, {"F6_E3M2", 4, 3}}) {
    cases.push_back({R"({"x":{"dtype":")" + dtype + R"(","shape":[)" + std::to_string(elements) +
                         R"(],"data_offsets":[0,)" + std::to_string(bytes) + "]}}",
                     bytes, true, true});
  }
  cases.push_back({R"({"x":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", 2, false, false});
  for (const char* dtype : {"I4", "f32"}) {
    cases.push_back(
        {R"({"x":{"dtype":")" + std::string(dtype) + R"(","shape":[1],"data_offsets":[0,1]}})", 1,
         false, false});
  }
  return cases;
}

TEST_F(Safetensors, AcceptsWhatTheFormatAllows) {
  for (const FormatCase& item : format_cases()) {
    bool accepted = true;
    try {
      const SafetensorsFile opened(file(item.header, std::string(item.data, '1')));
    } catch (const Error&) {
      accepted = false;
    }
    EXPECT_EQ(accepted, item.ours) << item.header << " official: " << item.official;
  }
}

TEST_F(Safetensors, RejectsInvalidFiles) {
  const std::string one = R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  EXPECT_NE(error_message(file(one, "1234", 1 << 30)).find("header claims"), std::string::npos);
  EXPECT_NE(error_message(file(one, "1234", INT64_MAX)).find("header claims"), std::string::npos);
  EXPECT_NE(error_message(file(one, "123")).find("the data has 3"), std::string::npos);
  EXPECT_NE(error_message(file(one, "12345")).find("belong to no tensor"), std::string::npos);
  EXPECT_NE(error_message(file("[]")).find("not a JSON object"), std::string::npos);
  EXPECT_NE(error_message(file("{\"x\": ")).find("not JSON"), std::string::npos);
  EXPECT_NE(error_message(file("{\"\xff\": 1}")).find("UTF-8"), std::string::npos);
  EXPECT_NE(error_message(file(std::string(100000, '['))).find("nested too deeply"),
            std::string::npos);
  const auto short_file = folder_ / "short.safetensors";
  write_file_atomic(short_file, std::string("1234567"));
  EXPECT_NE(error_message(short_file).find("7 bytes"), std::string::npos);
  write_file_atomic(short_file, std::string());
  EXPECT_NE(error_message(short_file).find("0 bytes"), std::string::npos);
}

TEST_F(Safetensors, RejectsInvalidTensors) {
  const auto tensor = [&](const std::string& entry, const std::string& data = "1234") {
    return error_message(file("{" + entry + "}", data));
  };
  const std::string x = R"("x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  EXPECT_NE(tensor(x + "," + x).find("appears twice"), std::string::npos);
  EXPECT_NE(tensor(x + R"(,"y":{"dtype":"F32","shape":[1],"data_offsets":[2,6]})", "123456")
                .find("overlaps"),
            std::string::npos);
  EXPECT_NE(
      tensor(x + R"(,"y":{"dtype":"U8","shape":[1],"data_offsets":[5,6]})", "123456").find("gap"),
      std::string::npos);
  EXPECT_NE(tensor(R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]})").find("needs 8"),
            std::string::npos);
  EXPECT_NE(tensor(R"("x":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,4]})")
                .find("overflows"),
            std::string::npos);
  EXPECT_NE(tensor(R"("x":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]})")
                .find("overflows"),
            std::string::npos);
  EXPECT_NE(tensor(R"("x":{"dtype":"F32","shape":[0,4611686018427387904,8],"data_offsets":[0,0]})")
                .find("overflows"),
            std::string::npos);
  EXPECT_NE(tensor(R"("x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]})")
                .find("non-negative integer"),
            std::string::npos);
  EXPECT_NE(tensor(R"("x":{"dtype":"F31","shape":[1],"data_offsets":[0,4]})").find("unknown dtype"),
            std::string::npos);
  EXPECT_NE(tensor(R"("x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]})").find("bytes 4 to 0"),
            std::string::npos);
  EXPECT_NE(tensor(R"("x":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]})")
                .find("the data has 4"),
            std::string::npos);
  EXPECT_NE(tensor(R"("x":{"dtype":"F32","shape":[1]})").find("must have dtype"),
            std::string::npos);
  EXPECT_NE(tensor(R"("__metadata__":{"a":1})", "").find("not a string"), std::string::npos);
}

// A truncated or modified file is either rejected or read without leaving its bytes, which the
// sanitizer builds check.
// Messages print names.
TEST_F(Safetensors, RejectsLongNames) {
  const std::string entry = R"(": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})";
  const std::string error =
      error_message(file("{\"" + std::string(2000, 'w') + entry, std::string(4, '\0')));
  EXPECT_NE(error.find("has 2000 bytes, expected at most 1024"), std::string::npos) << error;
  EXPECT_LT(error.size(), 500u);
}

TEST_F(Safetensors, SurvivesDamage) {
  Tensor a({5, 7}, DType::f32);
  std::memset(a.data<float>(), 0, a.bytes());
  const std::vector<NamedTensor> tensors = {{"a", a}, {"b", a}};
  const auto path = folder_ / "model.safetensors";
  write_safetensors(path, tensors, FloatStorage::f16);
  const auto good = read_file(path, 1 << 20);
  int rejected = 0, read = 0;
  const auto attempt = [&](const std::vector<uint8_t>& bytes) {
    write_file_atomic(path, std::span(bytes));
    try {
      const Checkpoint checkpoint(folder_);
      checkpoint.load("a", {5, 7});
      ++read;
    } catch (const Error&) {
      ++rejected;
    }
  };
  for (size_t size = 0; size < good.size(); size += 3)
    attempt({good.begin(), good.begin() + static_cast<long>(size)});
  for (size_t at = 0; at < 200 && at < good.size(); ++at) {
    auto bytes = good;
    bytes[at] ^= 0x15;
    attempt(bytes);
  }
  EXPECT_GT(rejected, 100);
}

TEST_F(Safetensors, ReadsShards) {
  Tensor a({2}, DType::f32);
  a.data<float>()[0] = 1, a.data<float>()[1] = 2;
  const auto shard = [&](const char* file, const char* name) {
    const std::vector<NamedTensor> tensors = {{name, a}};
    write_safetensors(folder_ / file, tensors, FloatStorage::f32);
  };
  const auto index = [&](const std::string& map) {
    write_file_atomic(folder_ / "model.safetensors.index.json", "{\"weight_map\": " + map + "}");
  };
  shard("one.safetensors", "a");
  shard("two.safetensors", "b");
  index(R"({"a": "one.safetensors", "b": "two.safetensors"})");
  EXPECT_EQ(Checkpoint(folder_).load("b", {2}).data<float>()[1], 2);
  index(R"({"a": "one.safetensors", "b": "one.safetensors"})");
  EXPECT_THROW(Checkpoint{folder_}, Error);
  index(R"({"a": "../one.safetensors"})");
  try {
    Checkpoint checkpoint(folder_);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("not a file in the same folder"), std::string::npos);
  }
  shard("two.safetensors", "a");
  index(R"({"a": "one.safetensors", "b": "two.safetensors"})");
  EXPECT_THROW(Checkpoint{folder_}, Error);
}

TEST_F(Safetensors, NamesTensorsWithAnotherShape) {
  Tensor a({2}, DType::f32);
  std::memset(a.data<float>(), 0, 8);
  const std::vector<NamedTensor> tensors = {{"a", a}};
  write_safetensors(folder_ / "model.safetensors", tensors, FloatStorage::f32);
  const Checkpoint checkpoint(folder_);
  try {
    checkpoint.load("a", {3});
    ADD_FAILURE();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("'a'"), std::string::npos);
    EXPECT_NE(text.find("has shape (2), expected (3)"), std::string::npos);
  }
  EXPECT_THROW(checkpoint.load("b", {3}), Error);
}

}  // namespace
}  // namespace sightline
