#include "report/page/failures.h"

#include <algorithm>

#include "base/text.h"
#include "report/failures/attacked_examples.h"
#include "report/failures/parts.h"
#include "report/figure_parts.h"
#include "report/metric_format.h"
#include "report/page/hits.h"
#include "report/page/parts.h"
#include "report/shown_examples.h"
#include "report/tables/csv.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string number_cell(double value, const std::string& text) {
  return "<td data-v=\"" + full_precision(value) + "\">" + text + "</td>";
}

std::string small(const std::string& interval) {
  return interval.empty() ? "" : "<small class=\"interval\">" + interval + "</small>";
}

// A value with its interval.
std::string value_cell(Metric metric, const ChangedMetric& changed) {
  return number_cell(changed.value, metric_text(metric, changed.value) +
                                        small(interval_text(metric, changed.interval)));
}

// The change of a value with its interval; a dash for the condition that others are compared with.
std::string change_cell(Metric metric, const ChangedMetric& changed, bool baseline) {
  if (baseline) return "<td>–</td>";
  return number_cell(changed.change,
                     difference_text(metric, changed.change) +
                         small(difference_interval_text(metric, changed.change_interval)));
}

std::string paragraphs(const std::string& lines) {
  std::string html, rest = lines;
  for (size_t end = 0; (end = rest.find('\n')) != rest.npos; rest.erase(0, end + 1))
    html += "<p class=\"soft\">" + html_text(rest.substr(0, end)) + "</p>\n";
  return html;
}

// --- hubs

std::string hub_row(const ExperimentResult& result, size_t model, const char* direction,
                    const std::optional<Hubness>& hubs) {
  if (!hubs) return "";
  const auto largest = hubs->hubs.empty() ? int64_t{0} : hubs->hubs[0].count;
  return model_row(result, model) + "<td>" + direction + "</td><td>" +
         std::to_string(hubs->candidates) + "</td>" +
         number_cell(hubs->skewness, decimal(hubs->skewness, 2)) +
         number_cell(hubs->robin_hood, decimal(100 * hubs->robin_hood, 1)) +
         number_cell(hubs->never_found, decimal(100 * hubs->never_found, 1)) + "<td>" +
         std::to_string(largest) + "</td><td>" + decimal(mean_occurrence(*hubs), 1) +
         "</td></tr>\n";
}

std::string image_hubs(const ExperimentResult& result, const PageImages& images, size_t model) {
  const std::vector<Hub>& hubs = result.models[model].failures.image_hubs->hubs;
  std::string html = "<ol class=\"hits\">";
  for (size_t i = 0; i < std::min(kMaxPageHits, hubs.size()); ++i) {
    html += hit_html(result, images, hubs[i].candidate,
                     {"N = " + std::to_string(hubs[i].count), false, ""}) +
            "\n";
  }
  return html + "</ol>\n";
}

std::string caption_hubs(const ExperimentResult& result, size_t model) {
  std::string body;
  for (const Hub& hub : result.models[model].failures.caption_hubs->hubs)
    body += model_row(result, model) + "<td>" + html_text(caption_of(result, hub.candidate)) +
            "</td><td>" + std::to_string(hub.count) + "</td></tr>\n";
  return body;
}

