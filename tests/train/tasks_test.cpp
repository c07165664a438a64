// Every kind of training learns, resumes to the same bytes, and writes a model that loads with
// equal outputs.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/model.h>

#include <cmath>
#include <map>

#include "train/runs.h"

namespace sightline {
namespace {

using nlohmann::json;
using testing::bytes_of;
using testing::kEpochs;
using testing::recipe_for;
using testing::run_training;
using testing::TemporaryFolder;
using testing::TrainingRun;

struct Kind {
  const char* name;
  bool image, text;     // towers of the finished model
  const char* figures;  // an evaluation's member of the log
  std::vector<const char*> files;
};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

const Kind kKinds[] = {
    {"vit",
     true,
     true,
     "recall",
     {"config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json"}},
    {"modified_resnet",
     true,
     true,
     "recall",
     {"open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json"}},
    {"bert",
     false,
     true,
     "masked_words",
     {"config.json", "model.safetensors", "vocab.txt", "tokenizer.json", "tokenizer_config.json"}},
    {"resnet", true, false, "classification", {"config.json", "model.safetensors"}},
    {"pair", true, true, "recall", {"pair.json", "image/model.safetensors", "image/config.json"}},
    {"mobilenet_pair",
     true,
     true,
     "recall",
     {"pair.json", "image/model.safetensors", "image/config.json"}},
    {"trained_pair",
     true,
     true,
     "recall",
     {"pair.json", "text/model.safetensors", "text/config.json", "image/model.safetensors"}},
};

class Tasks : public ::testing::TestWithParam<Kind> {
 protected:
  // One uninterrupted run per kind, shared by the tests.
  static const TrainingRun& whole() {
    static std::map<std::string, TrainingRun> runs;
    const std::string name = GetParam().name;
    if (!runs.contains(name)) runs[name] = run_training(folder(), recipe_for(name), name);
    return runs[name];
  }
  static const TemporaryFolder& folder() {
    static const TemporaryFolder folder;
    static const bool written = (write_data(folder), true);
    (void)written;
    return folder;
  }
};

double mean_loss(const TrainingRun& run, int epoch) {
  double sum = 0;
  int steps = 0;
  for (const json& line : run.log) {
    if (!line.contains("loss") || line["epoch"] != epoch) continue;
    sum += line["loss"].get<double>();
    ++steps;
  }
  EXPECT_EQ(steps, testing::kTrainRows / 8);
  return sum / steps;
}

TEST_P(Tasks, LossFallsAndHeldOutRowsAreMeasured) {
  EXPECT_TRUE(whole().result.complete);
  EXPECT_EQ(whole().result.epochs, kEpochs);
  EXPECT_LT(mean_loss(whole(), kEpochs), 0.95 * mean_loss(whole(), 1));
  int evaluations = 0;
  for (const json& line : whole().log) {
    if (!line.contains(GetParam().figures)) continue;
    ++evaluations;
    for (const auto& [figure, value] : line[GetParam().figures]["test"].items()) {
      EXPECT_TRUE(value.is_number()) << line;
    }
  }
  EXPECT_EQ(evaluations, kEpochs / 2);
}

TEST_P(Tasks, StoppedRunResumesToTheSameBytes) {
  const std::string name = std::string(GetParam().name) + "-stopped";
  const TrainingRun first = run_training(folder(), recipe_for(GetParam().name), name, 3);
  EXPECT_FALSE(first.result.complete);
  EXPECT_FALSE(std::filesystem::exists(first.out / GetParam().files[1]));
  const TrainingRun second = run_training(folder(), recipe_for(GetParam().name), name);
  EXPECT_EQ(second.log, whole().log);
  for (const char* file : GetParam().files) {
    EXPECT_FALSE(bytes_of(second.out / file).empty()) << file;
    EXPECT_EQ(bytes_of(second.out / file), bytes_of(whole().out / file)) << file;
  }
}

void expect_near(const Matrix& a, const Matrix& b) {
  ASSERT_EQ(a.rows, b.rows);
  ASSERT_EQ(a.dim, b.dim);
  double largest = 0, difference = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    ASSERT_TRUE(std::isfinite(a.values[i]));
    largest = std::max(largest, std::abs(static_cast<double>(a.values[i])));
    difference = std::max(
        difference, std::abs(static_cast<double>(a.values[i]) - static_cast<double>(b.values[i])));
  }
  EXPECT_GT(largest, 0);
  // Both compute in f32 from the same file; sums of up to some hundred products differ in order.
  EXPECT_LT(difference, 2e-5 * largest);
}

TEST_P(Tasks, LoadsBackWithEqualOutputsInBothBackends) {
  ModelOptions onednn, torch;
  torch.backend = Backend::torch;
  const Model ours = Model::load(whole().out, onednn), oracle = Model::load(whole().out, torch);
  EXPECT_EQ(ours.info().has_image, GetParam().image);
  EXPECT_EQ(ours.info().has_text, GetParam().text);
  if (GetParam().image) {
    const int64_t side = ours.info().image_size, batch = 3;
    std::vector<float> pixels(static_cast<size_t>(batch * 3 * side * side));
    for (size_t i = 0; i < pixels.size(); ++i)
      pixels[i] = static_cast<float>(std::sin(0.37 * static_cast<double>(i)));
    expect_near(ours.encode_pixels(pixels, batch), oracle.encode_pixels(pixels, batch));
  }
  if (GetParam().text) {
    std::vector<TokenIds> texts;
    for (const char* text : {"a red ball", "small", "a blue fish with a hat"})
      texts.push_back(ours.tokenizer().encode(text));
    expect_near(ours.encode_tokens(texts), oracle.encode_tokens(texts));
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Tasks, ::testing::ValuesIn(kKinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

TEST(Training, NamesRowsThatCannotBeUsed) {
  const TemporaryFolder folder;
  write_data(folder);
  folder.write("data/image-103.bmp", "no image");
  const TrainingRun run = run_training(folder, recipe_for("vit"), "out", 1);
  ASSERT_EQ(run.result.skipped.size(), 1u);
  EXPECT_EQ(run.result.skipped[0].id, "image-103.bmp");
  EXPECT_NE(run.result.skipped[0].reason, "");
  EXPECT_EQ(run.result.images, testing::kTrainRows - 1);
}

}  // namespace
}  // namespace sightline
