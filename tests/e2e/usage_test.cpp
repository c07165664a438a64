// Help, exit codes and messages of every command.
#include <gtest/gtest.h>

#include <sstream>

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
                                                         {"explain"},
                                                         {"quantize"},
                                                         {"merge"},
                                                         {"train"},
                                                         {"bench"},
                                                         {"pull"},
                                                         {"reproduce"},
                                                         {"verify"},
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
    if (command[0] != "models" && command[0] != "reproduce") {  // which have defaults
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
    EXPECT_NE(refused.err.find("--texts cannot be combined with"), std::string::npos)
        << refused.err;
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
       {"--split=a", "--batch-size=4", "--decode=fast", "--dataset-format=coco", "--image-column=a",
        "--text-column=a", "--images-root=a", "--max-captions=1"}) {
    const Finished refused =
        sightline({"search", "--model", "m", "--vectors", "v.npy", option, "text"});
    EXPECT_EQ(refused.exit_code, 2) << option;
    EXPECT_NE(refused.err.find("cannot be combined with"), std::string::npos) << refused.err;
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

TEST(Usage, HelpIsACommand) {
  const Finished overview = sightline({"help"});
  EXPECT_EQ(overview.exit_code, 0);
  EXPECT_EQ(overview.out, sightline({"--help"}).out);
  for (const char* group : {"Search:", "Evaluation:", "Models and data:"})
    EXPECT_NE(overview.out.find(group), std::string::npos) << group;
  for (const auto& command : kCommands) {
    const Finished help = sightline(with({"help"}, command));
    EXPECT_EQ(help.exit_code, 0) << command.back();
    EXPECT_EQ(help.out, sightline(with(command, {"--help"})).out) << command.back();
    EXPECT_EQ(help.out.find("TEXT ..."), std::string::npos) << "a type instead of a value name";
  }
  EXPECT_EQ(sightline({"help", "encod"}).exit_code, 2);
  EXPECT_EQ(sightline({"help", "encode", "now"}).exit_code, 2);
  // Without a command, the help goes to stderr.
  EXPECT_EQ(sightline({}).err, overview.out);
  EXPECT_EQ(sightline({"dataset"}).err, sightline({"help", "dataset"}).out);
}

TEST(Usage, HelpFitsAHundredColumns) {
  for (const auto& command : kCommands) {
    std::istringstream lines(sightline(with({"help"}, command)).out);
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(line.size(), 100u) << command.back() << ": " << line;
  }
}

TEST(Usage, ParserErrorsAreOneLineWithTheFormAndASuggestion) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"encod"}, "unknown command 'encod'; did you mean 'encode'?"},
      {{"dataset", "inf"}, "unknown dataset command 'inf'; did you mean 'info'?"},
      {{"fly"}, "unknown command 'fly'; expected one of: search, "},
      {{"encode"}, "encode requires --model MODEL and --out FILE.npy; see 'sightline help encode'"},
      {{"encode", "--model"}, "--model requires a value: --model MODEL"},
      // A misspelt option explains the missing one.
      {{"encode", "--modle", "m", "--out", "o.npy"},
       "encode has no option '--modle'; did you mean --model MODEL?"},
      {{"eval", "--dataste=d", "--model", "m", "--out", "o"},
       "eval has no option '--dataste'; did you mean --dataset DATASET?"},
      {{"encode", "--batch_size", "4"}, "did you mean --batch-size N?"},
      {{"search", "--verbose"}, "search has no option '--verbose'"},
      {{"--model", "m", "encode"}, "the options of a command follow its name"},
      {{"encode", "--batch-size", "x"}, "--batch-size expects a number from 1 to 4096, found 'x'"},
      {{"encode", "--batch-size", "5000"}, "from 1 to 4096, found '5000'"},
      {{"train", "r.json", "--stop-after", "0"}, "expects a number greater than 0, found '0'"},
      {{"eval", "--seed", "one"}, "--seed expects a number, found 'one'"},
      {{"eval", "--precision", "fp16"},
       "--precision expects fp32, bf16, int8 or auto, found 'fp16'"},
      {{"dataset", "convert", "a", "b", "--to", "csvv"}, "found 'csvv'; did you mean 'csv'?"},
      {{"search", "--vectors", "a", "--dataset", "b"},
       "--dataset cannot be combined with --vectors PATH"},
      {{"search", "--search", "fp32"}, "--search requires --vectors PATH"},
      {{"tokenize", "--model", "a", "--model", "b"}, "--model MODEL is given 2 times"},
      {{"quantize", "a", "b"}, "quantize takes only VECTORS, found also 'b'"},
      {{"encode", "--model", "m", "--out", "o.npy", "photos"},
       "encode takes options only, found 'photos'"},
      {{"models", "--json=maybe"}, "--json takes no value, found 'maybe'"},
      {{"pull"}, "pull requires NAME"},
      {{"search", "--grid", "a.jpg"}, "does not end in .png"},
      {{"search", "-k", "5"}, "did you mean --top-k N or --keep-repeats?"},
      {{"search", "-t", "5"},
       "search has no option '-t'; did you mean --top-k N, --template TEXT or --text-column NAME?"},
      {{"search", "--top-k", std::string(100'000, 'x')}, "found 'xxxxxxxx"}};
  for (const auto& [arguments, part] : cases) {
    const Finished refused = sightline(arguments);
    EXPECT_EQ(refused.exit_code, 2) << refused.err;
    EXPECT_EQ(refused.out, "") << refused.err;
    EXPECT_EQ(lines_of(refused.err), 1) << refused.err;
    EXPECT_TRUE(refused.err.starts_with("sightline: ")) << refused.err;
    EXPECT_NE(refused.err.find(part), std::string::npos) << refused.err << "expected: " << part;
  }
}

TEST(Usage, PathsThatDoNotExistAreNotTakenForNamesOnTheHub) {
  const auto folder = fresh_folder("misspelt");
  std::filesystem::create_directories(folder / "build" / "emoji");
  const auto at = [&](const std::string& arguments) {
    return run_command(
        {"/bin/sh", "-c",
         "cd '" + folder.string() + "' && HF_HUB_OFFLINE=1 " SIGHTLINE_PROGRAM " " + arguments});
  };
  const Finished near = at("dataset info build/emojis");
  EXPECT_EQ(near.exit_code, 1);
  EXPECT_NE(near.err.find("there is no file or folder 'build/emojis', and "), std::string::npos)
      << near.err;
  EXPECT_NE(near.err.find("did you mean 'build/emoji'?"), std::string::npos) << near.err;
  EXPECT_EQ(near.err.find("sightline pull"), std::string::npos) << near.err;
  const Finished far = at("models build/xyz");
  EXPECT_NE(far.err.find("'build' has 'emoji'"), std::string::npos) << far.err;
  // Without the folder, it may be a name on the Hub.
  const Finished hub = at("dataset info org/photos");
  EXPECT_NE(hub.err.find("sightline pull --dataset org/photos"), std::string::npos) << hub.err;
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
