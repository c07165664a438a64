// Measures one model of an experiment.
#pragma once

#include <sightline/experiment.h>

#include <optional>

#include "eval/trec.h"

namespace sightline {

// Fills ranks, metrics, metrics by split, examples and hubs of `model`, which is one of
// result.models, and writes its TREC files. `set`: the vectors of result.rows and of
// result.text_row. With an expansion, texts search with expanded vectors. Throws invalid_data for
// NaN and infinity, naming the row; io; what `progress` throws.
void measure_retrieval(ExperimentResult& result, ModelResult& model, const RetrievalSet& set,
                       std::optional<TrecExport>& trec, const ProgressFn& progress,
                       const ExpansionOptions& expansion = {});

// Computes the metrics, and the metrics by split, of `model`, which is one of result.models, from
// its ranks. measure_retrieval has done so.
void summarize_model(const ExperimentResult& result, ModelResult& model);

}  // namespace sightline
