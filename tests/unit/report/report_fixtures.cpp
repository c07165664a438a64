#include "report_fixtures.h"

#include <cstdlib>
#include <random>

namespace sightline {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "sl_report_XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

TemporaryFolder::~TemporaryFolder() {
  fs::remove_all(path_);
}

ExperimentResult small_result(const std::vector<std::string>& labels) {
  std::mt19937 random(5);
  ExperimentResult result;
  result.dataset = "data/<set>";
  result.dataset_format = "imagefolder";
  RetrievalSet set;
  set.images = Matrix(30, 6);
  set.texts = Matrix(30, 6);
  for (int i = 0; i < 30; ++i) {
    result.rows.push_back(
        {"row-" + std::to_string(i), "", {i == 3 ? kHostile : "caption " + std::to_string(i)}, {}});
    result.text_row.push_back(i);
    result.text_caption.push_back(0);
    set.text_image.push_back(i);
  }
  for (const std::string& label : labels) {
    for (float& v : set.images.values) v = static_cast<float>(random() % 100) / 100;
    for (float& v : set.texts.values) v = static_cast<float>(random() % 100) / 100;
    ModelResult model;
    model.label = label;
    model.info.name = label;
    model.ranks = rank_pairs(set);
    model.metrics = summarize(set, model.ranks, 5);
    result.models.push_back(model);
  }
  result.skipped.push_back({kHostile, kHostile});
  return result;
}

ExperimentResult full_result(const std::vector<std::string>& labels) {
  ExperimentResult result = small_result(labels);
  result.noise.kinds = {NoiseKind::noise_words, NoiseKind::typos};
  result.noise.strengths = {0.2, 0.5};
  for (ModelResult& model : result.models) {
    model.queries = {{kHostile, {{3, 0.5}, {4, 0.25}}}};
    model.examples = {{ExampleKind::best, 7, 1, 0.75, {{7, 0.75}, {8, 0.5}}},
                      {ExampleKind::worst, 9, 28, 0.125, {{2, 0.5}}}};
    model.robustness.emplace();
    model.robustness->queries = 30;
    model.robustness->candidates = 30;
    model.robustness->clean.accuracy = {0.5, 0, Interval{0.4, 0.6}, Interval{0, 0}};
    for (const NoiseKind kind : result.noise.kinds) {
      for (const double strength : result.noise.strengths) {
        NoisePoint point;
        point.kind = kind;
        point.strength = strength;
        point.accuracy = {0.375, 0.25, Interval{0.3, 0.4}, Interval{0.1, 0.3}};
        model.robustness->points.push_back(point);
      }
    }
  }
  return result;
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace sightline
