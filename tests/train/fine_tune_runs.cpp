#include "train/fine_tune_runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "weights/safetensors.h"

namespace sightline::testing {

namespace fs = std::filesystem;
using nlohmann::json;

const TemporaryFolder& folder() {
  static const TemporaryFolder folder;
  static const bool written = (write_data(folder), true);
  (void)written;
  return folder;
}

// A model to start from, trained by the tests of the other tasks' recipes.
fs::path start_model(const std::string& kind) {
  if (kind.starts_with("emoji-")) return fs::path(SIGHTLINE_SOURCE_DIR) / "models" / kind;
  static std::map<std::string, fs::path> made;
  if (!made.contains(kind)) {
    json recipe = recipe_for(kind);
    recipe["epochs"] = 2;
    made[kind] = run_training(folder(), recipe, "start-" + kind).out;
  }
  return made[kind];
}

// The model with weights in fp32.
fs::path in_fp32(const std::string& kind) {
  const fs::path from = start_model(kind), to = folder().path() / (kind + "-fp32");
  if (fs::exists(to)) return to;
  fs::copy(from, to);
  std::vector<NamedTensor> tensors;
  const SafetensorsFile file(from / "model.safetensors");
  for (const auto& [name, entry] : file.entries()) tensors.push_back({name, to_host_f32(entry)});
  fs::remove(to / "checkpoint.safetensors");
  write_safetensors(to / "model.safetensors", tensors, FloatStorage::f32);
  return to;
}

json fine_tune_recipe(const fs::path& from, const std::string& method) {
  return {{"evaluate_splits", {"test"}},
          {"evaluate_every_epochs", 2},
          {"model", {{"model_type", "published"}, {"from", from.string()}, {"method", method}}},
          {"captions", {{"caption", 1}, {"keywords", 0}, {"both", 0}}},
          {"epochs", 4},
          {"batch_size", 8},
          {"optimizer", {{"learning_rate", 0.003}, {"warmup_steps", 2}}}};
}

// The tensors of a model's file with other bytes than the start's.
std::vector<std::string> changed_tensors(const fs::path& before, const fs::path& after) {
  const SafetensorsFile old(before), now(after);
  EXPECT_EQ(old.entries().size(), now.entries().size());
  std::vector<std::string> changed;
  for (const auto& [name, entry] : old.entries()) {
    const auto found = now.entries().find(name);
    if (found == now.entries().end()) {
      ADD_FAILURE() << "no tensor " << name;
      continue;
    }
    EXPECT_EQ(found->second.dtype, entry.dtype) << name;
    EXPECT_EQ(found->second.shape, entry.shape) << name;
    if (!std::ranges::equal(found->second.bytes, entry.bytes)) changed.push_back(name);
  }
  return changed;
}

double mean_loss(const TrainingRun& run, int epoch) {
  double sum = 0;
  int steps = 0;
  for (const json& line : run.log) {
    if (!line.contains("loss") || line["epoch"] != epoch) continue;
    sum += line["loss"].get<double>();
    ++steps;
  }
  EXPECT_GT(steps, 0);
  return sum / steps;
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0, first = 0, second = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * b[i];
    first += static_cast<double>(a[i]) * a[i];
    second += static_cast<double>(b[i]) * b[i];
  }
  return product / std::sqrt(first * second);
}

}  // namespace sightline::testing
