// Help, exit codes and messages of every command.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

const std::vector<std::vector<std::string>> kCommands = {{"models"},
                                                         {"tokenize"},
                                                         {"preprocess"},
                                                         {"encode"},
                                                         {"eval"},
                                                         {"search"},
                                                         {"quantize"},
                                                         {"train"},
                                                         {"bench"},
                                                         {"pull"},
                                                         {"dataset", "emoji"},
                                                         {"dataset", "info"},
                                                         {"dataset", "convert"}};

std::vector<std::string> with(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

int lines_of(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Usage, VersionAndListOfCommands) {
  const Finished version = sightline({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_TRUE(version.out.starts_with("sightline ")) << version.out;
  const Finished help = sightline({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const auto& command : kCommands)
    EXPECT_NE(help.out.find(command[0]), std::string::npos) << command[0];
  EXPECT_NE(help.out.find("Exit codes"), std::string::npos);
}

TEST(Usage, HelpOfEveryCommandHasAnExampleThatNamesIt) {
  for (const auto& command : kCommands) {
    const Finished help = sightline(with(command, {"--help"}));
    EXPECT_EQ(help.exit_code, 0) << command.back();
    EXPECT_EQ(help.err, "") << command.back();
    const auto example = help.out.find("Example");
    ASSERT_NE(example, std::string::npos) << help.out;
    std::string call = "sightline";
    for (const auto& word : command) call += " " + word;
    EXPECT_NE(help.out.find(call, example), std::string::npos) << help.out;
  }
}

TEST(Usage, EveryCommandOffersJson) {
  for (const auto& command : kCommands) {
    EXPECT_NE(sightline(with(command, {"--help"})).out.find("--json"), std::string::npos)
        << command.back();
  }
}

TEST(Usage, UnknownOptionsAndMissingArgumentsAreUsageErrors) {
  EXPECT_EQ(sightline({}).exit_code, 2);
  EXPECT_EQ(sightline({"fly"}).exit_code, 2);
  EXPECT_EQ(sightline({"dataset"}).exit_code, 2);
  for (const auto& command : kCommands) {
    const Finished unknown = sightline(with(command, {"--no-such-option"}));
    EXPECT_EQ(unknown.exit_code, 2) << command.back() << ": " << unknown.err;
    EXPECT_NE(unknown.err, "") << command.back();
    EXPECT_EQ(unknown.out, "") << command.back();
    if (command[0] != "models") {  // whose default is models/
      EXPECT_EQ(sightline(command).exit_code, 2) << command.back();
    }
  }
}

TEST(Usage, ContradictionsAreUsageErrors) {
  const Finished nothing = sightline({"encode", "--model", "m", "--out", scratch() / "x.npy"});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_NE(nothing.err.find("exactly one of"), std::string::npos) << nothing.err;
  EXPECT_EQ(sightline({"encode", "--model", "m", "--out", "x.npy", "--texts", "a", "--images", "b"})
                .exit_code,
            2);
  for (const char* option : {"--orientation=search", "--decode=exact", "--batch-size=4"}) {
    const Finished refused =
        sightline({"encode", "--model", "m", "--out", "x.npy", "--texts", "a", option});
    EXPECT_EQ(refused.exit_code, 2) << option;
    EXPECT_NE(refused.err.find("--texts excludes"), std::string::npos) << refused.err;
  }
  for (const char* option :
       {"--image-column=a", "--text-column=a", "--images-root=a", "--format=coco"}) {
    const Finished refused =
        sightline({"encode", "--model", "m", "--out", "x.npy", "--images", "a", option});
    EXPECT_EQ(refused.exit_code, 2) << option;
    EXPECT_NE(refused.err.find("requires --dataset"), std::string::npos) << refused.err;
  }
  EXPECT_EQ(
      sightline({"encode", "--model", "m", "--out", "x.npy", "--dataset", "a", "--max-captions=1"})
          .exit_code,
      2);
  for (const char* option :
       {"--split=a", "--batch-size=4", "--decode=fast", "--format=coco", "--image-column=a",
        "--text-column=a", "--images-root=a", "--max-captions=1"}) {
    const Finished refused =
        sightline({"search", "--model", "m", "--vectors", "v.npy", option, "text"});
    EXPECT_EQ(refused.exit_code, 2) << option;
    EXPECT_NE(refused.err.find("excludes"), std::string::npos) << refused.err;
  }
  EXPECT_EQ(
      sightline({"search", "--dataset", "d", "--model", "m", "--top-k", "0", "text"}).exit_code, 2);
  EXPECT_EQ(sightline({"eval", "--dataset", "d", "--model", "m", "--top-k", "five", "--out", "o"})
                .exit_code,
            2);
  EXPECT_EQ(sightline({"preprocess", "--model", "m", "p", "--out", "o", "--orientation", "left"})
                .exit_code,
            2);
}

// Expects one sentence on stderr that names the object, exit code 1, nothing on stdout.
void expect_failure(const std::vector<std::string>& arguments, const std::string& named) {
  const Finished failed = sightline(arguments);
  EXPECT_EQ(failed.exit_code, 1) << arguments[0] << ": " << failed.err;
  EXPECT_EQ(failed.out, "") << arguments[0];
  EXPECT_EQ(lines_of(failed.err), 1) << failed.err;
  EXPECT_TRUE(failed.err.starts_with("sightline: ")) << failed.err;
  EXPECT_NE(failed.err.find(named), std::string::npos) << failed.err;
}

TEST(Usage, MissingFilesFailWithOneSentence) {
  const std::string no = scratch() / "not-there", out = scratch() / "out";
  expect_failure({"models", no}, no);
  expect_failure({"tokenize", "--model", no, "text"}, no);
  expect_failure({"preprocess", "--model", no, "image.png", "--out", out + ".npy"}, no);
  expect_failure({"encode", "--model", no, "--images", no, "--out", out + ".npy"}, no);
  expect_failure(
      {"eval", "--dataset", small_dataset(), "--model", no, "--out", out, "--no-figures"}, no);
  expect_failure({"search", "--dataset", small_dataset(), "--model", no, "text"}, no);
  expect_failure({"dataset", "info", no}, no);
  expect_failure({"dataset", "convert", no, out, "--to", "imagefolder"}, no);
  EXPECT_FALSE(std::filesystem::exists(out + ".npy"));
}

TEST(Usage, BrokenModelsFailWithOneSentence) {
  const std::string empty = fresh_folder("empty-model"), texts = scratch() / "a-text.txt";
  write_bytes(texts, "a red ball\n");
  expect_failure({"tokenize", "--model", empty, "text"}, empty);
  expect_failure({"tokenize", "--model", texts, "text"}, "is not a vocabulary");
  expect_failure({"encode", "--model", empty, "--texts", texts, "--out", scratch() / "x.npy"},
                 empty);
  const std::string odd = fresh_folder("odd-model");
  write_bytes(std::filesystem::path(odd) / "config.json", "{\"model_type\": \"clip\", ");
  expect_failure({"encode", "--model", odd, "--texts", texts, "--out", scratch() / "x.npy"}, odd);
  // A list continues, and names what it skipped.
  const Finished listed = sightline({"models", odd});
  EXPECT_EQ(listed.exit_code, 3);
  EXPECT_NE(listed.err.find(odd), std::string::npos) << listed.err;
}

TEST(Usage, TrainingFailsWithOneSentence) {
  SIGHTLINE_NEEDS_TRAINING();
  const std::string no = scratch() / "not-there.json";
  expect_failure({"train", no, "--out", scratch() / "t1"}, no);
  const auto recipe = scratch() / "misspelt.json";
  write_bytes(recipe, "{\"epoch\": 3, \"model\": {\"model_type\": \"clip\"}}");
  expect_failure({"train", recipe, "--out", scratch() / "t2", "--dataset", small_dataset()},
                 "'epoch'");
  expect_failure({"train", write_small_recipe("no-data", 1), "--dataset", scratch() / "no-data",
                  "--out", scratch() / "t3"},
                 "no-data");
}

}  // namespace
}  // namespace sightline::testing
