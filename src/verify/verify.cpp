#include <sightline/error.h>
#include <sightline/verify.h>
#include <sightline/version.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/file.h"
#include "base/machine.h"
#include "base/plugin.h"
#include "base/spec_label.h"
#include "base/time_text.h"
#include "verify/compare.h"
#include "verify/published_values.h"
#include "verify/stages.h"
#include "verify/stored_reference.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

Certificate describe(const Model& model) {
  Certificate certificate;
  certificate.model = model.info();
  if (has_image_tower(model)) certificate.preprocessing = model.preprocess().describe();
  certificate.computation = model.computation();
  certificate.version = kVersion;
  certificate.compiler = compiler();
  Machine machine = this_machine();
  certificate.processor = std::move(machine.processor);
  certificate.architecture = std::move(machine.architecture);
  certificate.system = std::move(machine.system);
  certificate.features = std::move(machine.features);
  certificate.threads = machine.threads;
  certificate.time = utc_text(std::time(nullptr));
  return certificate;
}

// Embeddings of the inputs of a verification.
struct Vectors {
  Matrix images, texts;
};

// Compares towers and rankings with reference vectors for the same inputs.
void compare_towers(const Model& model, const Vectors& ours, const Vectors& expected,
                    const std::string& reference, std::vector<VerifyStage>& stages) {
  const auto add = [&](const char* name, const Matrix& a, const Matrix& b, const char* item) {
    VerifyStage stage;
    stage.name = name;
    stage.reference = reference;
    compare_rows(a, b, item, stage);
    stages.push_back(std::move(stage));
  };
  const bool images = has_image_tower(model) && expected.images.rows > 0,
             texts = has_text_tower(model) && expected.texts.rows > 0;
  if (images) add("image tower", ours.images, expected.images, "image");
  if (texts) add("text tower", ours.texts, expected.texts, "text");
  if (!images || !texts) return;
  VerifyStage rankings = compare_rankings(ours.images, ours.texts, expected.images, expected.texts);
  rankings.reference = reference;
  stages.push_back(std::move(rankings));
}

Vectors vectors_of(const Model& model, const StoredReference* reference) {
  Vectors result;
  if (has_image_tower(model)) result.images = image_vectors(model, reference);
  if (has_text_tower(model)) result.texts = text_vectors(model, reference);
  return result;
}

void compare_with_stored(const Model& model, const StoredReference& reference,
                         std::vector<VerifyStage>& stages) {
  if (has_text_tower(model)) stages.push_back(tokens_against_stored(model, reference));
  if (has_image_tower(model)) stages.push_back(pixels_against_stored(model, reference));
  compare_towers(model, vectors_of(model, &reference),
                 {reference.image_vectors, reference.text_vectors},
                 "stored: " + reference.made_with, stages);
}

// Compares with the towers of the torch backend on the built-in inputs.
void compare_with_libtorch(const Model& model, const std::string& spec,
                           const VerifyOptions& options, std::vector<VerifyStage>& stages) {
  constexpr const char* kReference = "libtorch";
  if (!options.cross_check || options.model.backend == Backend::torch || !plugin_exists("torch")) {
    const std::string why = !options.cross_check ? "disabled"
                            : options.model.backend == Backend::torch
                                ? "it is the backend being verified"
                                : "this build has no libtorch";
    stages.push_back(skipped_stage("towers", kReference, why));
    return;
  }
  ModelOptions other = options.model;
  other.backend = Backend::torch;
  other.precision = Precision::fp32;
  const Model oracle = Model::load(spec, other);
  compare_towers(model, vectors_of(model, nullptr), vectors_of(oracle, nullptr), kReference,
                 stages);
}

fs::path reference_folder(const std::string& model, const VerifyOptions& options) {
  if (!options.reference.empty()) {
    if (!fs::is_directory(file_status(options.reference))) {
      throw Error(ErrorCode::not_found, "the folder of references '", options.reference.string(),
                  "' does not exist");
    }
    return options.reference;
  }
  std::error_code error;
  const fs::path folder = fs::path(model) / "verify";
  return fs::is_directory(folder, error) ? folder : fs::path();
}

}  // namespace

bool Certificate::failed() const {
  return std::any_of(stages.begin(), stages.end(),
                     [](const VerifyStage& stage) { return stage.status == StageStatus::failed; });
}

bool Certificate::complete() const {
  const auto was_checked = [&](std::string_view name) {
    return std::any_of(stages.begin(), stages.end(), [&](const VerifyStage& stage) {
      return stage.name == name && stage.status != StageStatus::skipped;
    });
  };
  const bool images = model.image_size > 0, texts = model.context_length > 0;
  return (!texts || (was_checked("tokens") && was_checked("text tower"))) &&
         (!images || (was_checked("pixels") && was_checked("image tower"))) &&
         (!images || !texts || was_checked("rankings"));
}

Certificate verify_model(const std::string& labeled, const VerifyOptions& options,
                         const ProgressFn& progress) {
  const std::string spec = split_label(labeled).spec;
  constexpr int64_t kSteps = 5;
  int64_t done = 0;
  const auto step = [&](const char* what) {
    if (progress) progress({"verifying", done, kSteps, what});
    ++done;
  };
  if (!options.images.empty() && !fs::is_directory(file_status(options.images))) {
    throw Error(ErrorCode::not_found, "the folder of images '", options.images.string(),
                "' does not exist");
  }
  if (!options.published_as.empty() && !has_published_values(options.published_as)) {
    throw Error(ErrorCode::invalid_argument, "there are no published values for the checkpoint '",
                options.published_as, "', expected one of ", models_with_published_values());
  }
  step("loading the model");
  const fs::path folder = reference_folder(spec, options);
  ModelOptions settings = options.model;
  settings.orientation = OrientationProfile::stored;  // references come from a bare PIL.Image.open
  const Model model = Model::load(labeled, settings);
  Certificate certificate = describe(model);
  std::vector<VerifyStage>& stages = certificate.stages;
  step("built-in references");
  if (has_text_tower(model)) stages.push_back(tokens_against_builtin(model));
  if (has_image_tower(model)) stages.push_back(pixels_against_builtin(model));
  step("stored references");
  if (folder.empty()) {
    stages.push_back(
        skipped_stage("all", "stored",
                      "the model has no folder 'verify' (tools/verify_reference.py creates it)"));
  } else {
    compare_with_stored(model, read_stored_reference(folder), stages);
  }
  step("libtorch");
  compare_with_libtorch(model, spec, options, stages);
  step("published values");
  const std::string repo_id =
      options.published_as.empty() ? repo_id_of_cache_path(spec) : options.published_as;
  for (VerifyStage& stage : published_stages(model, spec, repo_id, options))
    stages.push_back(std::move(stage));
  if (progress) progress({"verifying", kSteps, kSteps, ""});
  return certificate;
}

}  // namespace sightline
