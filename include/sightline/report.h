// Reports: results.json, tables as CSV and LaTeX, figures, image grids and a self-contained HTML
// page for an experiment, and the loss curve of a training run.
#pragma once

#include <sightline/experiment.h>
#include <sightline/overview.h>
#include <sightline/progress.h>
#include <sightline/search.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct FeedbackSimulation;  // feedback_simulation.h
struct TuningResult;        // tune.h

// --- image grids ----------------------------------------------------------------------------

struct GridImage {
  std::vector<uint8_t> bytes;  // encoded file; drawn as a grey placeholder if empty or broken
  double similarity = 0;
  std::string caption;     // UTF-8; wrapped, and truncated with an ellipsis
  bool right = false;      // relevant: drawn with a green frame and a tick
  std::string label = {};  // replaces rank and similarity unless empty
  std::string name = {};   // shown in the placeholder: the image's file or id
  std::string note = {};   // a line above the caption, which then has one line less
};

struct GridQuery {
  std::string title;              // above the images
  std::vector<GridImage> images;  // best first; at most eight per row
};

struct GridOptions {
  int cell = 224;  // side length of one image in pixels, 32 to 1024
  ImageLimits limits;
  // Images are drawn as they were encoded. render_search_grid replaces this by the orientation of
  // the collection's provenance.
  OrientationProfile orientation = OrientationProfile::upright;
};

// Draws the images of each query, with rank, similarity and caption below each image. Returns an
// encoded PNG. Transparency is shown on white. Throws
// invalid_argument (no query, `cell` out of range), limit_exceeded (more than 16384 pixels per
// side), internal.
//
// check_grid_size: throws limit_exceeded if so many queries with so many images each do not fit,
// for a check before the search.
void check_grid_size(int64_t queries, int64_t images, const GridOptions& options = {});
std::vector<uint8_t> render_grid(std::span<const GridQuery> queries,
                                 const GridOptions& options = {});

// Draws the hits of a search. The query is the title; a hit whose caption equals the query has a
// green frame and a tick. In a collection of several data sets, the name of its data set and its
// split are drawn below each image. Reads the images again from `collection`, which must be the one
// that was searched; for a missing image, a grey placeholder with its id is drawn. Throws what
// render_grid throws; invalid_argument for a collection of texts; what Collection::read_images
// throws. Appends a sentence about missing images to `warnings`.
std::vector<uint8_t> render_search_grid(const SearchResult& result, const Collection& collection,
                                        std::vector<std::string>& warnings,
                                        const GridOptions& options = {});

// Returns a warning if a text that is drawn in the grids of a search, or in the figures and grids
// of a report, has characters that no installed font can draw; their code points are drawn instead
// (U+65E5). Names the Debian package of a font. Empty if all characters can be drawn.
std::string missing_fonts_warning(const SearchResult& result);
std::string missing_fonts_warning(const ExperimentResult& result);

// --- the experiment's report --------------------------------------------------------------------

// The run that a report describes.
struct RunInfo {
  std::string command;               // command line, quoted for a POSIX shell; empty: unknown
  std::string date;                  // end of the run in UTC, ISO 8601: "2026-01-31T12:00:00Z"
  std::string processor;             // "AMD EPYC 9B14", or "unknown"
  std::string architecture, system;  // "x86_64", "Linux 6.1.0"
  int processors = 0, threads = 0;   // processors that the process may use; threads that it used
  int64_t memory_bytes = 0;          // physical memory; 0: unknown
};

// Returns the current time and this machine.
RunInfo this_run(std::string command = {});

// Returns the result as JSON text (docs/formats/results.md); without `run`, that member is null.
std::string results_json(const ExperimentResult& result);
std::string results_json(const ExperimentResult& result, const RunInfo& run,
                         const std::optional<Deployment>& deployment = {});

// Returns one JSON object per line and caption: row id, caption, and the similarity and ranks of
// every model (docs/formats/results.md).
std::string ranks_jsonl(const ExperimentResult& result);

struct ReportOptions {
  std::filesystem::path directory;  // created if missing; replaces the files of an earlier report
  bool figures = true;              // false: no figures; gnuplot is not needed
  bool ranks = false;               // also write ranks.jsonl
  std::optional<RunInfo> run = {};  // default: this_run()
  std::optional<Deployment> deployment = {};  // its rows are in the order of the models
  ProgressFn progress = {};  // one stage; its note is the part, such as "drawing grids"
  // Called after the last update of the progress, before the first file of an earlier report is
  // replaced.
  std::function<void()> on_replace = {};
};

// Throws unsupported, naming the package to install, if gnuplot cannot be run. Call it before a
// long experiment.
void require_gnuplot();

// Throws invalid_argument if the folder has a file that write_report would replace or delete and
// that no report wrote, such as another index.html, or holds the report of several data sets. Call
// it before a long experiment.
void check_report_folder(const std::filesystem::path& directory);

// Writes into options.directory:
//   results.json  index.html  measurements.json (measurements.h)  [ranks.jsonl]
//   figures/{scores,accuracy_at_k,ranks,similarity,noise,deployment}.{png,svg}, each with its
//                               gnuplot script (.gp); the last two only if they were requested
//   tables/NAME.{csv,tex}       every table of metrics, tests and noise (docs/formats/results.md)
//   grids/query-I-model-J.png   one per free query and model
//   grids/rows-model-J.png      the examples of each model
// Writes all files under a temporary name, then moves them into the directory, index.html last, and
// deletes what is left of an earlier report. Until then, an earlier report is unchanged. If only a
// view of the results fails (figures, grids, page), results.json, measurements.json, ranks.jsonl
// and tables are moved, and the error says that the report is incomplete. Other files in the
// directory are left untouched, see check_report_folder.
// `input` is the data set from which the images of grids and page are read again. Throws io,
// unsupported (no gnuplot), cancelled, and what check_report_folder and reading the data set throw.
void write_report(const ExperimentResult& result, const EvaluationInput& input,
                  const ReportOptions& options);

// --- the report of a classification
// ---------------------------------------------------------------

// Returns the result as JSON text (docs/formats/classification.md).
std::string classification_json(const ClassificationResult& result, const RunInfo& run,
                                const std::optional<Deployment>& deployment = {});

// Writes into options.directory:
//   results.json  index.html  [ranks.jsonl]
//   figures/{classification,deployment}.{png,svg,gp}, the latter only if it was requested
//   tables/{classification,classes}.{csv,tex}
// as write_report does, of which it replaces an earlier report. ranks.jsonl has a line per image.
// Throws what write_report throws.
void write_classification_report(const ClassificationResult& result, const EvaluationInput& input,
                                 const ReportOptions& options);

// --- the report of several data sets -------------------------------------------------------------

// Returns the metrics of all models on all data sets and the hits of the queries as JSON text
// (docs/formats/results.md).
std::string overview_json(const Overview& overview, const RunInfo& run);

// Throws invalid_argument if the folder has a file that write_overview would replace and that no
// overview wrote, such as the report of one data set, and what check_report_folder throws for the
// folders of `names` (overview_names). Call it before long experiments.
void check_overview_folder(const std::filesystem::path& directory,
                           const std::vector<std::string>& names);

// Writes the report of a data set into options.directory/NAME, as write_report does. Sets
// `report_error` if that fails. Throws cancelled only.
void write_dataset_report(DatasetResult& dataset, const ReportOptions& options);
// The same for a classified data set.
void write_classified_report(ClassifiedDataset& dataset, const ReportOptions& options);

// Writes into options.directory:
//   results.json  overview_json
//   index.html    models x data sets, with links to the reports; rank correlations, queries that
//                 are hard for all models, deployment; the hits of the queries
//   figures/deployment.{png,svg,gp}  only with a deployment, unless options.figures is false
// A data set with a `report_error` has no link. Throws io, cancelled, what check_overview_folder
// and reading the data sets throw, and after everything is written the first `report_error`.
void write_overview_page(const Overview& overview, const ReportOptions& options);

// Writes what both functions above write, for all data sets:
//   NAME/         the report of each data set, as write_report does
//   results.json  overview_json
//   index.html, figures/  as write_overview_page
// Each report and the overview replace their earlier version when they are complete, the overview
// last. The reports of data sets that are not in `overview` are left untouched. If a view of a
// report fails, everything else is written first. Throws io, unsupported (no gnuplot), cancelled,
// and what check_overview_folder and reading the data sets throw.
void write_overview(Overview overview, const ReportOptions& options);

// --- a training run ------------------------------------------------------------------------------

// Plots the loss and the held-out metrics of a train.jsonl (see train.h) against the epoch. Writes
// directory/training.{png,svg,gp} and returns the path of the PNG. Skips incomplete lines. Throws
// not_found, invalid_data (no line with a loss), unsupported (no gnuplot), io.
std::filesystem::path plot_training(const std::filesystem::path& log,
                                    const std::filesystem::path& directory);

// Plots a folder of fine_tune() (fine_tune.h): the training run, if there is one, as plot_training
// does, and the validation figure against the share of the new weights, if shares were measured
// (interpolation.{png,svg,gp}). Returns the paths of the PNG files. Throws what plot_training
// throws; invalid_data (another fine_tune.json).
std::vector<std::filesystem::path> plot_fine_tuning(const std::filesystem::path& directory);

// --- simulated feedback --------------------------------------------------------------------------

// Plots nDCG@10 against the number of judgements. Writes directory/feedback.{png,svg,gp} and
// returns the path of the PNG. Throws unsupported (no gnuplot), io.
std::filesystem::path plot_feedback(std::span<const FeedbackSimulation> simulations,
                                    const std::filesystem::path& directory);

// --- tuning --------------------------------------------------------------------------------------

// Draws a tuning run: tuning_pareto (quality against time and memory, of trials on all selection
// data), tuning_coordinates (parallel coordinates) and tuning_importance, unless there are too few
// trials. Writes directory/NAME.{png,svg,gp} and returns the paths of the PNG files. Throws
// unsupported (no gnuplot), io.
std::vector<std::filesystem::path> plot_tuning(const TuningResult& result,
                                               const std::filesystem::path& directory);

}  // namespace sightline
