// The failure report's part in an experiment: what it encodes for each model, and what it measures.
#pragma once

#include <sightline/experiment.h>
#include <sightline/metrics.h>

#include <functional>
#include <string>
#include <vector>

#include "encode/dual_encoder.h"
#include "eval/collect.h"
#include "eval/failures/attacked_images.h"

namespace sightline {

// One model's vectors for the failure report.
struct FailureVectors {
  Matrix bank;  // (B, D): texts of the query bank
  AttackedVectors attacks;
};

class FailureRun {
 public:
  // Reads the captions of the query bank, so that a wrong split is reported before anything is
  // encoded. Throws invalid_argument (options, or a combination with other options that is not
  // supported), what reading the data set throws.
  explicit FailureRun(const ExperimentOptions& options);

  // Chooses the texts of the bank and the words of the attacks, once, for all models.
  //   captions   the distinct captions of the experiment
  //   number_of  returns the index of a caption in `captions`
  void choose(const std::vector<SeenRow>& seen, const std::vector<std::string>& captions,
              const std::function<int64_t(const std::string&)>& number_of);

  // Encodes for one model. `encode_texts` encodes captions as those of the experiment.
  FailureVectors encode(DualEncoder& encoder,
                        const std::function<Matrix(const std::vector<std::string>&)>& encode_texts,
                        std::vector<std::string>& warnings) const;

  // Records the settings and the query bank in the result. Throws invalid_argument for a group
  // column that the rows of `result` do not have.
  void describe(ExperimentResult& result) const;

  // Measures corrections and attacks of one model.
  //   set       the vectors of result.rows and result.text_row
  //   kept      index of each row of `result` among the rows of choose()
  //   captions  the vectors of the distinct captions
  void measure(const ExperimentResult& result, ModelResult& model, const RetrievalSet& set,
               const FailureVectors& vectors, std::span<const int64_t> kept, const Matrix& captions,
               const ProgressFn& progress) const;

 private:
  void measure_typographic(const ExperimentResult& result, ModelResult& model,
                           const RetrievalSet& set, const FailureVectors& vectors,
                           std::span<const int64_t> kept, const Matrix& captions,
                           const ProgressFn& progress) const;

  const ExperimentOptions& options_;
  std::vector<std::string> bank_;  // before choose(): all captions of the split
  QueryBank bank_facts_;
  std::vector<Attack> attacks_;              // rows: of choose()
  std::vector<std::string> wrong_captions_;  // of the attacks
};

// Throws invalid_argument if an option of the failure report is out of range.
void check_failures(const FailureOptions& options);

// Measures the hubs of a model.
void measure_hubs(ModelResult& model, const RetrievalSet& image_queries,
                  const RetrievalSet& text_queries, int k);

}  // namespace sightline
