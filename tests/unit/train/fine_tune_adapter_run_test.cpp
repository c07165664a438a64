// Runs of fine_tune() with the adapter, which needs no libtorch: parts, folders of other runs, and
// rows that cannot be read.
#include <gtest/gtest.h>
#include <sightline/fine_tune.h>

#include <fstream>
#include <map>

#include "base/file.h"
#include "expect_error.h"
#include "train/fine_tune/changed_weights.h"
#include "unit/data/temporary_folder.h"
#include "unit/train/tuning_data.h"
#include "weights/checkpoint.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::TemporaryFolder;

const fs::path kModel = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";

// Images with one caption each; `split_of`: the split of image i, empty for none.
void write_data(const fs::path& folder, int images, const std::vector<std::string>& splits) {
  fs::create_directories(folder);
  std::ofstream table(folder / "metadata.jsonl");
  for (int i = 0; i < images; ++i) {
    const std::string name = "i" + std::to_string(i) + ".ppm";
    test::write_tuning_image(folder / name, i);
    json line = {{"file_name", name}, {"text", "day " + std::to_string(i)}};
    const std::string& split = splits[static_cast<size_t>(i) % splits.size()];
    if (!split.empty()) line["split"] = split;
    table << line.dump() << "\n";
  }
}

// The paths and bytes of all files.
std::map<std::string, std::string> content_of(const fs::path& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      content[entry.path().lexically_relative(folder)] = read_text_file(entry.path());
  }
  return content;
}

class AdapterRun : public ::testing::Test {
 protected:
  AdapterRun() {
    options_.model = kModel;
    options_.dataset = folder_.path() / "data";
    options_.out = folder_.path() / "out";
    options_.settings.method = FineTuneMethod::adapter;
    options_.settings.epochs = 1;
  }
  void expect_refused(ErrorCode code, const std::string& text) {
    test::expect_error(code, text, [&] { fine_tune(options_); });
  }

  TemporaryFolder folder_;
  FineTuneOptions options_;
};

TEST_F(AdapterRun, DoesNotTrainOnNamedSplitsOfOtherParts) {
  write_data(options_.dataset, 24, {"validation", "test"});
  expect_refused(
      ErrorCode::invalid_data,
      "has no split 'train', and of its images those of 'test', 'validation' must not be "
      "trained on: name the split to train on with --train-split");
  options_.train_split = "test";  // then the test images are drawn from it
  const FineTuneResult result = fine_tune(options_);
  EXPECT_EQ(result.validation_pairs, 12);
  EXPECT_EQ(result.train_pairs + result.test_pairs, 12);
}

TEST_F(AdapterRun, NeedsTwoImagesToTrainOn) {
  write_data(options_.dataset, 3, {""});
  expect_refused(ErrorCode::invalid_data,
                 "leaves 1 image for train of 3 distinct images with a caption: expected at least "
                 "2 to train on, 1 to validate on and 1 to test on, 4 in all");
}

TEST_F(AdapterRun, NamesSkippedRows) {
  write_data(options_.dataset, 24, {""});
  folder_.write("data/i3.ppm", "no image");
  std::ofstream(options_.dataset / "metadata.jsonl", std::ios::app)
      << R"({"file_name": "i0.ppm", "text": " "})"
      << "\n";
  const FineTuneResult result = fine_tune(options_);
  ASSERT_EQ(result.skipped.size(), 2u);
  std::string all;
  for (const SkippedRow& row : result.skipped) all += row.id + ": " + row.reason + "\n";
  EXPECT_NE(all.find("i3.ppm: "), std::string::npos) << all;
  EXPECT_NE(all.find("no caption"), std::string::npos) << all;
  EXPECT_FALSE(result.warnings.empty()) << "of a test part of two images";
  EXPECT_EQ(result.model, options_.out);
}

TEST_F(AdapterRun, RefusesTheOtherDataSetBeforeTraining) {
  write_data(options_.dataset, 24, {""});
  fs::create_directories(folder_.path() / "empty");
  options_.other_dataset = folder_.path() / "empty";
  EXPECT_THROW(fine_tune(options_), Error);
  EXPECT_FALSE(fs::exists(options_.out / "model.safetensors"));
  options_.other_dataset = options_.dataset;
  options_.other_split = "zz";
  expect_refused(ErrorCode::not_found, "zz");
  EXPECT_FALSE(fs::exists(options_.out / "model.safetensors"));
}

// A refused run leaves every file as it was.
TEST_F(AdapterRun, RefusesTheFolderOfAnotherRun) {
  write_data(options_.dataset, 24, {""});
  fine_tune(options_);
  const auto before = content_of(options_.out);
  const auto expect_untouched = [&](const std::string& text) {
    expect_refused(ErrorCode::invalid_argument, text);
    EXPECT_EQ(content_of(options_.out), before) << text;
  };
  fine_tune(options_);  // the same
  EXPECT_EQ(content_of(options_.out), before);
  options_.settings.learning_rate = 0.01;
  expect_untouched("'settings.learning_rate' is 0.001 there and 0.01 here");
  options_.settings.learning_rate.reset();
  options_.max_pairs = 10;
  expect_untouched("the images of training, validation or test are others");
  options_.max_pairs = 0;
  options_.settings.method = FineTuneMethod::full;
  expect_untouched(
      "the method is adapter there and full here; choose another folder, or start anew");
}

// The folder of a run that passed through the towers, without its large files.
TEST_F(AdapterRun, ReplacesAnotherMethodOnlyWhenStartedAnew) {
  write_data(options_.dataset, 24, {""});
  const char* names[] = {
      "training/checkpoint.safetensors", "training.png",          "fine_tune.json",
      "adapter/adapter_config.json",     "fine_tune_recipe.json", "splits.jsonl",
      "open_clip_model.safetensors"};
  for (const char* name : names)
    folder_.write(std::string("out/") + name, R"({"model": {"method": "full"}})");
  const auto before = content_of(options_.out);
  expect_refused(ErrorCode::invalid_argument, "the method is full there and adapter here");
  auto after = content_of(options_.out);
  after.erase("fine_tune.lock");
  EXPECT_EQ(after, before);
  options_.resume = false;
  fine_tune(options_);
  for (const char* name : names) {
    const bool kept = std::string(name) == "splits.jsonl" || std::string(name) == "fine_tune.json";
    EXPECT_EQ(fs::exists(options_.out / name), kept) << name;
  }
}

TEST(ChangedWeights, RefuseValuesOutsideOfTheFilesType) {
  const ModelSource source = open_model(kModel);
  const std::string name = "text_projection.weight";
  const TensorEntry* entry = source.checkpoint->find(name);
  ASSERT_NE(entry, nullptr);
  ASSERT_EQ(entry->dtype, "F16");
  Tensor tensor = to_host_f32(*entry);
  ChangedWeights fits(source);
  tensor.data<float>()[3] = 65504;
  fits.set(name, tensor);
  EXPECT_EQ(fits.take_bytes().size(), 1u);
  ChangedWeights large(source);
  tensor.data<float>()[3] = 65520;
  large.set(name, tensor);
  test::expect_error(ErrorCode::invalid_data,
                     "the weights 'text_projection.weight' have the value 65520, which their type "
                     "F16 in",
                     [&] { large.take_bytes(); });
}

}  // namespace
}  // namespace sightline
