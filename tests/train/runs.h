// Tiny training runs: a data set of coloured squares, and a recipe for each kind of training.
#pragma once

#include <sightline/train.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "unit/data/temporary_folder.h"

namespace sightline::testing {

inline constexpr int kTrainRows = 40, kTestRows = 8, kEpochs = 6;

// Rows such as "a red ball" with keywords; the label column "colour" has the colour.
void write_data(const TemporaryFolder& folder);

// name: "vit", "modified_resnet", "bert", "resnet", "pair", "trained_pair" or "mobilenet_pair".
nlohmann::json recipe_for(const std::string& name);

struct TrainingRun {
  std::filesystem::path out;
  TrainResult result;
  std::vector<nlohmann::json> log;  // without "seconds", which differs between runs
};

// Trains `recipe` on folder/data into folder/out. `stop`: the number of epochs to stop after; -1:
// never. `image_memory`: TrainOptions::image_memory.
TrainingRun run_training(const TemporaryFolder& folder, const nlohmann::json& recipe,
                         const std::string& out, int64_t stop = -1,
                         std::optional<int64_t> image_memory = {}, const ProgressFn& progress = {});

std::string bytes_of(const std::filesystem::path& file);

}  // namespace sightline::testing