std::string hubs_html(const ExperimentResult& result, const PageImages& images) {
  std::string rows, pictures, captions;
  for (size_t m = 0; m < result.models.size(); ++m) {
    const FailureReport& failures = result.models[m].failures;
    rows += hub_row(result, m, "text → image", failures.image_hubs);
    rows += hub_row(result, m, "image → text", failures.caption_hubs);
    if (failures.image_hubs && !failures.image_hubs->hubs.empty())
      pictures += "<div data-model=\"" + std::to_string(m) + "\"><h4>" +
                  html_text(result.models[m].label) + "</h4>\n" + image_hubs(result, images, m) +
                  "</div>\n";
    if (failures.caption_hubs) captions += caption_hubs(result, m);
  }
  if (rows.empty()) return "";
  const std::string k = std::to_string(result.failures.hub_k);
  const std::string head = head_cell("model") + head_cell("direction") + head_cell("candidates") +
                           head_cell("skewness of N") + head_cell("Robin Hood %") +
                           head_cell("never found %") + head_cell("largest N") +
                           head_cell("mean N");
  return "<h3>Hubs</h3>\n<p class=\"soft\">N is the number of queries that have a candidate among "
         "their first " +
         k +
         " results. Hubs are candidates with a large N; they take the place of right answers. The "
         "Robin Hood index is the share of results that hubs would have to give up so that all "
         "candidates appear equally often.</p>\n" +
         table_html("hubs", head, rows) +
         "<h4>Images found most often</h4>\n<div class=\"side\">\n" + pictures + "</div>\n" +
         (captions.empty()
              ? ""
              : "<details><summary>Captions found most often</summary>\n" +
                    table_html("hubs.captions",
                               head_cell("model") + head_cell("caption") + head_cell("N", true),
                               captions, "words") +
                    "</details>\n");
}

// --- corrections

std::string corrections_html(const ExperimentResult& result) {
  std::string body;
  for (size_t m = 0; m < result.models.size(); ++m) {
    for (const CorrectionEffect& effect : result.models[m].failures.corrections) {
      const bool none = effect.correction == Correction::none;
      const ChangedRetrieval& c = effect.metrics;
      body += model_row(result, m) + "<td>" + std::string(correction_name(effect.correction)) +
              (is_transductive(effect.correction) ? " *" : "") + "</td>" +
              value_cell(Metric::recall_at_1, c.recall_at_1) +
              change_cell(Metric::recall_at_1, c.recall_at_1, none) +
              value_cell(Metric::recall_at_10, c.recall_at_10) +
              change_cell(Metric::recall_at_10, c.recall_at_10, none) +
              value_cell(Metric::median_rank, c.median_rank) +
              change_cell(Metric::median_rank, c.median_rank, none) + "</tr>\n";
    }
  }
  if (body.empty()) return "";
  const std::string head = head_cell("model") + head_cell("correction") + head_cell("R@1 %", true) +
                           head_cell("change", true) + head_cell("R@10 %", true) +
                           head_cell("change", true) + head_cell("median rank") +
                           head_cell("change");
  return "<h3>Corrections against hubs</h3>\n<p class=\"soft\">Similarities of text → image, "
         "lowered for images that are similar to many texts. Changes are relative to the same "
         "model without a correction" +
         interval_note(result) + ".</p>\n" + table_html("corrections", head, body) +
         paragraphs(correction_notes(result));
}

// --- groups

constexpr size_t kOpenGroups = 30;  // the table of more is folded

std::string group_row(const ExperimentResult& result, size_t model, const GroupMetrics& group) {
  const bool few = group.images < kSmallGroup;
  return model_row(result, model) + "<td>" + html_text(group_name(group.value)) + "</td>" +
         number_cell(static_cast<double>(group.images),
                     std::to_string(group.images) + (few ? " *" : "")) +
         "<td>" + std::to_string(group.queries) + "</td>" +
         value_cell(Metric::recall_at_1, group.recall_at_1) +
         value_cell(Metric::recall_at_5, group.recall_at_5) +
         value_cell(Metric::recall_at_10, group.recall_at_10) +
         value_cell(Metric::median_rank, group.median_rank) + "</tr>\n";
}

std::string groups_html(const ExperimentResult& result) {
  std::string html;
  const std::string head = head_cell("model") + head_cell("group") + head_cell("images", true) +
                           head_cell("captions", true) + head_cell("R@1 %") + head_cell("R@5 %") +
                           head_cell("R@10 %") + head_cell("median rank", true);
  for (size_t g = 0; g < result.models[0].failures.groups.size(); ++g) {
    std::string body;
    for (size_t m = 0; m < result.models.size(); ++m) {
      for (const GroupMetrics& group : result.models[m].failures.groups[g].groups)
        body += group_row(result, m, group);
    }
    const std::string& column = result.models[0].failures.groups[g].column;
    const std::string table = table_html("groups." + std::to_string(g), head, body);
    const size_t count = result.models[0].failures.groups[g].groups.size();
    html += "<h3>Groups by “" + html_text(column) + "”</h3>\n";
    html += count <= kOpenGroups
                ? table
                : "<details><summary>" + counted(static_cast<int64_t>(count), "group") +
                      "</summary>\n" + table + "</details>\n";
  }
  if (html.empty()) return "";
  return html +
         "<p class=\"soft\">Captions of each group, ranked among all images (text → image), "
         "the lowest R@10 of each model first, small groups last" +
         interval_note(result) + ". *: fewer than " + std::to_string(kSmallGroup) +
         " images, too few for conclusions.</p>\n";
}

