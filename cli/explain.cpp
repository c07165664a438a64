// sightline explain: why an image is similar to a text.
#include <sightline/error.h>
#include <sightline/explain.h>
#include <sightline/explanation_image.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/stage.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "command.h"
#include "console.h"
#include "encode/dual_encoder.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "progress_line.h"
#include "standard_streams.h"

namespace sightline::cli {
namespace {

struct Options {
  std::string model, image, text, out;
  ModelOptions settings;
  ExplainOptions explain;
  std::string method = "occlusion", fill = "mean";
  bool pull = false, json = false;
};

std::vector<uint8_t> image_bytes(const std::string& image) {
  constexpr int64_t kMost = ImageLimits{}.max_bytes;
  if (!is_standard(image)) return read_file(image, kMost);
  const std::string bytes = read_stdin(kMost);
  return {bytes.begin(), bytes.end()};
}

Json region_json(const ImageRegion& region) {
  return {{"left", region.left},
          {"top", region.top},
          {"width", region.width},
          {"height", region.height}};
}

Json explanation_json(const Explanation& explanation, const Options& options, const Model& model) {
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
  if (options.out.empty()) return;
  check_output_file(output.path(), ".png");
  if (!is_standard(options.image)) refuse_input(output.path(), options.image);
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
  const std::string path = locate_model(options.model, options.pull);
  const Model model = [&] {
    const Stage stage(progress, "loading " + path);
    return Model::load(path, options.settings);
  }();
  require_both_towers(model.info(), path);
  for (const std::string& warning : model.info().warnings) warn(warning);
  const Explanation explanation = explain(model, bytes, name, options.text, options.explain);
  if (!options.out.empty()) {
    const std::vector<uint8_t> png =
        render_explanation(explanation, bytes, options.text,
                           {.orientation = options.settings.orientation, .limits = {}});
    write_file_atomic(output.path(), std::span<const uint8_t>(png));
    output.publish();
  }
  if (options.json) {
    print_json(explanation_json(explanation, options, model));
    return kDone;
  }
  std::FILE* file = output.standard() ? stderr : stdout;
  std::fprintf(file, "%s\nsimilarity %s\n\n", heading(options.text).c_str(),
               fixed(explanation.similarity, 4).c_str());
  print_words(file, explanation);
  std::fprintf(file, "\n");
  print_heat(file, explanation);
  print_unseen(file, explanation);
  if (!options.out.empty() && !output.standard())
    std::fprintf(file, "map: %s\n", one_line(options.out).c_str());
  return kDone;
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
      ->capture_default_str();
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
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli
