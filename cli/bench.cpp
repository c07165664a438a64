// sightline bench: measures how fast a model runs on this machine, and its share of the roofline.
#include <sightline/error.h>
#include <sightline/version.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/machine.h"
#include "base/text.h"
#include "command.h"
#include "console.h"
#include "locate.h"
#include "measure/measure.h"
#include "measure/roofline/roofline_baseline.h"
#include "model_options.h"
#include "output.h"
#include "progress_line.h"
#include "read_lines.h"

namespace sightline::cli {
namespace {

using nlohmann::json;

struct Options {
  std::string model;
  MeasureOptions measure;
  std::vector<std::optional<Precision>> precisions;
  std::filesystem::path captions;
  bool no_roofline = false, as_json = false, pull = false;
};

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json machine_json() {
  const Machine machine = this_machine();
  return {{"processor", machine.processor}, {"architecture", machine.architecture},
          {"features", machine.features},   {"processors", machine.processors},
          {"threads", machine.threads},     {"system", machine.system},
          {"sightline", kVersion},          {"onednn", onednn_version()},
          {"compiler", compiler()}};
}

json to_json(const Options& options, const Measurements& found) {
  json rates = json::array();
  for (const Rate& rate : found.rates) {
    rates.push_back({{"what", rate.what},
                     {"precision", rate.precision},
                     {"batch", rate.batch},
                     {"per_second", rate.per_second},
                     {"best_per_second", or_null(rate.best_per_second)},
                     {"share_of_roofline", or_null(rate.share_of_roofline)},
                     {"roofline_per_second", or_null(rate.roofline_per_second)},
                     {"roofline_operations_per_second", or_null(rate.roofline_operations)}});
  }
  json memory = json::array();
  for (const PeakMemory& peak : found.peak_memory)
    memory.push_back({{"precision", peak.precision}, {"bytes", peak.bytes}});
  return {{"machine", machine_json()},
          {"model",
           {{"name", found.model.name},
            {"family", found.model.family},
            {"fingerprint", found.model.fingerprint},
            {"parameters", found.model.parameters},
            {"backend", backend_name(options.measure.model.backend)},
            {"device", device_name(options.measure.model.device)}}},
          {"rounds", options.measure.rounds},
          {"rates", std::move(rates)},
          {"peak_memory", std::move(memory)},
          {"memory_read_bytes_per_second", or_null(found.read_bytes_per_second)},
          {"images",
           {{"count", found.images},
            {"mean_bytes", found.mean_image_bytes},
            {"synthetic", found.synthetic_images}}}};
}

std::string roofline_text(const Rate& rate) {
  if (!rate.roofline_per_second) return "-";
  std::string text = fixed(*rate.roofline_per_second, 1);
  if (rate.roofline_operations) {
    text += " (" + fixed(*rate.roofline_operations * 1e-9, 0) +
            (rate.precision == "int8" ? " GOP/s)" : " GFLOP/s)");
  }
  return text;
}

void print_table(const Measurements& found) {
  const Machine machine = this_machine();
  std::printf("%s on %s, %s, oneDNN %s\n", one_line(found.model.name).c_str(),
              machine.processor.c_str(), counted(machine.threads, "thread").c_str(),
              onednn_version().c_str());
  std::vector<std::vector<std::string>> rows;
  for (const Rate& rate : found.rates) {
    rows.push_back(
        {rate.what, rate.precision, std::to_string(rate.batch), fixed(rate.per_second, 1),
         rate.best_per_second ? fixed(*rate.best_per_second, 1) : "-", roofline_text(rate),
         rate.share_of_roofline ? fixed(*rate.share_of_roofline, 3) : "-"});
  }
  std::fputs(format_table({"what", "precision", ">batch", ">per second", ">best round", ">roofline",
                           ">share"},
                          rows)
                 .c_str(),
             stdout);
  for (const PeakMemory& peak : found.peak_memory) {
    std::printf("peak memory %s: %.0f MiB\n", peak.precision.c_str(),
                static_cast<double>(peak.bytes) / (1 << 20));
  }
  if (found.read_bytes_per_second)
    std::printf("memory read rate: %.1f GB/s\n", *found.read_bytes_per_second * 1e-9);
  if (found.images > 0) {
    std::printf("images: %lld %s, %.0f kB each\n", static_cast<long long>(found.images),
                found.synthetic_images ? "synthetic photographs of 640 x 480" : "files",
                found.mean_image_bytes * 1e-3);
  }
}

std::vector<std::string> read_captions(const std::filesystem::path& path) {
  std::vector<std::string> lines = read_lines(path);
  std::erase_if(lines, [](const std::string& line) { return line.empty(); });
  if (lines.empty())
    throw Error(ErrorCode::invalid_argument, "there is no caption in '", path.string(), "'");
  return lines;
}

int run(Options options) {
  options.measure.roofline = !options.no_roofline;
  if (!options.precisions.empty()) {
    options.measure.precisions.clear();
    for (const auto& precision : options.precisions)
      options.measure.precisions.push_back(*precision);
  }
  if (!options.captions.empty()) options.measure.captions = read_captions(options.captions);
  const Measurements found = measure_model(locate_model(options.model, options.pull),
                                           options.measure, console_progress(options.as_json));
  for (const std::string& warning : found.model.warnings) warn(warning);
  if (options.as_json) {
    print_json(to_json(options, found));
  } else {
    print_table(found);
  }
  return kDone;
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "bench", "Measure how fast a model runs on this machine, and its share of the roofline");
  MeasureOptions& measure = options->measure;
  command->add_option("--model", options->model, "Model directory, file or name")
      ->type_name("MODEL")
      ->required();
  add_pull_flag(*command, options->pull);
  command
      ->add_option(
          "--what", measure.what,
          "image, text, preprocess, end_to_end, search (default: all that the model supports)")
      ->delimiter(',')
      ->check(CLI::IsMember({"image", "text", "preprocess", "end_to_end", "search"}));
  add_precisions_option(*command, options->precisions, false);
  command
      ->add_option("--batch", measure.batches,
                   "Batch sizes, comma-separated; end_to_end uses the largest")
      ->delimiter(',')
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_option("--rounds", measure.rounds, "Interleaved rounds; rates are medians over them")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--seconds", measure.least_seconds,
                   "Minimum duration of a measurement in a round")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  command
      ->add_option("--images", measure.images,
                   "Folder of images (default: synthetic photographs of 640 x 480)")
      ->type_name("DIR");
  command
      ->add_option("--captions", options->captions,
                   "File of captions, one per line (default: 32 built-in captions)")
      ->type_name("FILE");
  command->add_flag("--no-roofline", options->no_roofline,
                    "Do not measure the roofline baseline; saves time and memory");
  add_backend_options(*command, measure.model.backend, measure.model.device);
  add_image_options(*command, measure.model);
  command->add_flag("--json", options->as_json, "Print one JSON document");
  command->group("Evaluation");
  command->footer(
      "The roofline of a tower is the rate of its matrix products and convolutions alone, in "
      "oneDNN.\n"
      "That of end_to_end is the rate of the tower alone; that of search is the rate of reading\n"
      "or multiplying the vectors. The machine should be otherwise idle.\n"
      "Example: sightline bench --model models/emoji-vit-8 --what image,text --batch 32");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli
