// Writes runs and qrels for trec_eval (docs/formats/trec.md).
#pragma once

#include <sightline/experiment.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "eval/trec_ids.h"

namespace sightline {

class TrecExport {
 public:
  // Creates the folder. Throws invalid_argument (depth; the folder has files of the same names that
  // no export wrote), io.
  explicit TrecExport(const TrecOptions& options);

  // Removes the files of an earlier export, and writes trec_ids.jsonl and the four qrels files.
  // `set` needs no vectors. Throws io.
  void write_qrels(const ExperimentResult& result, const RetrievalSet& set);
  // Writes the two runs of a model. Call write_qrels first. `progress` counts the queries of a run.
  // Throws io, and what `progress` throws.
  void write_runs(const std::string& label, const RetrievalSet& set,
                  const ProgressFn& progress = {});
  // Whether runs with this many candidates are truncated to the depth.
  bool truncates(int64_t candidates) const;

 private:
  TrecOptions options_;
  TrecIds ids_;
  std::vector<std::filesystem::path> earlier_;  // files of an earlier export
  std::set<std::string> names_;                 // run names in use
};

}  // namespace sightline
