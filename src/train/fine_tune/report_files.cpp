#include "train/fine_tune/report_files.h"

#include <sightline/error.h>

#include <algorithm>
#include <fstream>

#include "base/json.h"
#include "base/text.h"
#include "train/fine_tune/recipe_writer.h"
#include "train/fine_tune/verdict.h"

namespace sightline {
namespace {

Json figures_json(const std::vector<PairedFigure>& figures) {
  Json list = Json::array();
  for (const PairedFigure& figure : figures) {
    list.push_back({{"name", figure.name},
                    {"queries", figure.queries},
                    {"before", figure.before},
                    {"after", figure.after},
                    {"difference", figure.difference},
                    {"interval", {figure.low, figure.high}},
                    {"p", figure.p}});
  }
  return list;
}

}  // namespace

Json settings_json(const FineTuneSettings& s) {
  Json json = {{"method", fine_tune_method_name(s.method)},
               {"epochs", s.epochs},
               {"batch_size", s.batch_size},
               {"learning_rate", s.learning_rate.value_or(default_learning_rate(s.method))},
               {"weight_decay", s.weight_decay},
               {"warmup_share", s.warmup_share},
               {"layer_decay", s.layer_decay},
               {"average_decay", s.average_decay},
               {"label_smoothing", s.label_smoothing},
               {"captions_per_image", s.captions_per_image},
               {"hard_negatives", s.hard_negatives},
               {"chunk", s.chunk},
               {"checkpointing", s.checkpointing},
               {"bf16", s.bf16},
               {"patience", s.patience},
               {"interpolate", s.interpolate},
               {"augment", s.augment},
               {"seed", s.seed}};
  if (s.method == FineTuneMethod::lora) {
    json["low_rank"] = {{"rank", s.low_rank.rank},
                        {"alpha", s.low_rank.alpha},
                        {"last_layers", s.low_rank.last_layers},
                        {"image_tower", s.low_rank.image_tower},
                        {"text_tower", s.low_rank.text_tower},
                        {"targets", s.low_rank.targets}};
  }
  if (s.method == FineTuneMethod::prompt) json["prompt_length"] = s.prompt_length;
  return json;
}

namespace {

Json splits_json(const FineTuneReport& report) {
  Json parts = Json::object();
  for (const SplitPart part : {SplitPart::train, SplitPart::validation, SplitPart::test}) {
    int64_t captions = 0;
    for (const PlannedImage& image : report.plan.images)
      captions += image.part == part ? static_cast<int64_t>(image.captions.size()) : 0;
    parts[part_name(part)] = {{"origin", report.plan.origin.at(part)},
                              {"images", report.plan.count(part)},
                              {"captions", captions}};
  }
  return parts;
}

Json shares_json(const std::vector<ShareFigure>& shares) {
  Json list = Json::array();
  for (const ShareFigure& point : shares)
    list.push_back(
        {{"share", point.share}, {"validation", point.value}, {"validation_mrr", point.mrr}});
  return list;
}

Json adapter_json(const FineTuneReport& report) {
  Json list = Json::array();
  for (const AdapterTrial& trial : report.adapter) {
    list.push_back({{"ridge", trial.ridge},
                    {"loss", trial.loss},
                    {"validation", trial.validation.main},
                    {"validation_mrr", trial.validation.mrr}});
  }
  return list;
}

std::string figures_table(const std::vector<PairedFigure>& figures) {
  std::string text =
      "| figure | queries | start | result | difference | 95 % interval | p |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const PairedFigure& f : figures) {
    char p[32];
    std::snprintf(p, sizeof p, "%.4f", f.p);
    text += "| " + f.name + " | " + std::to_string(f.queries) + " | " + figure_text(f, f.before) +
            " | " + figure_text(f, f.after) + " | " + difference_text(f) + " | " +
            interval_text(f) + " | " + p + " |\n";
  }
  return text;
}

std::string name_of(const std::filesystem::path& path) {
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

std::string method_text(const FineTuneSettings& s) {
  std::string text = std::string(fine_tune_method_name(s.method));
  if (s.method == FineTuneMethod::lora) {
    text += message(", rank ", s.low_rank.rank, ", layers");
    for (const std::string& target : s.low_rank.targets) text += " " + target;
  }
  return text;
}

std::string share_name(FineTuneMethod method) {
  return method == FineTuneMethod::prompt ? "chosen on validation"
                                          : "share of the new weights (WiSE-FT)";
}

std::string share_text(const FineTuneReport& report) {
  const double share = report.result.share;
  if (report.options.settings.method == FineTuneMethod::prompt)
    return share > 0 ? "the learned prompt" : "the start, without the learned prompt";
  char text[64];
  std::snprintf(text, sizeof text, "%.0f %%, chosen on validation", 100 * share);
  return text;
}

}  // namespace

std::string fine_tune_json(const FineTuneReport& report) {
  const FineTuneResult& result = report.result;
  Json json = {{"format", 1},
               {"model",
                {{"path", report.options.model.string()},
                 {"name", report.model_name},
                 {"family", report.model_family},
                 {"layout", report.model_layout},
                 {"fingerprint", report.model_fingerprint}}},
               {"dataset", report.options.dataset.string()},
               {"settings", settings_json(report.options.settings)},
               {"splits", splits_json(report)},
               {"skipped_rows", result.skipped.size()},
               {"near_duplicates_left_out", result.left_out},
               {"max_pairs", report.options.max_pairs},
               {"epochs", result.epochs},
               {"best_epoch", result.best_epoch},
               {"steps", result.steps}};
  if (!report.adapter.empty()) json["adapter"] = adapter_json(report);
  json["warnings"] = result.warnings;
  json["metric"] = report.options.metric;
  json["interpolation"] = shares_json(result.shares);
  json["share"] = result.share;
  json["accepted"] = result.accepted;
  json["reason"] = result.reason;
  json["test"] = figures_json(result.test);
  json["forgetting"] = nullptr;
  if (!result.forgetting.empty()) {
    json["forgetting"] = {{"dataset", report.options.other_dataset.string()},
                          {"figures", figures_json(result.forgetting)}};
  }
  return json_text(json, 2) + "\n";
}

std::string model_card(const FineTuneReport& report) {
  const FineTuneOptions& options = report.options;
  const FineTuneResult& result = report.result;
  std::string text = "---\n";
  if (!report.licence.empty()) text += "license: " + report.licence + "\n";
  text += "pipeline_tag: zero-shot-image-classification\n---\n# " + name_of(options.out) + "\n\n" +
          report.model_name + ", fine-tuned with Sightline on `" + name_of(options.dataset) +
          "`. " + result.reason + "\n\n| | |\n|---|---|\n";
  const auto row = [&](const std::string& name, const std::string& value) {
    text += "| " + name + " | " + value + " |\n";
  };
  row("start", "`" + options.model.string() + "`, " + report.model_family + ", fingerprint `" +
                   report.model_fingerprint.substr(0, 16) + "…`");
  row("licence of the start", report.licence.empty() ? "its README names none" : report.licence);
  row("method", method_text(options.settings));
  row("training", training_text(result));
  if (!result.shares.empty()) row(share_name(options.settings.method), share_text(report));
  if (result.model != options.out) row("loaded as", "`" + result.model.string() + "`");
  row("settings", "`fine_tune.json`");
  text += "\n## Data\n\n| part | images | origin |\n|---|---|---|\n";
  for (const SplitPart part : {SplitPart::train, SplitPart::validation, SplitPart::test}) {
    text += std::string("| ") + part_name(part) + " | " + std::to_string(report.plan.count(part)) +
            " | " + report.plan.origin.at(part) + " |\n";
  }
  text += message("\nLeft out as near-duplicates of images of another part: ",
                  counted(result.left_out, "image"),
                  "; skipped: ", counted(std::ssize(result.skipped), "row"),
                  ". No test image was seen by training or by any choice.\n");
  for (const std::string& warning : result.warnings) text += "\nWarning: " + warning + ".\n";
  text +=
      "\n## Figures\n\nOn the test images, by the same queries before and after. Intervals: "
      "paired bootstrap over images; p: paired sign flips.\n\n" +
      figures_table(result.test);
  if (!result.forgetting.empty()) {
    text += "\n## Forgetting\n\nOn `" + name_of(options.other_dataset) +
            "`, which was not trained on:\n\n" + figures_table(result.forgetting);
  }
  return text;
}

std::string licence_of(const std::filesystem::path& model) {
  std::ifstream file(model / "README.md");
  std::string line;
  if (!std::getline(file, line) || trimmed(line) != "---") return "";
  constexpr std::string_view kKeys[] = {"license:", "licence:"};
  while (std::getline(file, line) && trimmed(line) != "---") {
    for (const std::string_view key : kKeys) {
      if (line.starts_with(key)) return printable(trimmed(line.substr(key.size())), 80);
    }
  }
  return "";
}

}  // namespace sightline
