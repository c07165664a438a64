// A training run that is killed and resumed ends with the same bytes as an uninterrupted one.
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kEpochs = 12;  // of five steps each

std::vector<std::string> command(const fs::path& recipe, const fs::path& out) {
  return {SIGHTLINE_PROGRAM, "train", recipe, "--dataset", small_dataset(), "--out", out};
}

// The log without the values that differ between runs.
std::vector<nlohmann::json> log_of(const fs::path& folder) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(read_bytes(folder / "train.jsonl"));
  for (std::string line; std::getline(text, line);) {
    lines.push_back(parse_json(line));
    lines.back().erase("seconds");
  }
  return lines;
}

int64_t lines_in(const fs::path& file) {
  const std::string text = read_bytes(file);
  return std::count(text.begin(), text.end(), '\n');
}

void expect_same_model(const fs::path& a, const fs::path& b) {
  for (const char* file : {"model.safetensors", "config.json", "preprocessor_config.json",
                           "tokenizer.json", "vocab.json", "merges.txt", "recipe.json"}) {
    EXPECT_FALSE(read_bytes(a / file).empty()) << file;
    EXPECT_EQ(read_bytes(a / file), read_bytes(b / file)) << file;
  }
  EXPECT_EQ(log_of(a), log_of(b));
}

class Training : public ::testing::Test {
 protected:
  void SetUp() override { SIGHTLINE_NEEDS_TRAINING(); }

  static void SetUpTestSuite() {
    if (!SIGHTLINE_HAS_TORCH) return;
    recipe_ = write_small_recipe("resume-recipe", kEpochs);
    whole_ = fresh_folder("uninterrupted");
    const Finished done = run_command(command(recipe_, whole_));
    ASSERT_EQ(done.exit_code, 0) << done.err;
  }
  static inline fs::path recipe_, whole_;
};

TEST_F(Training, KilledRepeatedlyEndsWithTheSameBytes) {
  const fs::path out = fresh_folder("killed");
  // In the first epoch, within later ones, and just after a checkpoint; five steps are an epoch.
  for (const int64_t line : {3, 12, 29, 45}) {
    Process process(command(recipe_, out));
    while (process.running() && lines_in(out / "train.jsonl") < line) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    process.kill_hard();
    ASSERT_EQ(process.wait().signal, SIGKILL) << "it ended before line " << line;
    EXPECT_FALSE(fs::exists(out / "model.safetensors"));
  }
  const Finished done = run_command(command(recipe_, out));
  ASSERT_EQ(done.exit_code, 0) << done.err;
  expect_same_model(whole_, out);
}

TEST_F(Training, StoppedAndResumed) {
  const fs::path out = fresh_folder("stopped");
  auto first = command(recipe_, out);
  first.insert(first.end(), {"--stop-after", "5", "--json"});
  const Finished stopped = run_command(first);
  ASSERT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_EQ(parse_json(stopped.out)["complete"], false);
  EXPECT_EQ(parse_json(stopped.out)["epochs"], 5);
  ASSERT_EQ(run_command(command(recipe_, out)).exit_code, 0);
  expect_same_model(whole_, out);
}

TEST_F(Training, ImagesInAFileGiveTheSameBytes) {
  const fs::path out = fresh_folder("image-memory");
  auto arguments = command(recipe_, out);
  arguments.insert(arguments.end(), {"--image-memory", "10kB"});
  const Finished done = run_command(arguments);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.err.find("in a temporary file"), std::string::npos) << done.err;
  expect_same_model(whole_, out);
  for (const char* wrong : {"-5", "lots", "8XB", "1.5GB", ""}) {
    arguments.back() = wrong;
    const Finished failed = run_command(arguments);
    EXPECT_EQ(failed.exit_code, 2) << wrong;
    EXPECT_NE(failed.err.find("expected a size such as 500MB or 8GB"), std::string::npos)
        << failed.err;
  }
}

TEST_F(Training, FinishedRunIsNotChanged) {
  const fs::path out = fresh_folder("again");
  fs::copy(whole_, out, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  ASSERT_EQ(run_command(command(recipe_, out)).exit_code, 0);
  expect_same_model(whole_, out);
}

TEST_F(Training, CheckpointOfAnotherRecipeIsRejectedWithoutFresh) {
  const fs::path out = fresh_folder("other-recipe");
  fs::copy(whole_ / "checkpoint.safetensors", out / "checkpoint.safetensors");
  const fs::path other = write_small_recipe("other-recipe", 1);
  const Finished refused = run_command(command(other, out));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("another recipe"), std::string::npos) << refused.err;
  auto fresh = command(other, out);
  fresh.push_back("--fresh");
  EXPECT_EQ(run_command(fresh).exit_code, 0);
}

TEST_F(Training, LearnsAndWritesTheDocumentedLog) {
  const auto log = log_of(whole_);
  double first = 0, last = 0;
  int evaluations = 0;
  for (const auto& line : log) {
    if (line.contains("recall")) {
      ++evaluations;
      EXPECT_TRUE(line["recall"]["test"].contains("R@5")) << line;
      continue;
    }
    if (line["epoch"] == 1) first += line["loss"].get<double>() / 5;
    if (line["epoch"] == kEpochs) last += line["loss"].get<double>() / 5;
  }
  EXPECT_EQ(evaluations, kEpochs / 2);
  EXPECT_EQ(log.size(), static_cast<size_t>(kEpochs * 5 + evaluations));
  EXPECT_LT(last, 0.9 * first) << "from " << first;
  EXPECT_EQ(read_bytes(whole_ / "training.png").substr(1, 3), "PNG");
}

// Images with captions and no column "split".
fs::path write_unsplit_dataset() {
  const fs::path folder = fresh_folder("unsplit");
  std::string lines;
  for (uint32_t i = 0; i < 60; ++i) {
    const std::string name = std::to_string(i) + ".bmp";
    write_bytes(folder / name, bmp_image(i + 1));
    lines += nlohmann::json{{"file_name", name}, {"text", "image " + name}}.dump() + "\n";
  }
  write_bytes(folder / "metadata.jsonl", lines);
  return folder;
}

std::vector<std::string> train_call(const fs::path& dataset, const fs::path& out,
                                    const std::vector<std::string>& more) {
  std::vector<std::string> call = {
      "train", write_small_recipe("split-recipe", 2), "--dataset", dataset, "--out", out};
  call.insert(call.end(), more.begin(), more.end());
  return call;
}

TEST_F(Training, OfADataSetWithoutSplitsNamesTheOption) {
  const fs::path data = write_unsplit_dataset();
  const Finished refused = sightline(train_call(data, fresh_folder("unsplit-refused"), {}));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("has no splits"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("--held-out 0.1"), std::string::npos) << refused.err;
}

TEST_F(Training, HoldsOutAShareOfTheImages) {
  const fs::path data = write_unsplit_dataset(), out = fresh_folder("held-out");
  const Finished done = sightline(train_call(data, out, {"--held-out", "0.2", "--json"}));
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const int64_t trained = parse_json(done.out)["images"];
  EXPECT_LT(trained, 60);
  EXPECT_GT(trained, 30);
  const auto last = log_of(out).back();
  ASSERT_TRUE(last.contains("recall")) << last;
  EXPECT_TRUE(last["recall"].contains("held-out")) << last;
  EXPECT_EQ(last["gallery"], 60 - trained);
  // All images, without an evaluation.
  const fs::path whole = fresh_folder("held-out-none");
  const Finished all = sightline(train_call(data, whole, {"--held-out", "0", "--json"}));
  ASSERT_EQ(all.exit_code, 0) << all.err;
  EXPECT_EQ(parse_json(all.out)["images"], 60);
  // The checkpoint of another share is of another run.
  const Finished other = sightline(train_call(data, out, {"--held-out", "0.5"}));
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.err.find("--fresh"), std::string::npos) << other.err;
}

TEST_F(Training, SplitsOfOtherNamesAreOptions) {
  const fs::path out = fresh_folder("named-splits");
  const Finished done = sightline(train_call(
      small_dataset(), out, {"--train-split", "test", "--validation-split", "train", "--json"}));
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(parse_json(done.out)["images"], kTestRows);
  EXPECT_TRUE(log_of(out).back()["recall"].contains("train"));
  const Finished wrong = sightline(
      train_call(small_dataset(), fresh_folder("wrong-split"), {"--train-split", "trian"}));
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_NE(wrong.err.find("no rows of the split 'trian'; found: test, train"), std::string::npos)
      << wrong.err;
  EXPECT_EQ(
      sightline(train_call(small_dataset(), out, {"--train-split", "test", "--held-out", "0.1"}))
          .exit_code,
      2);
}

}  // namespace
}  // namespace sightline::testing
