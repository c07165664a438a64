// Adds models to a stored experiment.
#include <sightline/error.h>
#include <sightline/measurements.h>

#include <algorithm>
#include <utility>

#include "eval/labels.h"
#include "eval/uncertainty.h"

namespace sightline {
namespace {

template <typename... Parts>
[[noreturn]] void throw_differs(const Parts&... parts) {
  throw Error(ErrorCode::invalid_argument, "the models cannot be compared: ", parts...);
}

struct Settings {
  int top_k;
  CaptionChoice captions;
  const NoiseOptions& noise;
  std::vector<std::string> queries;
};

Settings settings_of(const ExperimentResult& result) {
  Settings settings{result.top_k, result.caption_choice, result.noise, {}};
  if (result.models.empty()) return settings;
  for (const FreeQuery& query : result.models[0].queries) settings.queries.push_back(query.text);
  return settings;
}

bool same_noise(const NoiseOptions& a, const NoiseOptions& b) {
  if (a.kinds.empty() && b.kinds.empty()) return true;
  return a.kinds == b.kinds && a.strengths == b.strengths && a.seed == b.seed &&
         a.max_captions == b.max_captions;
}

void require_same(const Settings& stored, const Settings& now) {
  if (stored.top_k != now.top_k)
    throw_differs("K is ", stored.top_k, " in the stored measurements and ", now.top_k, " now");
  if (stored.captions != now.captions)
    throw_differs("all captions of a row were used in one run, the first one in the other");
  if (!same_noise(stored.noise, now.noise)) throw_differs("their noise options differ");
  if (stored.queries != now.queries) throw_differs("their free queries differ");
}

void require_same_rows(const ExperimentResult& a, const ExperimentResult& b) {
  const size_t rows = std::min(a.rows.size(), b.rows.size());
  for (size_t n = 0; n < rows; ++n) {
    const ExperimentRow &x = a.rows[n], &y = b.rows[n];
    if (x.id != y.id) throw_differs("image ", n + 1, " was '", x.id, "' and is '", y.id, "' now");
    if (x.captions != y.captions) throw_differs("the captions of '", x.id, "' differ");
    if (x.split != y.split)
      throw_differs("'", x.id, "' was in split '", x.split, "' and is in '", y.split, "' now");
  }
  if (a.rows.size() != b.rows.size()) {
    throw_differs("there were ", a.rows.size(), " images and are ", b.rows.size(),
                  " now; evaluate all models again");
  }
  if (a.text_row != b.text_row || a.text_caption != b.text_caption)
    throw_differs("the order of the captions differs");
}

bool same_model(const ModelResult& a, const ModelResult& b) {
  return !a.info.fingerprint.empty() && a.info.fingerprint == b.info.fingerprint &&
         a.computation == b.computation && a.preprocess == b.preprocess;
}

}  // namespace

void require_same_settings(const ExperimentResult& stored, const ExperimentOptions& options) {
  require_same(settings_of(stored),
               {options.top_k, options.captions, options.noise, options.queries});
}

void add_models(ExperimentResult& result, ExperimentResult more, const ProgressFn& progress) {
  require_same(settings_of(result), settings_of(more));
  require_same_rows(result, more);
  for (ModelResult& model : more.models) {
    const auto old = std::ranges::find_if(
        result.models, [&](const ModelResult& other) { return same_model(other, model); });
    if (old != result.models.end()) {
      if (model.label == model.info.name) model.label = old->label;  // none was given
      *old = std::move(model);
      continue;
    }
    model.label = unique_label(model.label, result.models);
    result.models.push_back(std::move(model));
  }
  for (SkippedRow& row : more.skipped) {
    const auto same = [&](const SkippedRow& other) { return other.id == row.id; };
    if (std::ranges::none_of(result.skipped, same)) result.skipped.push_back(std::move(row));
  }
  for (std::string& warning : more.warnings) {
    if (std::ranges::find(result.warnings, warning) == result.warnings.end())
      result.warnings.push_back(std::move(warning));
  }
  result.dataset = std::move(more.dataset);
  result.columns = std::move(more.columns);
  for (size_t n = 0; n < result.rows.size(); ++n)
    result.rows[n].fields = std::move(more.rows[n].fields);
  result.statistics = more.statistics;
  add_statistics(result, progress);
}

}  // namespace sightline