// --- images with words on them

std::string attack_rows(const ExperimentResult& result, size_t model,
                        const TypographicResult& measured) {
  std::string body;
  for (size_t c = 0; c < measured.conditions.size(); ++c) {
    const auto& condition = measured.conditions[c];
    body += model_row(result, model) + "<td>" +
            std::string(typographic_name(static_cast<TypographicCondition>(c))) + "</td>";
    for (const ChangedMetric* metric :
         {&condition.wrong_first, &condition.text_to_image.recall_at_1,
          &condition.text_to_image.recall_at_10, &condition.image_to_text.recall_at_1}) {
      body += value_cell(Metric::recall_at_1, *metric) +
              change_cell(Metric::recall_at_1, *metric, c == 0);
    }
    body += "</tr>\n";
  }
  return body;
}

std::string attack_examples(const ExperimentResult& result, const PageImages& images, size_t model,
                            const TypographicResult& measured) {
  if (measured.examples.empty()) return "";
  std::string html = "<div data-model=\"" + std::to_string(model) + "\"><h4>" +
                     html_text(result.models[model].label) + "</h4>\n<ol class=\"hits\">";
  for (size_t e = 0; e < measured.examples.size(); ++e) {
    const TypographicExample& example = measured.examples[e];
    html += hit_html({example_number(result, model, e),
                      result.rows[static_cast<size_t>(example.row)].id, example.own},
                     images,
                     {"“" + example.wrong + "” " + decimal(example.wrong_clean, 2) + " → " +
                          decimal(example.wrong_attacked, 2),
                      false,
                      "own caption " + decimal(example.own_clean, 2) + " → " +
                          decimal(example.own_attacked, 2)}) +
            "\n";
  }
  return html + "</ol></div>\n";
}

std::string typographic_html(const ExperimentResult& result, const PageImages& images) {
  std::string body, examples;
  int64_t probed = 0;
  for (size_t m = 0; m < result.models.size(); ++m) {
    const auto& measured = result.models[m].failures.typographic;
    if (!measured) continue;
    probed = measured->images;
    body += attack_rows(result, m, *measured);
    examples += attack_examples(result, images, m, *measured);
  }
  if (body.empty()) return "";
  std::string head = head_cell("model") + head_cell("image");
  for (const char* metric :
       {"wrong first %", "R@1 % of texts", "R@10 % of texts", "R@1 % of images"})
    head += head_cell(metric) + head_cell("change");
  return "<h3>Words in images</h3>\n<p class=\"soft\">A word of another image’s caption is drawn "
         "over each of " +
         counted(probed, "image") +
         ", one at a time. “Wrong first” is the share of images to which the caption of the word "
         "is "
         "at least as similar as the best of their own captions. “Scrambled” is the control: the "
         "letters of the word in another order hide as much of the image. What “attacked” loses "
         "beyond it is due to reading. Seed " +
         std::to_string(result.failures.typographic ? result.failures.typographic->seed : 0) +
         ".</p>\n" + table_html("typographic", head, body) +
         (examples.empty()
              ? ""
              : "<h4>The wrong caption wins with the word only: similarities before and after"
                "</h4>\n"
                "<div class=\"side\">\n" +
                    examples + "</div>\n");
}

}  // namespace

std::string failures_section(const ExperimentResult& result, const PageImages& images) {
  if (result.models.empty()) return "";
  return hubs_html(result, images) + corrections_html(result) + groups_html(result) +
         typographic_html(result, images);
}

}  // namespace sightline
