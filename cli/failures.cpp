#include "failures.h"

#include <sightline/error.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "console.h"
#include "report/failures/parts.h"
#include "report/metric_format.h"

namespace sightline::cli {
namespace {

constexpr const char* kAll = "all";
constexpr size_t kShownHubs = 5, kShownGroups = 10;

using Rows = std::vector<std::vector<std::string>>;

// Names the corrections for completion; parse_correction() reports an unknown one.
CLI::Validator correction_names() {
  std::string names = std::string(kAll) + "," + std::string(correction_name(Correction::none));
  for (const Correction correction : all_corrections())
    names += "," + std::string(correction_name(correction));
  return {[](std::string&) { return std::string(); }, "{" + names + "}"};
}

std::string percent(double share) {
  return fixed(100 * share, 1);
}

// A percentage or, with `scale` 1, a rank, with one decimal.
std::string value_text(double value, double scale) {
  return fixed(scale * value, 1);
}

std::string signed_text(double value, double scale) {
  const std::string text = value_text(value, scale);
  const bool zero = text.find_first_not_of("-0.") == text.npos;
  return zero ? fixed(0, 1) : (value > 0 ? "+" : "") + text;
}

// Adds the value of a metric, and its change with the interval: "+1.2 [-0.2, +2.7]".
void add_change(std::vector<std::string>& row, const ChangedMetric& changed, double scale,
                bool baseline) {
  row.push_back(value_text(changed.value, scale));
  std::string text = baseline ? "" : signed_text(changed.change, scale);
  if (const auto& interval = changed.change_interval)
    text +=
        " [" + signed_text(interval->low, scale) + ", " + signed_text(interval->high, scale) + "]";
  row.push_back(text);
}

constexpr double kPercent = 100, kRank = 1;

Rows hub_rows(const ExperimentResult& result) {
  Rows rows;
  const auto add = [&](const ModelResult& model, const char* direction, const char* candidates,
                       const std::optional<Hubness>& hubs) {
    if (!hubs) return;
    rows.push_back({model.label, direction, std::to_string(hubs->candidates) + " " + candidates,
                    fixed(hubs->skewness, 2), percent(hubs->robin_hood), percent(hubs->never_found),
                    hubs->hubs.empty() ? "-" : std::to_string(hubs->hubs[0].count),
                    fixed(mean_occurrence(*hubs), 1)});
  };
  for (const ModelResult& model : result.models) {
    add(model, "text → image", "images", model.failures.image_hubs);
    add(model, "image → text", "captions", model.failures.caption_hubs);
  }
  return rows;
}

std::string hub_tables(const ExperimentResult& result) {
  const Rows rows = hub_rows(result);
  if (rows.empty()) return "";
  const std::string k = std::to_string(result.failures.hub_k);
  std::string text = "hubs: N, the number of queries with a candidate among their first " + k +
                     " results\n" +
                     format_table({"~model", "direction", ">candidates", ">skewness of N",
                                   ">Robin Hood %", ">never found %", ">largest N", ">mean N"},
                                  rows) +
                     "\n";
  Rows top;
  for (const ModelResult& model : result.models) {
    if (!model.failures.image_hubs) continue;
    const std::vector<Hub>& hubs = model.failures.image_hubs->hubs;
    for (size_t i = 0; i < std::min(kShownHubs, hubs.size()); ++i) {
      const ExperimentRow& row = result.rows[static_cast<size_t>(hubs[i].candidate)];
      top.push_back({model.label, std::to_string(hubs[i].count), one_line(row.id),
                     row.captions.empty() ? "" : heading(row.captions[0])});
    }
  }
  if (top.empty()) return text;
  return text + "images found most often\n" +
         format_table({"~model", ">N", "~image", "~caption"}, top) + "\n";
}

// A row for each model, followed by one for each of its corrections.
std::string correction_table(const ExperimentResult& result) {
  Rows rows;
  for (const ModelResult& model : result.models) {
    for (const CorrectionEffect& effect : model.failures.corrections) {
      const bool none = effect.correction == Correction::none;
      rows.push_back({none ? model.label
                           : "  " + std::string(correction_name(effect.correction)) +
                                 (is_transductive(effect.correction) ? " *" : "")});
      add_change(rows.back(), effect.metrics.recall_at_1, kPercent, none);
      add_change(rows.back(), effect.metrics.recall_at_10, kPercent, none);
      add_change(rows.back(), effect.metrics.median_rank, kRank, none);
    }
  }
  if (rows.empty()) return "";
  return "corrections of similarities, text → image, with changes and their intervals\n" +
         format_table({"~model", ">R@1 %", ">change", ">R@10 %", ">change", ">MedR", ">change"},
                      rows) +
         correction_notes(result) + "\n";
}

std::string group_tables(const ExperimentResult& result) {
  std::string text;
  if (result.models.empty()) return text;
  for (size_t g = 0; g < result.models[0].failures.groups.size(); ++g) {
    Rows rows;
    size_t all = 0;
    bool small = false;
    for (const ModelResult& model : result.models) {
      const std::vector<GroupMetrics>& groups = model.failures.groups[g].groups;
      all = groups.size();
      for (size_t i = 0; i < std::min(kShownGroups, groups.size()); ++i) {
        const GroupMetrics& group = groups[i];
        small = small || group.images < kSmallGroup;
        const auto cell = [&](Metric metric, const ChangedMetric& changed) {
          rows.back().push_back(metric_text(metric, changed.value));
          rows.back().push_back(interval_text(metric, changed.interval));
        };
        rows.push_back({model.label, group_name(group.value),
                        std::to_string(group.images) + (group.images < kSmallGroup ? " *" : "  ")});
        cell(Metric::recall_at_1, group.recall_at_1);
        cell(Metric::recall_at_10, group.recall_at_10);
        cell(Metric::median_rank, group.median_rank);
      }
    }
    text += "groups by '" + one_line(result.models[0].failures.groups[g].column) +
            "', text → image, the lowest R@10 first, small groups last" +
            (all > kShownGroups
                 ? " (" + std::to_string(kShownGroups) + " of " + std::to_string(all) + " groups)"
                 : "") +
            "\n" +
            format_table({"~model", "~group", ">images", ">R@1 %", ">interval", ">R@10 %",
                          ">interval", ">MedR", ">interval"},
                         rows) +
            (small ? "*: fewer than " + std::to_string(kSmallGroup) +
                         " images, too few for conclusions\n"
                   : "") +
            "\n";
  }
  return text;
}

std::string typographic_table(const ExperimentResult& result) {
  Rows rows;
  int64_t images = 0;
  for (const ModelResult& model : result.models) {
    if (!model.failures.typographic) continue;
    const TypographicResult& measured = *model.failures.typographic;
    images = measured.images;
    for (size_t c = 0; c < measured.conditions.size(); ++c) {
      const auto& condition = measured.conditions[c];
      const auto name = std::string(typographic_name(static_cast<TypographicCondition>(c)));
      rows.push_back({c == 0 ? model.label : "  " + name});
      add_change(rows.back(), condition.wrong_first, kPercent, c == 0);
      add_change(rows.back(), condition.text_to_image.recall_at_1, kPercent, c == 0);
      add_change(rows.back(), condition.image_to_text.recall_at_1, kPercent, c == 0);
    }
  }
  if (rows.empty()) return "";
  return "typographic attack: a word of a wrong caption is drawn over each of " +
         std::to_string(images) + " images, one at a time\n" +
         format_table(
             {"model", ">wrong %", ">change", ">text R@1 %", ">change", ">image R@1 %", ">change"},
             rows) +
         "wrong: the wrong caption is at least as similar as the best own one; text, image: as "
         "queries; scrambled: the letters of the word in another order\n\n";
}

}  // namespace

void add_failure_options(CLI::App& command, FailureFlags& flags, FailureOptions& failures) {
  command
      .add_option("--hub-k", failures.hub_k,
                  "K of hubs, candidates among the first K results of many queries; 0: no hubs")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command
      .add_option("--correct", flags.corrections,
                  "Measure corrections of similarities against hubs, comma-separated: csls, "
                  "csls-bank, inverted-softmax, dual-softmax, qb-norm, all")
      ->type_name("NAME")
      ->delimiter(',')
      ->check(correction_names());
  command
      .add_option("--query-bank", failures.corrections.bank_split,
                  "Split whose captions are the query bank of csls-bank and qb-norm")
      ->type_name("SPLIT")
      ->capture_default_str();
  command
      .add_option("--query-bank-captions", failures.corrections.max_captions,
                  "Use a random sample of at most this many captions")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}))
      ->capture_default_str();
  command
      .add_option("--group-column", failures.group_columns,
                  "Columns whose values are groups, comma-separated; default: 'group', if the data "
                  "set has it")
      ->type_name("NAME")
      ->delimiter(',');
  command.add_flag("--typographic", flags.typographic,
                   "Repeat the experiment with a word of a wrong caption drawn over each image");
  command
      .add_option("--typographic-images", flags.attack.max_images,
                  "Draw over a random sample of at most this many images")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}))
      ->capture_default_str();
  command.add_option("--typographic-seed", flags.attack.seed, "Seed of the words")
      ->capture_default_str();
}

void complete_failures(FailureOptions& failures, const FailureFlags& flags) {
  std::vector<Correction>& kinds = failures.corrections.kinds;
  for (const std::string& name : flags.corrections) {
    if (name == kAll) {
      if (flags.corrections.size() > 1)
        throw Error(ErrorCode::invalid_argument, "--correct all includes every other name");
      kinds.assign(all_corrections().begin(), all_corrections().end());
    } else if (const Correction kind = parse_correction(name); kind != Correction::none) {
      kinds.push_back(kind);
    }
  }
  if (flags.typographic) failures.typographic = flags.attack;
}

std::string failure_tables(const ExperimentResult& result) {
  return hub_tables(result) + correction_table(result) + group_tables(result) +
         typographic_table(result);
}

}  // namespace sightline::cli
