// Texts from files, standard input and arguments, in the encodings that editors write.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string kModel = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";

// Encodes "a red heart", "a caf\u00e9" in this encoding; returns the bytes of the .npy file.
std::string vectors_of(const std::string& name, const std::string& bytes) {
  const fs::path texts = scratch() / (name + ".txt"), out = scratch() / (name + ".npy");
  write_bytes(texts, bytes);
  const Finished done = sightline(
      {"encode", "--model", kModel, "--texts", texts, "--out", out, "--no-cache", "--json"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(done.err, "") << name;
  return read_bytes(out);
}

TEST(Texts, EncodingOfTheFileDoesNotChangeVectors) {
  const std::string expected = vectors_of("plain", "a red heart\na caf\xC3\xA9\n");
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(vectors_of("bom",
                       "\xEF\xBB\xBF"
                       "a red heart\na caf\xC3\xA9\n"),
            expected);
  EXPECT_EQ(vectors_of("crlf", "a red heart\r\na caf\xC3\xA9\r\n"), expected);
  EXPECT_EQ(vectors_of("mac", "a red heart\ra caf\xC3\xA9"), expected);
  std::string little = "\xFF\xFE", big = "\xFE\xFF";
  for (const char c : std::string("a red heart\r\na caf\xE9\r\n")) {
    little += {c, '\0'};
    big += {'\0', c};
  }
  EXPECT_EQ(vectors_of("utf16le", little), expected);
  EXPECT_EQ(vectors_of("utf16be", big), expected);
}

TEST(Texts, InvalidTextIsReportedWithItsLine) {
  const fs::path texts = scratch() / "latin1.txt", out = scratch() / "latin1.npy";
  for (const auto& [bytes, part] : std::vector<std::pair<std::string, std::string>>{
           {"a red heart\na caf\xE9\n", "line 2: byte 6 is 0xE9, which is not valid UTF-8"},
           {std::string("a\0b\n", 4), "line 1: byte 2 is zero"}}) {
    write_bytes(texts, bytes);
    for (const auto& command : std::vector<std::vector<std::string>>{
             {"encode", "--model", kModel, "--texts", texts, "--out", out},
             {"tokenize", "--model", kModel, "--file", texts},
             {"bench", "--model", kModel, "--captions", texts}}) {
      const Finished done = sightline(command);
      EXPECT_EQ(done.exit_code, 1) << command[0];
      EXPECT_NE(done.err.find(part), std::string::npos) << done.err;
      EXPECT_EQ(std::count(done.err.begin(), done.err.end(), '\n'), 1) << done.err;
    }
  }
  EXPECT_FALSE(fs::exists(out));
}

TEST(Texts, BlankLinesAtTheEndAreNotTexts) {
  const fs::path texts = scratch() / "blank.txt";
  write_bytes(texts, "a red heart\n\na ball\n\n\n");
  const Finished done = sightline({"encode", "--model", kModel, "--texts", texts, "--out",
                                   scratch() / "blank.npy", "--no-cache", "--json"});
  EXPECT_EQ(parse_json(done.out)["rows"], 3);
  EXPECT_NE(done.err.find("ignored 2 blank lines at the end of '"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("is blank and is read as empty text, first line 2"), std::string::npos)
      << done.err;
}

TEST(Texts, StandardInputIsReadLikeAFile) {
  const fs::path texts = scratch() / "input.txt";
  write_bytes(texts,
              "\xEF\xBB\xBF"
              "a red heart\r\n");
  const std::string program = std::string(SIGHTLINE_PROGRAM);
  const Finished done = run_command({"/bin/sh", "-c",
                                     "'" + program + "' tokenize --json --model '" + kModel +
                                         "' --file - < '" + texts.string() + "'"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const json found = parse_json(done.out)["texts"];
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["text"], "a red heart");
}

TEST(Texts, ArgumentsMustBeUtf8) {
  const fs::path data = small_dataset();
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"tokenize", "--model", kModel, "a caf\xE9"},
           {"search", "--model", kModel, "--dataset", data, "a caf\xE9"},
           {"eval", "--model", kModel, "--dataset", data, "--out", scratch() / "report", "--query",
            "a caf\xE9"}}) {
    const Finished done = sightline(command);
    EXPECT_EQ(done.exit_code, 2) << command[0] << done.err;
    EXPECT_NE(done.err.find("the text 'a caf?' cannot be read: byte 6 is 0xE9"), std::string::npos)
        << done.err;
  }
  const Finished done = sightline({"tokenize", "--json", "--model", kModel,
                                   "\xEF\xBB\xBF"
                                   "a red heart"});
  EXPECT_EQ(parse_json(done.out)["texts"][0]["text"], "a red heart");
}

}  // namespace
}  // namespace sightline::testing
