// A data set on which fine-tuning has something to learn: patterns in one of six colours, whose
// captions are words that the start does not connect with them.
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/random.h"

namespace sightline::test {

inline constexpr int kTuningImages = 120;

// A PPM image of 32 x 32 pixels: blocks of random brightness in a colour.
inline void write_tuning_image(const std::filesystem::path& file, int index) {
  constexpr double kColours[6][3] = {{1, .1, .1}, {.1, 1, .1}, {.1, .1, 1},
                                     {1, 1, .1},  {1, .1, 1},  {.1, 1, 1}};
  std::ofstream out(file, std::ios::binary);
  out << "P6\n32 32\n255\n";
  for (uint64_t y = 0; y < 32; ++y) {
    for (uint64_t x = 0; x < 32; ++x) {
      Random random({9, static_cast<uint64_t>(index), y / 8, x / 8});
      const double light = random.uniform(40, 255);
      for (const double part : kColours[index % 6]) out.put(static_cast<char>(light * part));
    }
  }
}

// Each image has two captions.
inline void write_tuning_data(const std::filesystem::path& folder) {
  constexpr const char* kWords[] = {"monday", "tuesday", "friday", "winter", "summer", "autumn"};
  std::filesystem::create_directories(folder);
  std::ofstream table(folder / "metadata.jsonl");
  for (int i = 0; i < kTuningImages; ++i) {
    const std::string name = "i" + std::to_string(i) + ".ppm", word = kWords[i % 6];
    write_tuning_image(folder / name, i);
    const nlohmann::json line = {{"file_name", name}, {"text", {word, "one " + word}}};
    table << line.dump() << "\n";
  }
}

// A plan on that data; `vary` and `more` are JSON texts.
inline std::string tuning_plan_text(const std::filesystem::path& data, const std::string& vary,
                                    const std::string& more = "") {
  return R"({"dataset": ")" + data.string() + R"(", "default": {"model": ")" +
         SIGHTLINE_SOURCE_DIR + R"(/models/emoji-vit-8", "epochs": 4, "batch_size": 16},
      "vary": )" +
         vary + R"(, "objective": {"metric": "ndcg@10", "relevance": "caption_equivalent"},
      "statistics": {"resamples": 200, "permutations": 200})" +
         more + "}";
}

}  // namespace sightline::test
