#include "train/runs.h"

#include <fstream>
#include <iterator>
#include <sstream>

namespace sightline::testing {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kColours[] = {"red", "green", "blue", "white"};
constexpr unsigned char kRgb[][3] = {{220, 30, 30}, {20, 200, 40}, {30, 40, 230}, {240, 240, 240}};
constexpr const char* kThings[] = {"ball", "house", "fish", "tree", "hat", "moon"};

std::string little_endian(uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// A BMP of 24 x 24 pixels: `colour`, with stripes whose width depends on `thing`.
std::string image(int colour, int thing) {
  constexpr uint32_t side = 24;
  std::string bytes = "BM" + little_endian(54 + 3 * side * side, 4) + little_endian(0, 4) +
                      little_endian(54, 4) + little_endian(40, 4) + little_endian(side, 4) +
                      little_endian(side, 4) + little_endian(1, 2) + little_endian(24, 2) +
                      std::string(24, '\0');
  for (uint32_t y = 0; y < side; ++y) {
    for (uint32_t x = 0; x < side; ++x) {
      const bool dark = (x / static_cast<uint32_t>(thing + 1)) % 2 == 1;
      for (int k = 2; k >= 0; --k) bytes += static_cast<char>(dark ? 0 : kRgb[colour][k]);
    }
  }
  return bytes;
}

json tower(int width) {
  return {{"hidden_size", width},
          {"num_hidden_layers", 1},
          {"num_attention_heads", 2},
          {"intermediate_size", 2 * width},
          {"hidden_act", "gelu"}};
}

json clip(json vision) {
  json text = tower(32);
  text["max_position_embeddings"] = 16;
  return {{"model_type", "clip"},
          {"projection_dim", 16},
          {"vision_config", std::move(vision)},
          {"text_config", text}};
}

json model_for(const std::string& name) {
  if (name == "vit") {
    json vision = tower(32);
    vision.update({{"image_size", 16}, {"patch_size", 8}});
    return clip(vision);
  }
  if (name == "modified_resnet")
    return clip({{"layers", {1, 1, 2, 1}}, {"width", 8}, {"image_size", 32}});
  if (name == "bert") {
    json model = tower(32);
    model.update({{"model_type", "bert"}, {"max_position_embeddings", 16}});
    return model;
  }
  const json resnet = {{"model_type", "resnet"},
                       {"layers", {1, 2, 1, 1}},
                       {"channels", {8, 8, 16, 16}},
                       {"image_size", 32}};
  if (name == "resnet") return resnet;
  json text = {{"from", SIGHTLINE_SOURCE_DIR "/models/emoji-bert"}};
  if (name == "trained_pair") text.update({{"locked", false}, {"learning_rate", 0.1}});
  const json mobilenet = {{"model_type", "mobilenet_v2"}, {"image_size", 32}};
  return {{"model_type", "pair"},
          {"text", text},
          {"image", name == "mobilenet_pair" ? mobilenet : resnet}};
}

}  // namespace

void write_data(const TemporaryFolder& folder) {
  std::string metadata;
  for (int i = 0; i < kTrainRows + kTestRows; ++i) {
    const std::string colour = kColours[i % 4], thing = kThings[i / 4 % 6];
    const std::string file = "image-" + std::to_string(100 + i) + ".bmp";
    folder.write("data/" + file, image(i % 4, i / 4 % 6));
    metadata += json{{"file_name", file},
                     {"text", "a " + colour + " " + thing},
                     {"keywords", colour + " | " + thing + " | small"},
                     {"colour", colour},
                     {"split", i < kTrainRows ? "train" : "test"}}
                    .dump() +
                "\n";
  }
  folder.write("data/metadata.jsonl", metadata);
}

json recipe_for(const std::string& name) {
  json recipe = {{"evaluate_splits", {"test"}},
                 {"evaluate_every_epochs", 2},
                 {"model", model_for(name)},
                 {"tokenizer", {{"vocab_size", 600}, {"min_frequency", 1}}},
                 {"epochs", kEpochs},
                 {"batch_size", 8},
                 {"optimizer", {{"learning_rate", 0.003}, {"warmup_steps", 2}}}};
  if (name == "resnet") recipe["label_column"] = "colour";
  if (name.ends_with("pair")) recipe.erase("tokenizer");
  if (name == "pair") {
    recipe["captions"] = {{"mean", 0.3},
                          {"variants", 6},
                          {"per_image", 2},
                          {"phrase", 0.2},
                          {"phrases", {"a picture of {}"}}};
    recipe["pair_loss"] = {{"soft_share", 0.3}, {"bank_weight", 0.5}, {"bank_size", 16}};
    recipe["average_decay"] = 0.9;
  }
  return recipe;
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TrainingRun run_training(const TemporaryFolder& folder, const json& recipe, const std::string& out,
                         int64_t stop, std::optional<int64_t> image_memory,
                         const ProgressFn& progress) {
  TrainOptions options;
  options.recipe = folder.write(out + ".json", recipe.dump());
  options.dataset = folder.path() / "data";
  options.out = folder.path() / out;
  options.stop_after_epochs = stop;
  options.image_memory = image_memory;
  TrainingRun run{options.out, train(options, progress), {}};
  std::istringstream log(bytes_of(options.out / "train.jsonl"));
  for (std::string line; std::getline(log, line);) {
    run.log.push_back(json::parse(line));
    run.log.back().erase("seconds");
  }
  return run;
}

}  // namespace sightline::testing
