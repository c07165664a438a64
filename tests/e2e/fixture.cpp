#include "e2e/fixture.h"

#include <stdlib.h>
#include <zlib.h>

#include <fstream>
#include <iterator>

#include "e2e/process.h"

namespace sightline::testing {
namespace fs = std::filesystem;
namespace {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "sightline-e2e-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path = name;
    // These tests must neither read nor write the cache in the home folder.
    ::setenv("XDG_CACHE_HOME", (path / "cache").c_str(), 1);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

std::string little_endian(uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string big_endian(uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
  return text;
}

constexpr const char* kColours[] = {"red",  "green",  "blue",  "yellow",
                                    "grey", "purple", "white", "brown"};
constexpr const char* kThings[] = {"ball", "house", "fish", "tree", "hat", "moon"};

}  // namespace

const fs::path& scratch() {
  static const ScratchFolder folder;
  return folder.path;
}

fs::path fresh_folder(const std::string& name) {
  const fs::path folder = scratch() / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

nlohmann::json parse_json(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << "this is not JSON:\n" << text;
  return json;
}

std::string bmp_image(uint32_t seed) {
  constexpr uint32_t side = 24, row = side * 3;
  std::string bytes = "BM" + little_endian(54 + row * side, 4) + little_endian(0, 4) +
                      little_endian(54, 4) + little_endian(40, 4) + little_endian(side, 4) +
                      little_endian(side, 4) + little_endian(1, 2) + little_endian(24, 2) +
                      std::string(24, '\0');
  const uint32_t mixed = seed * 2654435761u;
  for (uint32_t y = 0; y < side; ++y) {
    for (uint32_t x = 0; x < side; ++x) {
      bytes += static_cast<char>((mixed >> 24) + x * (seed % 7));
      bytes += static_cast<char>((mixed >> 16) + y * (seed % 5));
      bytes += static_cast<char>((mixed >> 8) + (x ^ y) * (seed % 3));
    }
  }
  return bytes;
}

std::string png_header(uint32_t width, uint32_t height) {
  const std::string chunk =
      "IHDR" + big_endian(width) + big_endian(height) + std::string("\x08\x02\0\0\0", 5);
  const auto crc =
      ::crc32(0, reinterpret_cast<const Bytef*>(chunk.data()), static_cast<uInt>(chunk.size()));
  return "\x89PNG\r\n\x1a\n" + big_endian(13) + chunk + big_endian(static_cast<uint32_t>(crc));
}

fs::path write_small_dataset(const std::string& name) {
  const fs::path folder = fresh_folder(name);
  std::string metadata;
  for (uint32_t i = 0; i < kTrainRows + kTestRows; ++i) {
    const std::string file = "image-" + std::to_string(100 + i) + ".bmp";
    write_bytes(folder / file, bmp_image(i + 1));
    const std::string colour = kColours[i % 8], thing = kThings[i / 8];
    metadata += nlohmann::json{{"file_name", file},
                               {"text", "a " + colour + " " + thing},
                               {"keywords", colour + " | " + thing + " | small"},
                               {"split", i < kTrainRows ? "train" : "test"}}
                    .dump() +
                "\n";
  }
  write_bytes(folder / "metadata.jsonl", metadata);
  return folder;
}

fs::path write_small_recipe(const std::string& name, int epochs) {
  const nlohmann::json tower = {{"hidden_size", 32},
                                {"num_hidden_layers", 1},
                                {"num_attention_heads", 2},
                                {"intermediate_size", 64},
                                {"hidden_act", "gelu"}};
  nlohmann::json vision = tower, text = tower;
  vision.update({{"image_size", 16}, {"patch_size", 8}});
  text["max_position_embeddings"] = 16;
  const nlohmann::json recipe = {{"evaluate_splits", {"test"}},
                                 {"evaluate_every_epochs", 2},
                                 {"model",
                                  {{"model_type", "clip"},
                                   {"projection_dim", 16},
                                   {"vision_config", vision},
                                   {"text_config", text}}},
                                 {"tokenizer", {{"vocab_size", 600}, {"min_frequency", 1}}},
                                 {"epochs", epochs},
                                 {"batch_size", 8},
                                 {"optimizer", {{"learning_rate", 0.003}, {"warmup_steps", 2}}}};
  const fs::path path = scratch() / (name + ".json");
  write_bytes(path, recipe.dump(2));
  return path;
}

const fs::path& small_dataset() {
  static const fs::path folder = write_small_dataset("small-dataset");
  return folder;
}

const fs::path& tiny_model() {
  static const fs::path model = [] {
    const fs::path out = fresh_folder("tiny-model");
    const Finished trained = sightline({"train", write_small_recipe("tiny-model-recipe", 2),
                                        "--dataset", small_dataset(), "--out", out, "--json"});
    if (trained.exit_code != 0)
      throw std::runtime_error("the tiny model could not be trained: " + trained.err);
    return out;
  }();
  return model;
}

}  // namespace sightline::testing
