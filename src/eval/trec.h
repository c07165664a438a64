// Rankings and right answers as trec_eval reads them. The format: docs/formats/trec.md.
#pragma once

#include <sightline/experiment.h>

#include <set>
#include <string>

#include "eval/trec_ids.h"

namespace sightline {

class TrecExport {
 public:
  // Makes the folder. Throws invalid_argument (depth), io.
  explicit TrecExport(const TrecOptions& options);

  // ids.jsonl and the four qrels files, once the rows are known. `set` needs no vectors.
  void write_answers(const ExperimentResult& result, const RetrievalSet& set);
  // The two runs of a model; after write_answers.
  void write_runs(const std::string& label, const RetrievalSet& set);
  // Whether runs of that many candidates are cut.
  bool cuts(int64_t candidates) const;

 private:
  TrecOptions options_;
  TrecIds ids_;
  std::set<std::string> names_;
};

}  // namespace sightline
