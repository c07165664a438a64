// Files written by PyTorch (tests/golden/torch_files, from tools/golden/torch_files.py), and
// handcrafted files that PyTorch would not write.
#include "weights/torch_file.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "expect_error.h"
#include "unit/base/zip_writer.h"
#include "unit/data/temporary_folder.h"
#include "weights/checkpoint_scan.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/torch_files";

class TorchFiles : public ::testing::TestWithParam<const char*> {};

TEST_P(TorchFiles, HaveThePyTorchValues) {
  const json expected = json::parse(read_text_file(kGolden / "expected.json")).at(GetParam());
  const Checkpoint checkpoint(kGolden / GetParam());
  size_t floats = 0;
  for (const auto& [name, entry] : checkpoint.entries()) floats += entry->dtype != "I64";
  EXPECT_EQ(floats, expected.size());
  for (const auto& [name, tensor] : expected.items()) {
    const Shape shape = tensor["shape"].get<Shape>();
    const Tensor got = checkpoint.load(name, shape);
    const auto values = tensor["values"].get<std::vector<double>>();
    ASSERT_EQ(static_cast<size_t>(got.count()), values.size()) << name;
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_EQ(got.data<float>()[i], static_cast<float>(values[i])) << name << " " << i;
    // load_rows() returns the corresponding part of the tensor.
    if (shape.size() == 2 && shape[0] > 2) {
      const Tensor rows = checkpoint.load_rows(name, shape, 1, shape[0] - 2);
      for (int64_t i = 0; i < rows.count(); ++i)
        EXPECT_EQ(rows.data<float>()[i], got.data<float>()[i + shape[1]]) << name << " " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, TorchFiles,
                         ::testing::Values("state.pth", "state4.pth", "state5.pth", "legacy.pth",
                                           "cuda.pth", "training.pt", "script.pt", "traced.pt"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(TorchFile, IntegersAreListedButCannotBeLoaded) {
  const Checkpoint checkpoint(kGolden / "state.pth");
  ASSERT_NE(checkpoint.find("counter"), nullptr);
  EXPECT_EQ(checkpoint.find("counter")->dtype, "I64");
  EXPECT_THROW(checkpoint.load("counter", {2}), Error);
}

// Returns the error message for a file with this content; the test fails if there is no error.
std::string error_message(const std::string& content, const std::string& name = "x.pt") {
  testing::TemporaryFolder folder;
  const fs::path path = folder.write(name, content);
  try {
    const Checkpoint checkpoint(path);
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

std::string number(int64_t value) {
  std::string out = "\x8a\x08";
  for (int i = 0; i < 8; ++i) out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
  return out;
}
std::string text_of(const std::string& text) {
  return std::string("U") + static_cast<char>(text.size()) + text;
}
std::string tuple_of(const std::vector<int64_t>& values) {
  std::string out = "(";
  for (const int64_t value : values) out += number(value);
  return out + "t";
}

struct TensorSpec {
  std::vector<int64_t> shape = {2}, strides = {1};
  int64_t offset = 0, count = 2;
  std::string key = "0", type = "FloatStorage", extra = "";
};

// A tensor as pickled by torch.save.
std::string tensor_of(const TensorSpec& t) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text_of("storage") + "ctorch\n" + t.type + "\n" +
         text_of(t.key) + text_of("cpu") + number(t.count) + t.extra + "tQ" + number(t.offset) +
         tuple_of(t.shape) + tuple_of(t.strides) + "\x89" + "ccollections\nOrderedDict\n)RtR";
}

// {"w": tensor}
std::string pickle_of(const TensorSpec& t) {
  return "\x80\x02}" + text_of("w") + tensor_of(t) + "s.";
}

std::string archive_of(const std::string& pickle, const std::string& storage = "12345678") {
  return testing::zip(
      {testing::stored("a/data.pkl", pickle), testing::stored("a/data/0", storage)});
}

TEST(TorchFile, ReadsHandcraftedFiles) {
  testing::TemporaryFolder folder;
  const float values[2] = {1.5f, -2};
  std::string storage(8, '\0');
  std::memcpy(storage.data(), values, 8);
  for (const bool deflated : {false, true}) {
    const auto item =
        deflated ? testing::packed("a/data/0", storage) : testing::stored("a/data/0", storage);
    const Checkpoint checkpoint(
        folder.write("x.pt", testing::zip({testing::stored("a/data.pkl", pickle_of({})), item})));
    EXPECT_EQ(checkpoint.load("w", {2}).data<float>()[1], -2);
  }
}

TEST(TorchFile, RejectsTensorsOutsideTheirStorage) {
  const auto rejected = [](const TensorSpec& spec) {
    return error_message(archive_of(pickle_of(spec)));
  };
  expect_part(rejected({.offset = 1}),
              "tensor 'w' of shape (2) at element 1 is outside its storage '0' of 2 elements");
  expect_part(rejected({.shape = {3}}), "is outside its storage");
  expect_part(rejected({.strides = {2}}), "is outside its storage");
  expect_part(rejected({.offset = int64_t{1} << 62}), "is outside its storage");
  expect_part(rejected({.shape = {int64_t{1} << 62}, .strides = {int64_t{1} << 62}}),
              "is outside its storage");
  expect_part(rejected({.shape = {int64_t{1} << 32, int64_t{1} << 32, 4}, .strides = {0, 0, 0}}),
              "is outside its storage");
  expect_part(rejected({.offset = -1}), "offset that is not a non-negative integer");
  expect_part(rejected({.shape = {-2}}), "the sizes of tensor 'w' are not non-negative integers");
  expect_part(rejected({.strides = {-1}}), "the strides of tensor 'w'");
  expect_part(rejected({.shape = {2, 1}}), "has 2 sizes and 1 strides");
  expect_part(rejected({.count = 3}),
              "storage '0' of tensor 'w' has 8 bytes, but its 3 elements need 12");
  expect_part(rejected({.count = int64_t{1} << 60}), "claims 1152921504606846976 elements");
  expect_part(rejected({.count = -1}), "claims -1 elements");
  expect_part(rejected({.key = "1"}), "the archive has no storage '1'");
  expect_part(rejected({.key = "../data.pkl"}), "has no storage");
  expect_part(rejected({.type = "float32"}), "unknown type 'torch.float32'");
}

// Eight bytes that claim to be a matrix of a million columns.
TEST(TorchFile, RejectsRepeatedElements) {
  expect_part(error_message(archive_of(pickle_of({.shape = {1'000'000}, .strides = {0}}))),
              "repeats elements of its storage");
  expect_part(error_message(archive_of(pickle_of({.shape = {2, 2}, .strides = {1, 0}}))),
              "repeats elements of its storage");
}

TEST(TorchFile, TransposedTensorsMayNotShareBytesWithoutLimit) {
  constexpr int64_t kSide = 64;
  const testing::TemporaryFolder folder;
  const auto scan_of = [&](int count) {
    std::string pickle = "\x80\x02}";
    for (int i = 0; i < count; ++i) {
      pickle +=
          text_of("w." + std::to_string(i)) +
          tensor_of({.shape = {kSide, kSide}, .strides = {1, kSide}, .count = kSide * kSide}) + "s";
    }
    const Checkpoint checkpoint(
        folder.write("x.pt", archive_of(pickle + ".", std::string(4 * kSide * kSide, '\0'))));
    EXPECT_EQ(checkpoint.entries().size(), count);
    return scan_checkpoint(checkpoint);
  };
  EXPECT_TRUE(scan_of(16).not_finite.empty());
  test::expect_error(ErrorCode::limit_exceeded, "share the same bytes more than 16 times",
                     [&] { scan_of(40); });
}

TEST(TorchFile, RejectsOtherPicklesAndArchives) {
  expect_part(error_message(archive_of("\x80\x02K\x01.")), "is neither a state dict");
  expect_part(error_message(archive_of("\x80\x02}.")), "it has no tensors");
  expect_part(error_message(archive_of("\x80\x02}K\x01K\x02s.")), "it has no tensors");
  expect_part(error_message(archive_of("\x80\x02}" + text_of("w") + "}s.")), "it has no tensors");
  expect_part(error_message(testing::zip({testing::stored("a/x", "")})),
              "has 0 entries named */data.pkl");
  expect_part(error_message(testing::zip(
                  {testing::stored("a/data.pkl", ""), testing::stored("b/data.pkl", "")})),
              "has 2 entries named");
  expect_part(error_message(testing::zip({testing::stored("a/data.pkl", pickle_of({})),
                                          testing::stored("a/data/0", "12345678"),
                                          testing::stored("a/byteorder", "big")})),
              "big-endian");
  expect_part(error_message("\x80\x02K\x01."), "does not begin with PyTorch's magic number");
  expect_part(error_message("hello, this is not a weights file"), "is not a weights file");
  expect_part(error_message("version https://git-lfs.github.com/spec/v1\noid sha256:0"),
              "Git LFS pointer");
  expect_part(error_message(""), "is not a valid safetensors file");
}

TEST(TorchFile, RejectsMaliciousPicklesInEveryContainer) {
  const std::string evil =
      std::string("\x80\x02") + "cposix\nsystem\n" + text_of("touch owned") + "\x85R.";
  expect_part(error_message(evil),
              "x.pt': opcode GLOBAL (0x63 'c') at byte 2 names 'posix.system'");
  expect_part(error_message(archive_of(evil)),
              "x.pt' entry 'a/data.pkl': opcode GLOBAL (0x63 'c') at byte 2 names 'posix.system'");
  // After the magic number of a legacy file.
  std::string legacy = read_text_file(kGolden / "legacy.pth");
  const size_t machine = legacy.find("little_endian");
  ASSERT_NE(machine, std::string::npos);
  expect_part(error_message(legacy.substr(0, legacy.rfind("\x80\x02}", machine)) + evil),
              "names 'posix.system'");
}

// A module that contains itself, and thirty modules that each contain the next one twice.
TEST(TorchFile, RejectsEndlessModules) {
  const std::string object = "c__torch__\nM\n)\x81";
  expect_part(error_message(archive_of("\x80\x02" + object + std::string("q\0}", 3) + text_of("m") +
                                       std::string("h\0sb.", 5))),
              "nested deeper than 64");
  // Paths grow with each level: a file of a few megabytes could describe gigabytes of them.
  expect_part(error_message(archive_of("\x80\x02" + object + std::string("q\0}", 3) +
                                       text_of(std::string(200, 'm')) + std::string("h\0sb.", 5))),
              "has more than 1024 characters");
  std::string many = "\x80\x02";
  const int levels = 30;
  for (int i = 0; i < levels; ++i) many += object + "}(" + text_of("a");
  many += object + "}b";
  for (int i = 0; i < levels; ++i)
    many += std::string("q\0", 2) + text_of("b") + std::string("h\0ub", 4);
  expect_part(error_message(archive_of(many + ".")), "has more than 1000000 attributes");
}

// A truncated or modified file yields an error or other tensors, never a crash.
TEST(TorchFile, SurvivesTruncationAndModification) {
  testing::TemporaryFolder folder;
  for (const char* name : {"legacy.pth", "training.pt", "script.pt"}) {
    const std::string content = read_text_file(kGolden / name);
    for (size_t i = 0; i < content.size(); i += 3) {
      for (const bool truncate : {false, true}) {
        std::string other = truncate ? content.substr(0, i) : content;
        if (!truncate) other[i] = static_cast<char>(other[i] ^ 0x41);
        try {
          const Checkpoint checkpoint(folder.write("x.pt", other));
          for (const auto& [tensor, entry] : checkpoint.entries()) {
            if (entry->dtype[0] != 'I') checkpoint.load(tensor, entry->shape);
          }
        } catch (const Error&) {
        }
      }
    }
  }
}

}  // namespace
}  // namespace sightline
