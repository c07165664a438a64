// The retrieval experiment on vectors that any program wrote: no model is loaded.
//
//   const auto experiment = sightline::run_vector_experiment(
//       {.encoders = {{"images.npy", "texts.npy", ""}}, .relevance = "pairs.csv"});
#pragma once

#include <sightline/experiment.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

// The vectors of one encoder, as VectorSet::open reads them. One path of clip-retrieval's folder
// may be given twice.
struct EncoderVectors {
  std::filesystem::path images, texts;
  std::string label;  // empty: the path of the image vectors
};

struct VectorExperimentOptions {
  std::vector<EncoderVectors> encoders;  // at least one; all with the same rows
  // Which text belongs to which image (docs/formats/relevance.md). Empty: text row i belongs to
  // image row i.
  std::filesystem::path relevance;
  int top_k = 5;
  StatisticsOptions statistics;
  std::optional<TrecOptions> trec;
  ProgressFn progress;
  // Without corrections that need a query bank, and without the typographic attack.
  FailureOptions failures = {};
};

struct VectorExperiment {
  ExperimentResult result;  // ModelInfo has the name and, if it is known, the fingerprint
  EvaluationInput images;   // for write_report, which reads the images again if they are known
};

// Measures and compares encoders. A text that belongs to several images is one query for each, like
// a caption that several images share. A text that belongs to none is left out, with a warning; an
// image without a text is a candidate. Throws what VectorSet::open throws; invalid_argument (sizes
// that disagree, vectors of different models, images where texts are expected), invalid_data (a
// relevance file that names no row), unsupported (parts of the failure report that need a model).
VectorExperiment run_vector_experiment(const VectorExperimentOptions& options);

}  // namespace sightline
