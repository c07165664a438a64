// Prints judgements' counts, corrections and the quality by judgements.
#include <sightline/metadata.h>

#include <cstdio>
#include <ctime>

#include "base/path_id.h"
#include "base/text.h"
#include "console.h"
#include "feedback.h"

namespace sightline::cli {
namespace {

std::string utc_text(int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000;
  std::tm utc{};
  char text[40];
  if (::gmtime_r(&seconds, &utc) == nullptr ||
      std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
    return std::to_string(time_ms);
  return text;
}

Json interval_json(const std::optional<Interval>& interval) {
  return interval ? Json{interval->low, interval->high} : Json(nullptr);
}

std::string with_interval(double value, const std::optional<Interval>& interval, int decimals) {
  std::string text = fixed(value, decimals);
  if (interval)
    text += " [" + fixed(interval->low, decimals) + ", " + fixed(interval->high, decimals) + "]";
  return text;
}

Json metric_json(const FeedbackMetric& metric) {
  return {{"name", metric.name},
          {"value", metric.queries > 0 ? Json(metric.value) : Json(nullptr)},
          {"interval", interval_json(metric.interval)},
          {"queries", metric.queries}};
}

}  // namespace

Json correction_json(const CorrectionVersion& version) {
  const CorrectionFigures& figures = version.figures;
  return {{"version", version.version > 0 ? Json(version.version) : Json(nullptr)},
          {"created", utc_text(version.created_ms)},
          {"model", version.model},
          {"fingerprint", version.fingerprint},
          {"accepted", figures.accepted},
          {"reason", figures.reason},
          {"active", version.active},
          {"judgements", figures.judgements},
          {"queries", figures.queries},
          {"groups", figures.groups},
          {"before", figures.before},
          {"after", figures.after},
          {"difference", figures.difference},
          {"interval", interval_json(figures.interval)},
          {"p", figures.p},
          {"overlap", figures.overlap},
          {"ridge", figures.ridge},
          {"step", figures.step},
          {"away", figures.away}};
}

Json info_json(const std::filesystem::path& library, const JudgementCounts& counts,
               const Corrections& corrections) {
  Json active = Json::array();
  for (const CorrectionVersion& version : corrections.versions()) {
    if (version.active) active.push_back({{"model", version.model}, {"version", version.version}});
  }
  return {{"library", path_id(library)},      {"judgements", counts.judgements},
          {"relevant", counts.relevant},      {"irrelevant", counts.irrelevant},
          {"queries", counts.queries},        {"history", counts.history},
          {"enabled", corrections.enabled()}, {"active", std::move(active)}};
}

Json evaluation_json(const FeedbackModel& model, const std::vector<FeedbackDay>& days) {
  Json metrics = Json::array(), history = Json::array();
  for (const FeedbackMetric& metric : model.metrics) metrics.push_back(metric_json(metric));
  for (const FeedbackDay& day : days) {
    history.push_back(
        {{"day", day.day},
         {"judgements", day.judgements},
         {"queries", day.precision.queries},
         {"value", day.precision.queries > 0 ? Json(day.precision.value) : Json(nullptr)},
         {"interval", interval_json(day.precision.interval)}});
  }
  return {{"model", model.model},
          {"fingerprint", model.fingerprint},
          {"correction", model.correction ? Json(*model.correction) : Json(nullptr)},
          {"metrics", std::move(metrics)},
          {"history", std::move(history)}};
}

void print_correction(const CorrectionVersion& version) {
  const CorrectionFigures& figures = version.figures;
  std::printf("%s: %s\n", figures.accepted ? "accepted" : "refused",
              one_line(figures.reason).c_str());
  std::printf("%s of %s with judgements of both kinds\n",
              counted(figures.judgements, "judgement").c_str(),
              counted(figures.queries, "query", "queries").c_str());
  if (figures.before != 0 || figures.after != 0) {
    std::printf(
        "held-out queries, separation: before %s, after %s, difference %s, "
        "p = %s\n",
        fixed(figures.before, 3).c_str(), fixed(figures.after, 3).c_str(),
        with_interval(figures.difference, figures.interval, 3).c_str(),
        fixed(figures.p, 4).c_str());
  }
  if (figures.ridge > 0) {
    std::printf("texts that were not judged keep %s %% of their best ten images\n",
                fixed(100 * figures.overlap, 0).c_str());
  }
  if (version.version > 0)
    std::printf("correction %lld is used for %s\n", static_cast<long long>(version.version),
                one_line(version.model).c_str());
}

void print_versions(const std::vector<CorrectionVersion>& versions, bool enabled) {
  std::vector<std::vector<std::string>> rows;
  for (const CorrectionVersion& version : versions) {
    const CorrectionFigures& figures = version.figures;
    rows.push_back({std::to_string(version.version) + (version.active && enabled ? " *" : ""),
                    utc_text(version.created_ms), one_line(version.model),
                    std::to_string(figures.judgements), std::to_string(figures.queries),
                    fixed(figures.before, 3), fixed(figures.after, 3),
                    with_interval(figures.difference, figures.interval, 3), fixed(figures.p, 4),
                    fixed(100 * figures.overlap, 0) + " %"});
  }
  if (rows.empty()) {
    std::printf("no correction\n");
  } else {
    std::printf("%s", format_table({"version", "created", "model", ">judgements", ">queries",
                                    ">before", ">after", ">difference", ">p", ">overlap"},
                                   rows)
                          .c_str());
  }
  if (!enabled) std::printf("corrections are off\n");
}

void print_evaluation(const FeedbackModel& model, const std::vector<FeedbackDay>& days) {
  std::printf(
      "model: %s%s\n", one_line(model.model).c_str(),
      model.correction ? (", correction " + std::to_string(*model.correction)).c_str() : "");
  std::vector<std::vector<std::string>> rows;
  for (const FeedbackMetric& metric : model.metrics) {
    rows.push_back({metric.name,
                    metric.queries > 0 ? with_interval(metric.value, metric.interval, 3) : "-",
                    std::to_string(metric.queries)});
  }
  std::printf("%s", format_table({"metric", ">value", ">queries"}, rows).c_str());
  rows.clear();
  for (const FeedbackDay& day : days) {
    const bool known = day.precision.queries > 0;
    rows.push_back({day.day, std::to_string(day.judgements), std::to_string(day.precision.queries),
                    known ? with_interval(day.precision.value, day.precision.interval, 3) : "-"});
  }
  if (rows.empty()) return;
  std::printf("\nas shown, share of relevant images among the judged ones at rank 1 to 10\n%s",
              format_table({"day", ">judgements", ">queries", ">judged P@10"}, rows).c_str());
}

}  // namespace sightline::cli
