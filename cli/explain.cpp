// sightline explain: why an image is similar to a text.
#include <sightline/error.h>
#include <sightline/explain.h>
#include <sightline/explanation_image.h>
#include <sightline/library.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/stage.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "cache_options.h"
#include "command.h"
#include "console.h"
#include "dataset_options.h"
#include "encode/dual_encoder.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "progress_line.h"
#include "standard_streams.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

constexpr float kLeastRange = 0.00005f;  // of a map; less is not visible in four decimals

struct Options {
  std::string model, image, text, out;
  ModelOptions settings;
  ExplainOptions explain;
  std::string method = "occlusion", fill = "mean";
  bool pull = false, json = false;
  // Source of captions; both empty: none.
  std::string dataset;
  fs::path library;
  DatasetOptions columns;
  int captions = 5;
  CacheFlags cache;

  bool has_captions() const { return !dataset.empty() || !library.empty(); }
};

std::vector<uint8_t> image_bytes(const std::string& image) {
  constexpr int64_t kMost = ImageLimits{}.max_bytes;
  if (!is_standard(image)) return read_file(image, kMost);
  const std::string bytes = read_stdin(kMost);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::string> read_captions(const Options& options, const ProgressFn& progress) {
  if (!options.has_captions()) return {};
  if (!options.library.empty()) {
    const Stage stage(progress, "reading the library");
    return captions_of(*Library(options.library).collection());
  }
  const Stage stage(progress, "reading captions");
  std::vector<std::string> out;
  RowReader rows({.path = locate_dataset(options.dataset, options.pull),
                  .options = options.columns,
                  .splits = {}});
  while (std::optional<Row> row = rows.next())
    std::ranges::move(row->captions, std::back_inserter(out));
  return out;
}

NearestCaptions find_captions(const std::vector<std::string>& captions, const Options& options,
                              const Model& model, const Explanation& explanation,
                              const ProgressFn& progress) {
  if (!options.has_captions()) return {};
  EncodeOptions encode;
  encode.cache = cache_root(options.cache);
  encode.progress = progress;
  NearestCaptions out =
      nearest_captions(captions, model, explanation.vector, options.captions, encode);
  if (out.compared == 0) {
    warn("there is no caption in " +
         quoted(options.library.empty() ? fs::path(options.dataset) : options.library));
  }
  return out;
}

Json region_json(const ImageRegion& region) {
  return {{"left", region.left},
          {"top", region.top},
          {"width", region.width},
          {"height", region.height}};
}

Json explanation_json(const Explanation& explanation, const NearestCaptions& captions,
                      const Options& options, const Model& model) {
  Json words = Json::array();
  for (const WordContribution& word : explanation.words)
    words.push_back({{"word", word.word}, {"contribution", word.contribution}});
  Json result = {
      {"image", options.image},
      {"text", options.text},
      {"model", {{"name", model.info().name}, {"fingerprint", model.info().fingerprint}}},
      {"similarity", explanation.similarity},
      {"words", words},
      {"width", explanation.width},
      {"height", explanation.height},
      {"seen", region_json(explanation.seen)},
      {"cut_share", explanation.cut_share},
      {"heat",
       {{"rows", explanation.heat.rows},
        {"columns", explanation.heat.columns},
        {"values", explanation.heat.values},
        {"input", region_json(explanation.input)}}},
      {"method", options.method},
      {"fill", options.fill},
      {"encodings", explanation.encodings}};
  if (explanation.kept_text) result["kept_text"] = *explanation.kept_text;
  if (options.method == "rise") result["seed"] = options.explain.seed;
  if (options.has_captions()) {
    result["captions_compared"] = captions.compared;
    result["captions"] = Json::array();
    for (const NearCaption& caption : captions.captions)
      result["captions"].push_back({{"text", caption.text}, {"similarity", caption.similarity}});
  }
  if (!options.out.empty()) result["out"] = options.out;
  return result;
}

// A bar as long as the contribution's share of the largest one; '-' where the word lowers the
// similarity.
std::string bar(double contribution, double largest) {
  constexpr double kLongest = 30;
  if (largest <= 0) return "";
  const auto length = std::lround(kLongest * std::abs(contribution) / largest);
  return std::string(static_cast<size_t>(length), contribution < 0 ? '-' : '#');
}

void print_words(std::FILE* file, const Explanation& explanation) {
  double largest = 0;
  for (const WordContribution& word : explanation.words)
    largest = std::max(largest, std::abs(word.contribution));
  std::vector<std::vector<std::string>> rows;
  for (const WordContribution& word : explanation.words) {
    const std::string sign = word.contribution > 0 ? "+" : "";
    rows.push_back(
        {one_line(word.word), sign + fixed(word.contribution, 4), bar(word.contribution, largest)});
  }
  std::fprintf(file, "%s", format_table({"~word", ">contribution", ""}, rows).c_str());
  std::fprintf(file, "contribution: the fall of the similarity without the word\n");
}

void print_captions(std::FILE* file, const NearestCaptions& captions) {
  if (captions.captions.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (const NearCaption& caption : captions.captions)
    rows.push_back({fixed(caption.similarity, 4), one_line(caption.text)});
  std::fprintf(
      file, "\n%s",
      format_table(
          {">similarity", "~nearest of " + counted(captions.compared, "different caption")}, rows)
          .c_str());
}

void print_unseen(std::FILE* file, const Explanation& explanation) {
  const ImageRegion& seen = explanation.seen;
  if (explanation.cut_share > 0.0005) {
    std::fprintf(file,
                 "not seen: %s %% of the image; the crop keeps %.0f x %.0f of %d x %d pixels, from "
                 "(%.0f, %.0f)\n",
                 fixed(100 * explanation.cut_share, 1).c_str(), seen.width, seen.height,
                 explanation.width, explanation.height, seen.left, seen.top);
  }
  if (explanation.kept_text) {
    std::fprintf(file, "not read: the text after: %s\n", one_line(*explanation.kept_text).c_str());
  }
}

void print_heat(std::FILE* file, const Explanation& explanation) {
  const HeatMap& heat = explanation.heat;
  const auto [low, high] = std::ranges::minmax(heat.values);
  if (high - low < kLeastRange) {
    std::fprintf(file,
                 "no part stands out: wherever the image is hidden, the similarity falls by %s\n",
                 fixed(static_cast<double>(high), 4).c_str());
    return;
  }
  const auto hottest = std::ranges::max_element(heat.values) - heat.values.begin();
  const ImageRegion& input = explanation.input;
  const double x =
      input.left + input.width * (0.5 + static_cast<double>(hottest % heat.columns)) / heat.columns;
  const double y =
      input.top + input.height * (0.5 + static_cast<double>(hottest / heat.columns)) / heat.rows;
  std::fprintf(file, "hottest at (%.0f, %.0f): hidden there, the similarity falls by %s\n", x, y,
               fixed(static_cast<double>(heat.values[static_cast<size_t>(hottest)]), 4).c_str());
}

void check(const Options& options, const OutputFile& output) {
  if (output.standard() && options.json) {
    throw Error(ErrorCode::invalid_argument,
                "--out - and --json both write to standard output: name a file");
  }
  if (!options.dataset.empty() && !options.library.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "the captions come from either --dataset or --library, not both");
  }
  if (options.out.empty()) return;
  check_output_file(output.path(), ".png");
  if (!is_standard(options.image)) refuse_input(output.path(), options.image);
  if (!options.dataset.empty()) refuse_inside(output.path(), options.dataset);
}

void print_explanation(std::FILE* file, const Explanation& explanation,
                       const NearestCaptions& captions, const Options& options) {
  std::fprintf(file, "%s\nsimilarity %s\n\n", heading(options.text).c_str(),
               fixed(explanation.similarity, 4).c_str());
  print_words(file, explanation);
  std::fprintf(file, "\n");
  print_heat(file, explanation);
  print_unseen(file, explanation);
  print_captions(file, captions);
}

int run(Options options) {
  const OutputFile output(options.out, "map.png");
  check(options, output);
  options.text = checked_text(options.text);
  options.explain.method = parse_mask_method(options.method);
  options.explain.fill = parse_mask_fill(options.fill);
  const ProgressFn progress = console_progress(options.json);
  options.explain.progress = progress;
  const std::vector<uint8_t> bytes = image_bytes(options.image);
  const std::string name = is_standard(options.image) ? "standard input" : options.image;
  const std::vector<std::string> texts = read_captions(options, progress);
  const std::string path = locate_model(options.model, options.pull);
  const Model model = [&] {
    const Stage stage(progress, "loading " + path);
    return Model::load(path, options.settings);
  }();
  require_both_towers(model.info(), path);
  for (const std::string& warning : model.info().warnings) warn(warning);
  const Explanation explanation = explain(model, bytes, name, options.text, options.explain);
  const NearestCaptions captions = find_captions(texts, options, model, explanation, progress);
  if (!options.out.empty()) {
    const std::vector<uint8_t> png = render_explanation(
        explanation, bytes, options.text,
        {.orientation = options.settings.orientation, .limits = {}, .captions = captions.captions});
    write_file_atomic(output.path(), std::span<const uint8_t>(png));
    output.publish();
  }
  if (options.json) {
    print_json(explanation_json(explanation, captions, options, model));
    return kDone;
  }
  print_explanation(output.standard() ? stderr : stdout, explanation, captions, options);
  if (!options.out.empty() && !output.standard())
    std::printf("map: %s\n", one_line(options.out).c_str());
  return kDone;
}

// Options that the method does not have are refused, since they would do nothing.
void require_options_of_method(const CLI::App& command, const std::string& method) {
  const auto refuse = [&](const char* option, const char* other) {
    if (command.count(option) > 0 && method != other) {
      throw Error(ErrorCode::invalid_argument, option, " is an option of --method ", other,
                  ", not of ", method);
    }
  };
  refuse("--window", "occlusion");
  refuse("--masks", "rise");
  refuse("--seed", "rise");
}

void add_method_options(CLI::App& command, Options& options) {
  command
      .add_option("--method", options.method,
                  "Parts of the image that are hidden: a window at every position (occlusion), or "
                  "random masks (rise)")
      ->check(CLI::IsMember({"occlusion", "rise"}))
      ->capture_default_str();
  command.add_option("--fill", options.fill, "Hide by the image's mean colour, or by blurring")
      ->check(CLI::IsMember({"mean", "blur"}))
      ->capture_default_str();
  command
      .add_option("--cells", options.explain.cells,
                  "Side of the heat map (default: the model's patches, 7 to 16)")
      ->check(CLI::Range(2, 64));
  command
      .add_option("--window", options.explain.window,
                  "Side of the window in cells, of occlusion (default: three eighths of the cells)")
      ->check(CLI::Range(1, 64));
  command.add_option("--masks", options.explain.masks, "Number of masks, of rise")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  command.add_option("--seed", options.explain.seed, "Seed of the masks, of rise")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

void add_caption_options(CLI::App& command, Options& options) {
  auto* dataset =
      command
          .add_option("--dataset", options.dataset,
                      "Also show which captions of this data set are nearest to the image")
          ->type_name("DATASET");
  add_split_option(command, options.columns.split, dataset);
  command
      .add_option("--text-column", options.columns.text_columns,
                  "Column of the captions; repeatable (default: detected)")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->needs(dataset);
  command
      .add_option("--library", options.library,
                  "Also show which captions of this library are nearest to the image")
      ->type_name("DIR");
  command.add_option("--captions", options.captions, "Number of nearest captions")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_cache_options(command, options.cache);
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "explain", "Show where in an image a text is found, and which words contribute");
  command->add_option("IMAGE", options->image, "Image file; - is standard input")->required();
  command->add_option("TEXT", options->text, "Text to explain")->required();
  command->add_option("--model", options->model, kModelHelp)->type_name("MODEL")->required();
  command->add_option("--out", options->out, "Write the heat map as PNG; - is standard output")
      ->type_name("FILE.png");
  add_method_options(*command, *options);
  add_caption_options(*command, *options);
  add_batch_size_option(*command, options->explain.batch_size);
  add_backend_options(*command, options->settings.backend, options->settings.device);
  add_fixed_precision_option(*command, options->settings.precision);
  add_image_options(*command, options->settings);
  add_pull_flag(*command, options->pull);
  command->add_flag("--json", options->json, "Print the explanation as JSON");
  command->group("Search");
  command->footer(
      "Example:\n  sightline explain --model models/emoji-vit-8 build/emoji/images/2764-fe0f.png "
      "'a red heart' \\\n    --out build/heart-map.png");
  command->callback([options, command, &action] {
    require_options_of_method(*command, options->method);
    action = [options] { return run(*options); };
  });
}

}  // namespace sightline::cli
