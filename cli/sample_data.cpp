#include "sample_data.h"

#include <sightline/drawings_dataset.h>
#include <sightline/emoji_dataset.h>
#include <sightline/icons_dataset.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "console.h"
#include "data/unfinished.h"
#include "interruption.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

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

Json left_out_json(const std::vector<SampleCount>& left_out, const char* items) {
  Json json = Json::array();
  for (const auto& [rule, count] : left_out) json.push_back({{"rule", rule}, {items, count}});
  return json;
}

// `items`: the heading of the counts.
void print_left_out(const std::vector<SampleCount>& left_out, const std::string& items) {
  std::vector<std::vector<std::string>> rules;
  for (const auto& [rule, count] : left_out) {
    if (count > 0) rules.push_back({rule, std::to_string(count)});
  }
  if (!rules.empty()) std::printf("%s", format_table({"left out", ">" + items}, rules).c_str());
}

// A data set that is to be replaced is kept until the new images are drawn.
void set_kept(const fs::path& directory) {
  set_kept_when_interrupted([directory] {
    std::error_code error;
    const bool kept = fs::exists(directory / "manifest.json", error) && !is_unfinished(directory);
    return quoted(directory) +
           (kept ? " is unchanged; run the same command again"
                 : " has no complete data set; run the same command again to create it");
  });
}

// Refuses an empty text, which as a path would be the working directory.
std::string refuse_empty(const std::string& text) {
  return text.empty() ? "the path is empty" : "";
}

struct EmojiArguments {
  std::string directory;
  EmojiSources sources;
  bool json = false;
};

void add_pictures(const EmojiDatasetSummary& summary, Json& json) {
  json["left_out"] = left_out_json(summary.left_out, "emoji");
  json["unmatched_icons"] = summary.unmatched_icons;
}

int run_emoji(const EmojiArguments& arguments) {
  check_output_folder(arguments.directory);
  set_kept(arguments.directory);
  const auto summary =
      make_emoji_dataset(arguments.directory, console_progress(arguments.json), arguments.sources);
  const int64_t rows = summary.train + summary.test + summary.novel;
  const bool pictures = !arguments.sources.pictures.empty();
  if (arguments.json) {
    Json json = {{"directory", arguments.directory}, {"rows", rows},
                 {"train", summary.train},           {"test", summary.test},
                 {"novel", summary.novel},           {"not_drawn", summary.not_drawn},
                 {"parquet", summary.parquet},       {"already_there", summary.already_there}};
    if (pictures) add_pictures(summary, json);
    print_json(json);
    return kDone;
  }
  std::printf("%s: %lld emoji with names%s\n", arguments.directory.c_str(),
              static_cast<long long>(rows), summary.already_there ? " (already exists)" : "");
  print_splits(summary);
  if (summary.not_drawn > 0) {
    std::printf("%lld emoji were skipped because the font has no image for them\n",
                static_cast<long long>(summary.not_drawn));
  }
  if (pictures) {
    print_left_out(summary.left_out, "emoji");
    std::printf("%lld icons of the package show none of these emoji\n",
                static_cast<long long>(summary.unmatched_icons));
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
  command
      ->add_option("--pictures", arguments->sources.pictures,
                   "Folder of an @iconify-json package of emoji by another artist, instead of the "
                   "font (tools/fetch_pictures.sh downloads some)")
      ->type_name("DIR")
      ->check(refuse_empty);
  command->footer(
      std::string("Examples:\n  sightline dataset emoji build/emoji\n"
                  "  sightline dataset emoji build/twemoji --pictures "
                  "build/deps/pictures/twemoji\n") +
      kFooter +
      "'split', 833 rows are held out of training: 600 in 'test' and 233 in 'novel'; with "
      "--pictures,\nthose of them that the package has.");
  command->callback(
      [arguments, &action] { action = [arguments] { return run_emoji(*arguments); }; });
}

struct DrawingsArguments {
  std::string directory;
  DrawingsSources sources;
  bool json = false;
};

Json summary_json(const std::string& directory, const DrawingsDatasetSummary& summary) {
  Json captions = Json::array();
  for (const auto& [source, rows] : summary.captions) {
    captions.push_back({{"made_from", source}, {"rows", rows}});
  }
  return {{"directory", directory},
          {"files", summary.files},
          {"left_out", left_out_json(summary.left_out, "files")},
          {"rows", summary.train + summary.test + summary.novel},
          {"train", summary.train},
          {"test", summary.test},
          {"novel", summary.novel},
          {"captions", captions},
          {"parquet", summary.parquet},
          {"already_there", summary.already_there}};
}

void print_summary(const std::string& directory, const DrawingsDatasetSummary& summary) {
  const int64_t rows = summary.train + summary.test + summary.novel;
  std::printf("%s: %lld captioned drawings of %lld files%s\n", directory.c_str(),
              static_cast<long long>(rows), static_cast<long long>(summary.files),
              summary.already_there ? " (already exists)" : "");
  print_splits(summary);
  print_left_out(summary.left_out, "files");
  note_parquet(summary.parquet);
}

int run_drawings(const DrawingsArguments& arguments) {
  check_output_folder(arguments.directory);
  set_kept(arguments.directory);
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
      ->type_name("DIR")
      ->check(refuse_empty);
  command
      ->add_option("--words", arguments->sources.words,
                   "List of English words, one per line (default: that of wamerican)")
      ->type_name("FILE")
      ->check(refuse_empty);
  command->add_flag("--json", arguments->json, "Print the result as JSON");
  command->footer(
      std::string("Example:\n  sightline dataset drawings build/drawings\n") + kFooter +
      "'split', 800 rows are held out of training: 500 in 'test' and 300 in 'novel'. Takes about "
      "half a minute.");
  command->callback(
      [arguments, &action] { action = [arguments] { return run_drawings(*arguments); }; });
}

struct IconsArguments {
  std::string directory, package;
  bool json = false;
};

int run_icons(const IconsArguments& arguments) {
  check_output_folder(arguments.directory);
  set_kept(arguments.directory);
  const auto summary =
      make_icons_dataset(arguments.directory, arguments.package, console_progress(arguments.json));
  if (arguments.json) {
    print_json({{"directory", arguments.directory},
                {"icons", summary.icons},
                {"left_out", left_out_json(summary.left_out, "icons")},
                {"rows", summary.rows},
                {"parquet", summary.parquet},
                {"already_there", summary.already_there}});
    return kDone;
  }
  std::printf("%s: %lld captioned icons of %lld%s\n", arguments.directory.c_str(),
              static_cast<long long>(summary.rows), static_cast<long long>(summary.icons),
              summary.already_there ? " (already exists)" : "");
  print_left_out(summary.left_out, "icons");
  note_parquet(summary.parquet);
  return kDone;
}

void add_icons(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("icons", "Create training data: captioned icons, from an npm package");
  auto arguments = std::make_shared<IconsArguments>();
  command->add_option("DIR", arguments->directory, "Output folder (created if missing)")
      ->required();
  command
      ->add_option("--from", arguments->package,
                   "Folder of an @iconify-json package (tools/fetch_pictures.sh downloads some)")
      ->type_name("DIR")
      ->check(refuse_empty)
      ->required();
  command->add_flag("--json", arguments->json, "Print the result as JSON");
  command->footer(
      "Example:\n  sightline dataset icons build/icons --from build/deps/pictures/game-icons\n"
      "Writes an ImageFolder (metadata.jsonl, images/) and the same rows in parquet/. All rows are "
      "in\nthe split 'train'. Captions are made from the icons' names.");
  command->callback(
      [arguments, &action] { action = [arguments] { return run_icons(*arguments); }; });
}

}  // namespace

void add_sample_data(CLI::App& dataset, Action& action) {
  add_emoji(dataset, action);
  add_drawings(dataset, action);
  add_icons(dataset, action);
}

}  // namespace sightline::cli
