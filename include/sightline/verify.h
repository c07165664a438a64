// Verifies that a model computes the same results as its reference implementation on this machine
// and build. Reports the largest error of each stage in a certificate.
#pragma once

#include <sightline/model.h>
#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

// Each stage is compared with all available references, strongest first:
//   stored      results of the reference implementation for this model, in the folder MODEL/verify
//               (written by tools/verify_reference.py; docs/formats/verify.md)
//   built-in    results of the reference tokenizers and of Pillow for texts and images that are
//               compiled into the program, for known vocabularies and preprocessing settings
//   published   values published by others for this checkpoint
//   libtorch    the same towers on the torch backend, which implements every operation
//   independently
struct VerifyOptions {
  ModelOptions model;
  // Folder with stored references. Empty: MODEL/verify if it exists.
  std::filesystem::path reference;
  // Folder with the images to which published values refer (CLIP.png, franz-kafka.jpg). Empty:
  // these values are skipped.
  std::filesystem::path images;
  // Repository id of the published checkpoint, for example "openai/clip-vit-base-patch32". Empty:
  // derived from the path if the model is in the Hub cache.
  std::string published_as;
  bool cross_check = true;  // compare with libtorch, if this build has it
};

enum class StageStatus { passed, failed, skipped };

struct VerifyStage {
  std::string name;       // "tokens", "pixels", "image tower", "text tower", "rankings", ...
  std::string reference;  // "stored: transformers 5.12.1, torch 2.14.1", "built-in", ...
  StageStatus status = StageStatus::skipped;
  int64_t checked = 0;  // number of texts, images, rows, rankings or values
  int64_t wrong = 0;    // number of those out of tolerance
  // Largest observed error and the allowed error, in `unit`. No value if nothing was measured (the
  // stage was skipped, or only hashes were compared).
  std::optional<double> largest_error;
  double tolerance = 0;
  std::string unit;                       // "ids", "grey levels", "relative error of a row", ...
  std::optional<double> smallest_cosine;  // towers only
  std::string detail;                     // the worst item, or the reason for skipping
};

struct Certificate {
  ModelInfo model;
  std::string preprocessing;  // PreprocessSpec::describe(); empty without an image tower
  Computation computation;
  std::string version;  // version of this library
  std::string compiler;
  std::string processor, architecture, system;
  std::vector<std::string> features;  // instruction sets
  int threads = 0;
  std::string time;  // UTC, ISO 8601
  std::vector<VerifyStage> stages;

  bool failed() const;  // whether any stage is out of tolerance
  // Whether each of these was compared with at least one reference: tokens and text tower, pixels
  // and image tower (as far as the model has them), and rankings if it has both towers.
  bool complete() const;
};

// Runs all stages. `model` is what Model::load accepts. Throws what Model::load throws;
// invalid_data if the stored references are damaged or belong to another model; not_found if a
// folder named in `options` does not exist.
Certificate verify_model(const std::string& model, const VerifyOptions& options = {},
                         const ProgressFn& progress = {});

// Returns the certificate as JSON text (docs/formats/verify.md).
std::string certificate_json(const Certificate& certificate);

}  // namespace sightline
