// Proof that a model computes here what its reference computes: stage by stage, with the largest
// error of each, as a certificate for this machine and build.
#pragma once

#include <sightline/model.h>
#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

// What a stage is held against, in the order of its worth:
//   stored      what the reference implementation computed for this very model, kept in a folder
//               (MODEL/verify, made by tools/verify_reference.py; docs/formats/verify.md)
//   built-in    what reference tokenizers and Pillow give for texts and images that are part of
//               the program, for vocabularies and preprocessing that it knows
//   published   figures that others published for this checkpoint
//   libtorch    the same towers on the torch backend, an independent implementation of every
//               operation
struct VerifyOptions {
  ModelOptions model;
  // Folder with stored references. Empty: MODEL/verify where there is one.
  std::filesystem::path reference;
  // Folder with the images that published figures are about (CLIP.png, franz-kafka.jpg). Empty:
  // those figures are skipped.
  std::filesystem::path images;
  // The published checkpoint that this is said to be, "openai/clip-vit-base-patch32". Empty: told
  // from the path, where that lies in the Hub's cache.
  std::string published_as;
  bool cross_check = true;  // against libtorch, where this build has it
};

enum class StageStatus { passed, failed, skipped };

struct VerifyStage {
  std::string name;       // "tokens", "pixels", "image tower", "text tower", "rankings", …
  std::string reference;  // "stored: transformers 5.12.1, torch 2.14.1", "built-in", …
  StageStatus status = StageStatus::skipped;
  int64_t checked = 0;  // texts, images, rows, rankings or numbers
  int64_t wrong = 0;    // of those, out of tolerance
  // The largest error that was seen and what it may be, in `unit`. Not there where nothing was
  // measured (a skipped stage, or hashes alone).
  std::optional<double> largest_error;
  double tolerance = 0;
  std::string unit;  // "ids", "grey levels", "relative error of a row", "places", …
  std::optional<double> smallest_cosine;  // towers only
  std::string detail;                     // the worst item, or why the stage was skipped
};

struct Certificate {
  ModelInfo model;
  std::string preprocessing;  // PreprocessSpec::describe(), empty without an image tower
  Computation computation;
  std::string version;  // of this library
  std::string compiler;
  std::string processor, architecture, system;
  std::vector<std::string> features;
  int threads = 0;
  std::string time;  // UTC, ISO 8601
  std::vector<VerifyStage> stages;

  bool failed() const;  // any stage out of tolerance
  // Whether every stage's own question was answered by some reference: tokens, pixels and towers
  // that the model has, and rankings where it has two towers.
  bool complete() const;
};

// `model` as Model::load takes it. Throws what Model::load throws; invalid_data for a folder of
// references that is damaged or belongs to another model; not_found for a folder that was named
// and is not there.
Certificate verify_model(const std::string& model, const VerifyOptions& options = {},
                         const ProgressFn& progress = {});

// The certificate as JSON (docs/formats/verify.md).
std::string certificate_json(const Certificate& certificate);

}  // namespace sightline
