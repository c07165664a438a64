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
  const FailureOptions& failures;
  const std::vector<std::string>& splits;
  std::vector<std::string> queries;
};

Settings settings_of(const ExperimentResult& result) {
  Settings settings{result.top_k,    result.caption_choice, result.noise,
                    result.failures, result.splits,         {}};
  if (result.models.empty()) return settings;
  for (const FreeQuery& query : result.models[0].queries) settings.queries.push_back(query.text);
  return settings;
}

// "no queries", "'a' and 2 more".
std::string listed(const std::vector<std::string>& queries) {
  if (queries.empty()) return "no queries";
  const size_t more = queries.size() - 1;
  return message("'", queries[0], "'", more ? message(" and ", more, " more") : "");
}

std::string joined(const std::vector<std::string>& splits) {
  std::string text;
  for (const std::string& split : splits) text += (text.empty() ? "" : ",") + split;
  return text;
}

bool same_noise(const NoiseOptions& a, const NoiseOptions& b) {
  if (a.kinds.empty() && b.kinds.empty()) return true;
  return a.kinds == b.kinds && a.strengths == b.strengths && a.seed == b.seed &&
         a.max_captions == b.max_captions;
}

bool same_corrections(const CorrectionOptions& a, const CorrectionOptions& b) {
  if (a.kinds.empty() && b.kinds.empty()) return true;
  return a.kinds == b.kinds && a.neighbours == b.neighbours && a.beta == b.beta &&
         a.bank_split == b.bank_split && a.max_captions == b.max_captions && a.seed == b.seed;
}

bool same_attack(const std::optional<TypographicOptions>& a,
                 const std::optional<TypographicOptions>& b) {
  if (!a || !b) return !a && !b;
  return a->max_images == b->max_images && a->seed == b->seed;
}

void require_same_failures(const FailureOptions& stored, const FailureOptions& now) {
  if (stored.hub_k != now.hub_k) {
    throw_differs("K of hubs is ", stored.hub_k, " in the stored measurements and ", now.hub_k,
                  " now");
  }
  if (!same_corrections(stored.corrections, now.corrections)) {
    throw_differs(
        "the report was made with other corrections; without --correct and --query-bank, "
        "its settings are used");
  }
  if (!same_attack(stored.typographic, now.typographic)) {
    throw_differs("the report was made ", stored.typographic ? "with another" : "without the",
                  " typographic attack; without --typographic, its settings are used");
  }
}

void require_same(const Settings& stored, const Settings& now) {
  if (stored.top_k != now.top_k)
    throw_differs("K is ", stored.top_k, " in the stored measurements and ", now.top_k, " now");
  if (stored.captions != now.captions)
    throw_differs("all captions of a row were used in one run, the first one in the other");
  if (stored.splits != now.splits) {
    throw_differs("the report has the splits '", joined(stored.splits), "', not '",
                  joined(now.splits), "'; without --split, its splits are used");
  }
  if (!same_noise(stored.noise, now.noise)) {
    throw_differs(
        "the report was made ", stored.noise.kinds.empty() ? "without" : "with other",
        " noise on the captions; without --robustness and --noise, its settings are used");
  }
  require_same_failures(stored.failures, now.failures);
  if (stored.queries != now.queries) {
    throw_differs("their free queries differ: the report has ", listed(stored.queries),
                  "; without --query, its queries are used");
  }
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
               {options.top_k, options.captions, options.noise, options.failures,
                options.input.dataset.splits, options.queries});
}

std::vector<std::string> add_models(ExperimentResult& result, ExperimentResult more,
                                    const ProgressFn& progress) {
  require_same(settings_of(result), settings_of(more));
  require_same_rows(result, more);
  std::vector<std::string> notes;
  for (ModelResult& model : more.models) {
    const auto old = std::ranges::find_if(
        result.models, [&](const ModelResult& other) { return same_model(other, model); });
    if (old != result.models.end()) {
      // The same name: no other label was given.
      if (model.label == model.info.name && model.info.name == old->info.name)
        model.label = old->label;
      const std::string replaced = std::exchange(old->label, "");
      model.label = unique_label(model.label, result.models);
      notes.push_back(message("'", model.label, "' replaces '", replaced,
                              "', which is the same model in the same computation"));
      *old = std::move(model);
      continue;
    }
    const std::string label = unique_label(model.label, result.models);
    if (label != model.label) {
      notes.push_back(message("the report has another model '", model.label,
                              "', so the new one is '", label, "'"));
    }
    model.label = label;
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
  result.columns = std::move(more.columns);
  for (size_t n = 0; n < result.rows.size(); ++n)
    result.rows[n].fields = std::move(more.rows[n].fields);
  result.statistics = more.statistics;
  result.failures.group_columns = std::move(more.failures.group_columns);
  add_statistics(result, progress);
  return notes;
}

}  // namespace sightline
