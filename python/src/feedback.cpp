// Judgements of a library's hits, and what is learned from them.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>
#include <sightline/feedback.h>

#include <tuple>

#include "bindings.h"
#include "progress.h"

namespace nb = nanobind;
using namespace nb::literals;
namespace fs = std::filesystem;

namespace sightline::python {
namespace {

// The feedback of a library.
struct Feedback {
  explicit Feedback(const fs::path& folder) : judgements(folder), corrections(folder) {}

  Judgements judgements;
  Corrections corrections;
};

using Bounds = std::optional<std::pair<double, double>>;

Bounds bounds_of(const std::optional<Interval>& interval) {
  if (!interval) return std::nullopt;
  return std::pair(interval->low, interval->high);
}

void add(Feedback& feedback, const std::string& query, const std::vector<int64_t>& images,
         const std::vector<std::string>& items, const std::vector<int64_t>& ranks,
         std::optional<int> grade, const std::string& source) {
  const nb::gil_scoped_release released;
  std::vector<Judgement> judgements;
  for (size_t i = 0; i < images.size(); ++i) {
    judgements.push_back({.query = query,
                          .image = images[i],
                          .item = items.at(i),
                          .rank = ranks.at(i),
                          .grade = grade,
                          .source = source});
  }
  feedback.judgements.add(judgements);
}

CorrectionVersion learn(Feedback& feedback, const Collection& collection, const Model& model,
                        double level, int64_t min_groups, double min_overlap, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    LearningOptions options;
    options.level = level;
    options.min_groups = min_groups;
    options.min_overlap = min_overlap;
    options.progress = progress;
    return feedback.corrections.learn(feedback.judgements, collection, model, options);
  });
}

using Metric = std::tuple<std::string, std::optional<double>, Bounds, int64_t>;

Metric metric_of(const FeedbackMetric& metric) {
  const auto value = metric.queries > 0 ? std::optional(metric.value) : std::nullopt;
  return {metric.name, value, bounds_of(metric.interval), metric.queries};
}

// Returns name, value, interval and number of queries of each metric.
std::vector<Metric> evaluate(const Feedback& feedback, const Collection& collection,
                             const Model& model, bool correct, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn&) {
    const auto correction =
        correct ? feedback.corrections.active(model.info().fingerprint) : nullptr;
    std::vector<Metric> metrics;
    const FeedbackModel result =
        evaluate_judgements(feedback.judgements.list(), collection, model, correction.get());
    for (const FeedbackMetric& metric : result.metrics) metrics.push_back(metric_of(metric));
    return metrics;
  });
}

std::pair<int64_t, std::vector<std::string>> import_judgements(Feedback& feedback,
                                                               const Collection& collection,
                                                               const std::string& qrels,
                                                               const std::string& queries,
                                                               const std::string& source) {
  const nb::gil_scoped_release released;
  QrelsImport done = import_qrels(feedback.judgements, collection, qrels, queries, source);
  return {done.added, std::move(done.unknown)};
}

Query refine(const Query& query, const std::vector<int64_t>& relevant,
             const std::vector<int64_t>& irrelevant, double beta, double gamma) {
  return with_relevance_feedback(query, relevant, irrelevant, {.beta = beta, .gamma = gamma});
}

void bind_judgements(nb::module_& module) {
  nb::class_<Judgement>(module, "Judgement", "Whether an image is relevant to a query.")
      .def_ro("time_ms", &Judgement::time_ms, "Milliseconds since 1970, UTC.")
      .def_ro("query", &Judgement::query, "Text of the query.")
      .def_ro("image", &Judgement::image, "Key of the image in its library.")
      .def_ro("item", &Judgement::item, "Id of the image at that time; may be empty.")
      .def_ro("rank", &Judgement::rank, "At which it was shown; 0: unknown.")
      .def_ro("grade", &Judgement::grade,
              "1: relevant, 0: irrelevant, larger: more; None: withdrawn.")
      .def_ro("source", &Judgement::source, "'python', 'page', 'import', …")
      .def("__repr__", [](const Judgement& judgement) {
        const std::string grade = judgement.grade ? std::to_string(*judgement.grade) : "None";
        return "Judgement(query='" + judgement.query + "', item='" + judgement.item +
               "', grade=" + grade + ")";
      });
}

