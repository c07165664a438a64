// What an experiment leaves for people and machines: results.json, figures, image grids and one
// self-contained page. And the figure of a training run.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// --- image grids ----------------------------------------------------------------------------

struct GridImage {
  std::vector<uint8_t> bytes;  // the encoded file; empty or broken: a grey field says so
  double similarity = 0;
  std::string caption;     // UTF-8; wrapped, and cut with "…" where it is long
  bool right = false;      // framed and ticked
  std::string label = {};  // instead of its place and similarity, where not empty
};

struct GridQuery {
  std::string title;              // above the images
  std::vector<GridImage> images;  // best first; rows of at most eight
};

struct GridOptions {
  int cell = 224;  // side of one image in pixels, 32 to 1024
  ImageLimits limits;
};

// One PNG: a row of images for each query, each with its rank, similarity and caption under it.
// Images are shown upright, transparency on white. Throws invalid_argument (no query, cell),
// limit_exceeded (more than 16384 pixels a side), internal.
std::vector<uint8_t> render_grid(std::span<const GridQuery> queries,
                                 const GridOptions& options = {});

// --- the experiment's report --------------------------------------------------------------------

// The result as JSON text (docs/formats/results.md).
std::string results_json(const ExperimentResult& result);

// One line of JSON a caption: row, caption, and every model's similarity and ranks.
std::string ranks_jsonl(const ExperimentResult& result);

struct ReportOptions {
  std::filesystem::path directory;  // made if missing; an earlier report's files are replaced
  bool figures = true;              // false: no gnuplot needed, and no figures in the page
  bool ranks = false;               // ranks.jsonl too
};

// Throws unsupported, with what to install, where gnuplot cannot be run: worth asking before an
// experiment of hours.
void require_gnuplot();

// Writes into the directory:
//   results.json  index.html  [ranks.jsonl]
//   figures/{scores,recall,ranks,similarity,noise}.{png,svg} and the gnuplot script (.gp) of each;
//                               noise only where it was asked for
//   grids/query-I-model-J.png   for every free query and model; those of an earlier report go
//   grids/rows-model-J.png      each model's examples
// Nothing else in the directory is touched: without figures or ranks, those of an earlier report
// stay where they are.
// `input` is where grids read images again. Throws io, unsupported (no gnuplot), and what reading
// the data set throws.
void write_report(const ExperimentResult& result, const EvaluationInput& input,
                  const ReportOptions& options);

// --- a training run ------------------------------------------------------------------------------

// Draws the loss and the held-out figures of a train.jsonl (see train.h) over the epochs:
// directory/training.{png,svg,gp}. Returns the PNG's path; lines that are cut off are passed over.
// Throws not_found, invalid_data (no line with a loss), unsupported (no gnuplot), io.
std::filesystem::path plot_training(const std::filesystem::path& log,
                                    const std::filesystem::path& directory);

}  // namespace sightline
