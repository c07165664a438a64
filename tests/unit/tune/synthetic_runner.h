// A runner with a known optimum, and a folder for a run.
#pragma once

#include <sightline/error.h>
#include <sightline/tune.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "base/random.h"

namespace sightline::test {

// Quality falls with the distance from precision "bf16", x = 0.3 and y = 10; the gain of each query
// is drawn with that probability, the same way for all trials.
class SyntheticRunner : public TrialRunner {
 public:
  static constexpr int64_t kRows = 900;

  std::string fingerprint() override { return fingerprint_; }
  int64_t rows(TuningSide side) override { return side == TuningSide::selection ? kRows : 600; }
  void check(const std::string& configuration) const override {
    const auto c = nlohmann::json::parse(configuration);
    if (c.contains("precision") && c["precision"] == "int4")
      throw Error(ErrorCode::invalid_argument, "no precision int4");
  }

  static double quality_of(const nlohmann::json& c) {
    double quality = 0.8;
    if (c.value("precision", "fp32") != "bf16") quality -= 0.2;
    quality -= 0.4 * std::abs(c.value("x", 0.9) - 0.3);
    quality -= 0.1 * std::abs(std::log10(c.value("y", 1000.0) / 10));
    return quality;
  }

  TrialScores run(const TrialRequest& request) override {
    ++runs;
    if (on_run) on_run(request);
    const auto c = nlohmann::json::parse(request.configuration);
    const double quality = quality_of(c);
    const auto rows = std::llround(request.share * static_cast<double>(this->rows(request.side)));
    TrialScores scores;
    for (int64_t i = 0; i < rows; ++i) {
      Random random({7, static_cast<uint64_t>(request.side), static_cast<uint64_t>(i)});
      scores.gains.push_back(random.uniform() < quality ? 1 : 0);
      scores.queries.push_back(1);
    }
    scores.megabytes = c.value("precision", "fp32") == "fp32" ? 4 : 2;
    scores.milliseconds = 1 + c.value("x", 0.9);
    return scores;
  }

  std::function<void(const TrialRequest&)> on_run;
  int runs = 0;
  std::string fingerprint_ = "synthetic";
};

inline TuningPlan synthetic_plan(const std::string& more = "") {
  return parse_tuning_plan(
      R"({"dataset": "none", "default": {"precision": "fp32", "x": 0.9, "y": 1000},
          "vary": {"precision": ["fp32", "bf16", "int8"],
                   "x": {"from": 0, "to": 1},
                   "y": {"type": "integer", "from": 1, "to": 10000, "scale": "log"}})" +
          more + "}",
      "synthetic");
}

// A new, empty folder.
inline std::filesystem::path tuning_folder(const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("sightline-tune-" + std::to_string(::getpid()) + "-" + name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace sightline::test