template <auto member>
auto figure(const CorrectionVersion& version) {
  return version.figures.*member;
}

void bind_corrections(nb::module_& module) {
  using Figures = CorrectionFigures;
  nb::class_<CorrectionVersion>(module, "Correction",
                                "A learned correction of the vectors of texts.")
      .def_ro("version", &CorrectionVersion::version, "From 1; 0: not stored, it was refused.")
      .def_ro("model", &CorrectionVersion::model, "Name of the model whose queries it corrects.")
      .def_ro("active", &CorrectionVersion::active, "Whether searches use it.")
      .def_prop_ro("accepted", figure<&Figures::accepted>, "Whether results improve.")
      .def_prop_ro("reason", figure<&Figures::reason>, "One sentence.")
      .def_prop_ro("judgements", figure<&Figures::judgements>, "Number that was used.")
      .def_prop_ro("queries", figure<&Figures::queries>, "Number with judgements of both kinds.")
      .def_prop_ro("before", figure<&Figures::before>,
                   "Quality of held-out queries without the correction, in standard deviations.")
      .def_prop_ro("after", figure<&Figures::after>, "The same with it.")
      .def_prop_ro(
          "interval",
          [](const CorrectionVersion& version) { return bounds_of(version.figures.interval); },
          "Of the difference; None: unknown.")
      .def_prop_ro("p", figure<&Figures::p>, "Of the difference, paired and two-sided.")
      .def_prop_ro("overlap", figure<&Figures::overlap>,
                   "Mean share of the best ten images that stay, of texts without judgements.")
      .def("__repr__", [](const CorrectionVersion& version) {
        return "Correction(version=" + std::to_string(version.version) +
               ", accepted=" + (version.figures.accepted ? "True" : "False") + ", reason='" +
               version.figures.reason + "')";
      });
}

}  // namespace

void bind_feedback(nb::module_& module) {
  bind_judgements(module);
  bind_corrections(module);
  nb::class_<Feedback>(module, "Feedback")
      .def(nb::init<const fs::path&>(), "folder"_a)
      .def("add", add, "query"_a, "images"_a, "items"_a, "ranks"_a, "grade"_a.none(), "source"_a)
      .def(
          "judgements",
          [](const Feedback& feedback, const std::optional<std::string>& query) {
            const nb::gil_scoped_release released;
            return feedback.judgements.list(query);
          },
          "query"_a.none())
      .def("history",
           [](const Feedback& feedback) {
             const nb::gil_scoped_release released;
             return feedback.judgements.history();
           })
      .def("qrels",
           [](const Feedback& feedback) {
             const nb::gil_scoped_release released;
             const std::vector<Judgement> list = feedback.judgements.list();
             return std::pair(qrels_text(list), queries_text(list));
           })
      .def("import_qrels", import_judgements, "collection"_a, "qrels"_a, "queries"_a, "source"_a)
      .def("learn", learn, "collection"_a, "model"_a, "level"_a, "min_groups"_a, "min_overlap"_a,
           "progress"_a = nb::none())
      .def("evaluate", evaluate, "collection"_a, "model"_a, "correct"_a, "progress"_a = nb::none())
      .def("versions",
           [](const Feedback& feedback) {
             const nb::gil_scoped_release released;
             return feedback.corrections.versions();
           })
      .def(
          "use",
          [](Feedback& feedback, int64_t version) {
            const nb::gil_scoped_release released;
            feedback.corrections.use(version);
          },
          "version"_a)
      .def("turn_off",
           [](Feedback& feedback) {
             const nb::gil_scoped_release released;
             feedback.corrections.turn_off();
           })
      .def("enabled", [](const Feedback& feedback) {
        const nb::gil_scoped_release released;
        return feedback.corrections.enabled();
      });
  module.def("refine_query", refine, "query"_a, "relevant"_a, "irrelevant"_a, "beta"_a, "gamma"_a);
}

}  // namespace sightline::python
