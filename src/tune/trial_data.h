// The data of trials: rows, their division, and vectors of images and captions.
#pragma once

#include <sightline/configuration.h>
#include <sightline/model.h>
#include <sightline/tune.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "tune/tuning_rows.h"
#include "tune/vector_store.h"

namespace sightline {

inline constexpr int kTimedQueries = 9;

// Rows that are encoded together, so that the last bits of their vectors do not depend on where a
// run was interrupted.
struct RowPart {
  std::string name;
  std::vector<int64_t> rows;  // indices into TuningRows::rows, ascending
};

class TrialData {
 public:
  // Reads the rows, keeping captions, never images, and divides them by near-duplicates, which
  // takes the vectors of the default. configurations: of all trials, the default first. Throws what
  // RowReader and Model::load throw; invalid_data for data without captions or whose split leaves
  // one side empty.
  TrialData(const TuningPlan& plan, const RunnerOptions& options,
            std::span<const Configuration> configurations);

  const std::string& fingerprint() const { return fingerprint_; }  // of models and rows
  const TuningRows& rows() const { return rows_; }
  const TuningRow& row(int64_t i) const { return rows_.rows[static_cast<size_t>(i)]; }
  const TuningSplit& split() const { return split_; }
  bool can_be_decoded(int64_t i) const { return !undecodable_.contains(i); }
  // Equal for configurations that share a loaded model and vectors.
  std::string work_key(const Configuration& c) const { return text_key(c) + image_key(c); }
  // The path at which a model of a configuration is.
  std::string located(const std::string& model) const;

  Json summary() const;  // facts for the report

  // Vectors of the images of all parts: fused with texts, and as precise as stored.
  Matrix image_vectors(const Configuration& c, std::span<const RowPart> parts,
                       const ProgressFn& progress);
  // Vectors of all captions of all parts, in the configuration's templates.
  Matrix query_vectors(const Configuration& c, std::span<const RowPart> parts,
                       const ProgressFn& progress);
  // Median time to encode one caption of `part`; measured. Stored with the vectors, so that a run
  // that continues need not load the model.
  double encoding_ms(const Configuration& c, const RowPart& part);
  // Of a model that was used or is one of the plan's configurations.
  int64_t parameters(const std::string& model) const { return models_.at(model).parameters; }

  // Adds a model that a trial trained. Its vectors are only kept in memory, until the next one.
  void use_trained_model(const std::string& path);

 private:
  struct KnownModel {
    std::string fingerprint;
    int64_t parameters = 0;
  };

  void identify(std::span<const Configuration> configurations);
  void add_model(const std::string& model, const std::string& path);
  void divide();
  std::string image_key(const Configuration& c) const;
  std::string text_key(const Configuration& c) const;
  VectorStore& store_of(const Configuration& c) { return c.model == trained_ ? passing_ : store_; }
  const Model& model_of(const Configuration& c);
  Matrix encode_images(const Configuration& c, const RowPart& part, const ProgressFn& progress);
  Matrix plain_image_vectors(const Configuration& c, std::span<const RowPart> parts,
                             const ProgressFn& progress);
  const Matrix& texts(const Configuration& c, const std::string& key,
                      std::span<const std::string> texts, const ProgressFn& progress);
  void fuse(const Configuration& c, std::span<const RowPart> parts, Matrix& images,
            const ProgressFn& progress);
  std::vector<std::string> captions_of(const RowPart& part) const;

  TuningData data_;
  uint64_t seed_;
  RunnerOptions options_;
  VectorStore store_, passing_{""};
  TuningRows rows_;
  TuningSplit split_;
  std::set<int64_t> undecodable_;
  RowPart all_;
  Configuration default_;
  std::string fingerprint_, loaded_, trained_;
  std::map<std::string, KnownModel> models_;
  std::optional<Model> model_;
};

}  // namespace sightline
