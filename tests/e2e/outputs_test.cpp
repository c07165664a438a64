// Outputs that the program refuses to write, and usage errors.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

void expect_says(const Finished& finished, int exit_code, const std::string& part) {
  EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
  EXPECT_NE(finished.err.find(part), std::string::npos) << finished.err;
}

TEST(Outputs, UnknownCommandsAreNamedWithTheChoices) {
  expect_says(sightline({"foo"}), 2, "unknown command 'foo'; expected one of: search, encode");
  expect_says(sightline({"dataset", "foo"}), 2,
              "unknown dataset command 'foo'; expected one of: emoji");
}

TEST(Outputs, AnInputIsNeverReplaced) {
  const auto folder = fresh_folder("inputs");
  const std::string image = folder / "image.bmp", texts = folder / "texts.txt";
  write_bytes(image, bmp_image(1));
  write_bytes(texts, "a text\n");
  std::filesystem::create_symlink("image.bmp", folder / "link.bmp");
  expect_says(sightline({"preprocess", "--model", "m", image, "--out", folder / "link.bmp"}), 2,
              "would replace the input");
  expect_says(sightline({"encode", "--model", "m", "--images", folder, "--out", image}), 2,
              "would replace the input");
  expect_says(sightline({"encode", "--model", "m", "--texts", texts, "--out", texts}), 2,
              "would replace the input");
  EXPECT_EQ(read_bytes(image), bmp_image(1));
  EXPECT_EQ(read_bytes(texts), "a text\n");
}

TEST(Outputs, AFullStandardOutputIsAFailure) {
  struct stat info {};
  if (::stat("/dev/full", &info) != 0) GTEST_SKIP() << "this system has no /dev/full";
  for (const char* option : {"--help", "--version"}) {
    const std::string call = std::string("exec \"$0\" ") + option + " > /dev/full";
    expect_says(run_command({"/bin/sh", "-c", call, SIGHTLINE_PROGRAM}), 1,
                "cannot write to standard output");
  }
}

TEST(Outputs, WrongValuesAreUsageErrors) {
  const std::vector<std::string> eval = {"eval", "--dataset", "d", "--model", "m", "--out", "o"};
  for (const char* option : {"--backend", "--precision", "--captions"}) {
    auto call = eval;
    call.insert(call.end(), {option, "odd"});
    expect_says(sightline(call), 2, std::string(option) + " expects ");
  }
  expect_says(sightline({"search", "--dataset", "d", "--model", "m", "--grid", "g.jpg", "x"}), 2,
              "does not end in .png");
  expect_says(sightline({"encode", "--model", "m", "--texts", "t", "--split", "s", "--out", "o"}),
              2, "--split requires --dataset");
}

TEST(Outputs, MissingAndEmptyInputs) {
  const std::string empty = fresh_folder("nothing");
  expect_says(sightline({"encode", "--model", "m", "--images", empty + "/no", "--out", "o"}), 1,
              empty + "/no");
  expect_says(sightline({"tokenize", "--model", empty, "--file", empty}), 1, "it is a folder");
  expect_says(sightline({"models", empty}), 1, "there is no model in");
  expect_says(sightline({"tokenize", "--model", empty + "/no", "x"}), 1,
              "there is no model folder");
}

}  // namespace
}  // namespace sightline::testing
