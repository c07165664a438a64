// sightline verify: compares a model's results on this machine with those of references.
#include <sightline/error.h>
#include <sightline/verify.h>

#include <cmath>
#include <cstdio>
#include <memory>

#include "base/file.h"
#include "command.h"
#include "console.h"
#include "data/no_image.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

struct Options {
  std::string model;
  std::filesystem::path certificate;
  VerifyOptions verify;
  bool no_cross_check = false;
  bool as_json = false, pull = false;
};

std::string scientific(const std::optional<double>& value) {
  if (!value) return "-";
  char text[32];
  const bool whole = *value == std::floor(*value) && *value < 1e6;
  std::snprintf(text, sizeof text, whole ? "%.0f" : "%.2g", *value);
  return text;
}

std::vector<std::string> table_row(const VerifyStage& stage) {
  if (stage.status == StageStatus::skipped)
    return {stage.name, stage.reference, "skipped", "-", "-", "-", "-"};
  return {stage.name,
          stage.reference,
          stage.status == StageStatus::passed ? "ok" : "FAILED",
          std::to_string(stage.checked - stage.wrong) + " of " + std::to_string(stage.checked),
          scientific(stage.largest_error),
          scientific(stage.tolerance),
          stage.smallest_cosine ? fixed(*stage.smallest_cosine, 9) : "-"};
}

// "tokens: ids; pixels: grey levels", for the errors of the table.
std::string units_text(const Certificate& certificate) {
  std::string text;
  for (const VerifyStage& stage : certificate.stages) {
    const std::string unit = stage.name + ": " + stage.unit;
    if (stage.unit.empty() || text.find(unit) != std::string::npos) continue;
    text += (text.empty() ? "" : "; ") + unit;
  }
  return text;
}

void print_table(const Certificate& certificate) {
  std::vector<std::vector<std::string>> rows;
  for (const VerifyStage& stage : certificate.stages) rows.push_back(table_row(stage));
  std::fputs(format_table({"stage", "~against", "result", ">good", ">largest error", ">allowed",
                           ">least cosine"},
                          rows)
                 .c_str(),
             stdout);
  std::printf("units of the errors: %s\n", units_text(certificate).c_str());
  for (const VerifyStage& stage : certificate.stages) {
    if (stage.status == StageStatus::passed || stage.detail.empty()) continue;
    std::printf("%s %s, %s: %s\n", stage.name.c_str(),
                stage.status == StageStatus::failed ? "failed" : "skipped",
                one_line(stage.reference).c_str(), one_line(stage.detail).c_str());
  }
  std::printf("%s on %s: %s\n", computation_name(certificate.computation).c_str(),
              certificate.processor.c_str(),
              certificate.failed() ? "OUT OF TOLERANCE"
              : certificate.complete()
                  ? "all stages within tolerance"
                  : "nothing out of tolerance, but some stages have no reference");
}

int run(Options options) {
  options.verify.cross_check = !options.no_cross_check;
  if (!options.certificate.empty()) check_output_file(options.certificate, ".json");
  const std::filesystem::path& images = options.verify.images;
  std::error_code unreadable;  // verify_model reports it
  if (!images.empty() && std::filesystem::is_directory(images, unreadable) &&
      std::filesystem::is_empty(images, unreadable) && !unreadable)
    throw_no_image(images);
  const Certificate certificate = verify_model(locate_model(options.model, options.pull),
                                               options.verify, console_progress(options.as_json));
  const std::string json = certificate_json(certificate);
  if (!options.certificate.empty()) write_file_atomic(options.certificate, json);
  if (options.as_json) {
    std::fputs(json.c_str(), stdout);
  } else {
    print_table(certificate);
    if (!options.certificate.empty()) std::printf("certificate: %s\n", options.certificate.c_str());
  }
  if (certificate.failed()) return kFailed;
  return certificate.complete() ? kDone : kSkipped;
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "verify", "Compare a model's tokens, pixels, vectors and rankings with references");
  command->add_option("MODEL", options->model, "Model directory, file, name or pair")->required();
  add_pull_flag(*command, options->pull);
  command
      ->add_option("--certificate", options->certificate,
                   "Write the certificate (JSON) to this file")
      ->type_name("FILE");
  command
      ->add_option("--reference", options->verify.reference,
                   "Folder of stored references (default: MODEL/verify, if it exists)")
      ->type_name("DIR");
  command
      ->add_option("--published-as", options->verify.published_as,
                   "Name of the published checkpoint (default: from the path in the Hub's cache)")
      ->type_name("NAME");
  command
      ->add_option("--images", options->verify.images,
                   "Folder with CLIP.png and franz-kafka.jpg, the images of published values")
      ->type_name("DIR");
  command->add_flag("--no-cross-check", options->no_cross_check, "Do not compare with libtorch");
  ModelOptions& model = options->verify.model;
  add_backend_options(*command, model.backend, model.device);
  add_fixed_precision_option(*command, model.precision);
  command->add_flag("--json", options->as_json, "Print the certificate as JSON");
  command->group("Evaluation");
  command->footer(
      "Exit code 1: a stage is out of tolerance; 3: none is, but a required stage has no "
      "reference.\n"
      "Example: sightline verify models/emoji-vit-8 --certificate build/emoji-vit-8.json");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli
