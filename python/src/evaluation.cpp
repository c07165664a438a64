// The retrieval experiment and the verification of models; results are the program's JSON.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <sightline/encode.h>
#include <sightline/error.h>
#include <sightline/experiment.h>
#include <sightline/report.h>
#include <sightline/vector_experiment.h>
#include <sightline/verify.h>

#include "bindings.h"
#include "model_options.h"
#include "progress.h"

namespace nb = nanobind;
using namespace nb::literals;
namespace fs = std::filesystem;

namespace sightline::python {
namespace {

// Options of an experiment. The models are given to evaluate().
struct Evaluation {
  ExperimentOptions options;
  fs::path report;  // folder to write the report to; empty: none
  bool figures = false;
};

void set_model_options(Evaluation& evaluation, const std::string& precision,
                       const std::string& backend, const std::string& device,
                       const std::string& orientation, const std::string& decode,
                       const std::optional<std::string>& resize) {
  evaluation.options.input.model =
      model_options(precision, backend, device, orientation, decode, resize);
}

void set_captions(Evaluation& evaluation, const std::string& choice) {
  if (choice != "all" && choice != "first")
    throw Error(ErrorCode::invalid_argument, "captions '", choice, "', expected 'all' or 'first'");
  evaluation.options.captions = choice == "first" ? CaptionChoice::first : CaptionChoice::all;
}

std::string run(Evaluation evaluation, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    ExperimentOptions& options = evaluation.options;
    options.input.encode.progress = progress;
    ReportOptions report{.directory = evaluation.report, .figures = evaluation.figures};
    report.progress = progress;
    if (!evaluation.report.empty()) {
      check_report_folder(evaluation.report);
      if (evaluation.figures) require_gnuplot();
    }
    const ExperimentResult result = run_experiment(options);
    report.run = this_run();
    if (!evaluation.report.empty()) write_report(result, options.input, report);
    return results_json(result, *report.run);
  });
}

std::string evaluate_vectors(const std::vector<std::string>& labels,
                             const std::vector<fs::path>& images,
                             const std::vector<fs::path>& texts, const fs::path& relevance,
                             int top_k, int resamples, double confidence, int permutations,
                             uint64_t seed, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    VectorExperimentOptions options;
    for (size_t i = 0; i < labels.size(); ++i)
      options.encoders.push_back({images.at(i), texts.at(i), labels[i]});
    options.relevance = relevance;
    options.top_k = top_k;
    options.statistics = {resamples, confidence, permutations, seed};
    options.progress = progress;
    return results_json(run_vector_experiment(options).result, this_run());
  });
}

std::string verify(const std::string& model, const std::string& precision,
                   const std::string& backend, const std::string& device, bool cross_check,
                   nb::object callback) {
  VerifyOptions options;
  options.model = model_options(precision, backend, device, "upright", "exact", {});
  options.cross_check = cross_check;
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    return certificate_json(verify_model(model, options, progress));
  });
}

}  // namespace

void bind_evaluation(nb::module_& module) {
  nb::class_<Evaluation>(module, "Evaluation")
      .def(nb::init<>())
      .def(
          "set_models",
          [](Evaluation& evaluation, const std::vector<std::string>& models) {
            evaluation.options.models.assign(models.begin(), models.end());
          },
          "models"_a)
      .def(
          "set_dataset",
          [](Evaluation& evaluation, const DatasetInput& dataset) {
            evaluation.options.input.dataset = dataset;
          },
          "dataset"_a)
      .def("set_model_options", set_model_options, "precision"_a, "backend"_a, "device"_a,
           "orientation"_a, "decode"_a, "resize"_a.none())
      .def(
          "set_encoding",
          [](Evaluation& evaluation, int64_t batch_size, const std::optional<fs::path>& cache) {
            evaluation.options.input.encode.batch_size = batch_size;
            evaluation.options.input.encode.cache = cache;
          },
          "batch_size"_a, "cache"_a.none())
      .def("set_captions", set_captions, "choice"_a)
      .def(
          "set_statistics",
          [](Evaluation& evaluation, int resamples, double confidence, int permutations,
             uint64_t seed) {
            evaluation.options.statistics = {resamples, confidence, permutations, seed};
          },
          "resamples"_a, "confidence"_a, "permutations"_a, "seed"_a)
      .def(
          "set_report",
          [](Evaluation& evaluation, const fs::path& folder, bool figures) {
            evaluation.report = folder;
            evaluation.figures = figures;
          },
          "folder"_a, "figures"_a)
      .def_prop_rw(
          "top_k", [](const Evaluation& evaluation) { return evaluation.options.top_k; },
          [](Evaluation& evaluation, int k) { evaluation.options.top_k = k; })
      .def_prop_rw(
          "queries", [](const Evaluation& evaluation) { return evaluation.options.queries; },
          [](Evaluation& evaluation, std::vector<std::string> queries) {
            evaluation.options.queries = std::move(queries);
          })
      .def_prop_rw(
          "templates", [](const Evaluation& evaluation) { return evaluation.options.templates; },
          [](Evaluation& evaluation, std::vector<std::string> templates) {
            evaluation.options.templates = std::move(templates);
          })
      .def("run", run, "progress"_a = nb::none());
  module.def("evaluate_vectors", evaluate_vectors, "labels"_a, "images"_a, "texts"_a, "relevance"_a,
             "top_k"_a, "resamples"_a, "confidence"_a, "permutations"_a, "seed"_a,
             "progress"_a = nb::none());
  module.def("verify", verify, "model"_a, "precision"_a, "backend"_a, "device"_a, "cross_check"_a,
             "progress"_a = nb::none());
  module.def("default_cache", &default_cache_root);
}

}  // namespace sightline::python
