#include "sample_data.h"

#include <sightline/drawings_dataset.h>
#include <sightline/emoji_dataset.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "console.h"
#include "interruption.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

constexpr const char* kFooter =
    "Writes an ImageFolder (metadata.jsonl, images/) and the same rows in parquet/. In the "
    "column\n";

template <typename Summary>
void print_splits(const Summary& summary) {
  std::printf("%s", format_table({"split", ">rows"}, {{"train", std::to_string(summary.train)},
                                                      {"test", std::to_string(summary.test)},
                                                      {"novel", std::to_string(summary.novel)}})
                        .c_str());
}

void note_parquet(bool parquet) {
  if (!parquet) std::printf("parquet/ was not written: this build does not support Parquet\n");
}

struct EmojiArguments {
  std::string directory;
  bool json = false;
};

int run_emoji(const EmojiArguments& arguments) {
  check_output_folder(arguments.directory);
  set_kept_when_interrupted("'" + arguments.directory +
                            "' is incomplete; run the same command again to create it");
  const auto summary = make_emoji_dataset(arguments.directory, console_progress(arguments.json));
  const int64_t rows = summary.train + summary.test + summary.novel;
  if (arguments.json) {
    print_json({{"directory", arguments.directory},
                {"rows", rows},
                {"train", summary.train},
                {"test", summary.test},
                {"novel", summary.novel},
                {"not_drawn", summary.not_drawn},
                {"parquet", summary.parquet},
                {"already_there", summary.already_there}});
    return kDone;
  }
  std::printf("%s: %lld emoji with names%s\n", arguments.directory.c_str(),
              static_cast<long long>(rows), summary.already_there ? " (already exists)" : "");
  print_splits(summary);
  if (summary.not_drawn > 0) {
    std::printf("%lld emoji were skipped because the font has no image for them\n",
                static_cast<long long>(summary.not_drawn));
  }
  note_parquet(summary.parquet);
  return kDone;
}

void add_emoji(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "emoji", "Create the sample data: every emoji with its name, from Debian packages");
  auto arguments = std::make_shared<EmojiArguments>();
  command->add_option("DIR", arguments->directory, "Output folder (created if missing)")
      ->required();
  command->add_flag("--json", arguments->json, "Print the result as JSON");
  command->footer(std::string("Example:\n  sightline dataset emoji build/emoji\n") + kFooter +
                  "'split', 833 rows are held out of training: 600 in 'test' and 233 in 'novel'.");
  command->callback(
      [arguments, &action] { action = [arguments] { return run_emoji(*arguments); }; });
}

struct DrawingsArguments {
  std::string directory;
  DrawingsSources sources;
  bool json = false;
};

Json summary_json(const std::string& directory, const DrawingsDatasetSummary& summary) {
  Json left_out = Json::array(), captions = Json::array();
  for (const auto& [rule, files] : summary.left_out) {
    left_out.push_back({{"rule", rule}, {"files", files}});
  }
  for (const auto& [source, rows] : summary.captions) {
    captions.push_back({{"made_from", source}, {"rows", rows}});
  }
  return {{"directory", directory},     {"files", summary.files},
          {"left_out", left_out},       {"rows", summary.train + summary.test + summary.novel},
          {"train", summary.train},     {"test", summary.test},
          {"novel", summary.novel},     {"captions", captions},
          {"parquet", summary.parquet}, {"already_there", summary.already_there}};
}

void print_summary(const std::string& directory, const DrawingsDatasetSummary& summary) {
  const int64_t rows = summary.train + summary.test + summary.novel;
  std::printf("%s: %lld captioned drawings of %lld files%s\n", directory.c_str(),
              static_cast<long long>(rows), static_cast<long long>(summary.files),
              summary.already_there ? " (already exists)" : "");
  print_splits(summary);
  std::vector<std::vector<std::string>> rules;
  for (const auto& [rule, files] : summary.left_out) {
    if (files > 0) rules.push_back({rule, std::to_string(files)});
  }
  if (!rules.empty()) std::printf("%s", format_table({"left out", ">files"}, rules).c_str());
  note_parquet(summary.parquet);
}

int run_drawings(const DrawingsArguments& arguments) {
  check_output_folder(arguments.directory);
  set_kept_when_interrupted("'" + arguments.directory +
                            "' has no complete data set; run the same command again to create it");
  const auto summary = make_drawings_dataset(arguments.directory, console_progress(arguments.json),
                                             arguments.sources);
  if (arguments.json) {
    print_json(summary_json(arguments.directory, summary));
  } else {
    print_summary(arguments.directory, summary);
  }
  return kDone;
}

void add_drawings(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "drawings", "Create the sample data: captioned clip art, from Debian packages");
  auto arguments = std::make_shared<DrawingsArguments>();
  command->add_option("DIR", arguments->directory, "Output folder (created if missing)")
      ->required();
  command
      ->add_option("--from", arguments->sources.drawings,
                   "Folder of SVG files with RDF metadata (default: that of openclipart-svg)")
      ->type_name("DIR");
  command
      ->add_option("--words", arguments->sources.words,
                   "List of English words, one per line (default: that of wamerican)")
      ->type_name("FILE");
  command->add_flag("--json", arguments->json, "Print the result as JSON");
  command->footer(
      std::string("Example:\n  sightline dataset drawings build/drawings\n") + kFooter +
      "'split', 800 rows are held out of training: 500 in 'test' and 300 in 'novel'. Takes about "
      "half a minute.");
  command->callback(
      [arguments, &action] { action = [arguments] { return run_drawings(*arguments); }; });
}

}  // namespace

void add_sample_data(CLI::App& dataset, Action& action) {
  add_emoji(dataset, action);
  add_drawings(dataset, action);
}

}  // namespace sightline::cli
