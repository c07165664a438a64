#include "report/page/examples.h"

#include "report/page/hits.h"
#include "report/page/thumbnails.h"
#include "report/shown_examples.h"
#include "report/text.h"

namespace sightline {
namespace {

HitText hit_text(const ExperimentResult& result, const ExampleRow& example, size_t index,
                 const DrawnHits& drawn) {
  const Hit& hit = example.hits[index];
  HitText text{hit_head(index, hit.similarity), false, ""};
  if (hit.index == result.text_row[static_cast<size_t>(example.text)]) {
    text.right = drawn.own_right;
    text.note = "own image, rank " + std::to_string(example.rank);
  } else if (has_caption(result.rows[static_cast<size_t>(hit.index)].captions,
                         caption_of(result, example.text))) {
    text.note = "has the same caption";
  }
  return text;
}

// The hits, and the own image before them unless it is one of them.
std::string example_html(const ExperimentResult& result, const PageImages& images,
                         const ExampleRow& example) {
  const int64_t own = result.text_row[static_cast<size_t>(example.text)];
  const DrawnHits drawn = drawn_hits(result, example, kMaxPageHits);
  std::string html = "<p class=\"query\">“" + html_text(caption_of(result, example.text)) +
                     "”</p>\n<ol class=\"hits\">";
  if (!drawn.has_own) {
    html += hit_html(result, images, own,
                     {decimal(example.similarity, 3), false,
                      "own image, rank " + std::to_string(example.rank)}) +
            "\n";
  }
  for (size_t i = 0; i < drawn.count; ++i) {
    html +=
        hit_html(result, images, example.hits[i].index, hit_text(result, example, i, drawn)) + "\n";
  }
  return html + "</ol>\n";
}

const char* kind_title(ExampleKind kind) {
  switch (kind) {
    case ExampleKind::best:
      return "Best";
    case ExampleKind::median:
      return "Median";
    case ExampleKind::worst:
      return "Worst";
  }
  return "";
}

std::string kind_html(const ExperimentResult& result, const PageImages& images,
                      const ModelResult& model, ExampleKind kind) {
  std::string html;
  for (const ExampleRow& example : model.examples) {
    if (example.kind == kind) html += example_html(result, images, example);
  }
  if (html.empty()) return "";
  return "<div><h4>" + std::string(kind_title(kind)) + "</h4>\n" + html + "</div>\n";
}

}  // namespace

std::string examples_section(const ExperimentResult& result, const PageImages& images) {
  if (result.models.empty() || result.models[0].examples.empty()) return "";
  std::string html =
      "<p class=\"soft\">Caption queries (text → image, strict) with the best, the median and the "
      "worst rank of each model; equal ranks are ordered by similarity. A green frame and ✓ "
      "mark the caption's own image where it is among the hits shown; otherwise it precedes them, "
      "with its rank.</p>\n" +
      omitted_note(images);
  const char* open = result.models.size() <= 2 ? " open" : "";
  for (size_t m = 0; m < result.models.size(); ++m) {
    const ModelResult& model = result.models[m];
    html += "<details data-model=\"" + std::to_string(m) + "\"" + open + "><summary>" +
            html_text(model.label) + "</summary>\n<div class=\"kinds\">\n";
    for (const ExampleKind kind : {ExampleKind::best, ExampleKind::median, ExampleKind::worst})
      html += kind_html(result, images, model, kind);
    html += "</div></details>\n";
  }
  return html;
}

}  // namespace sightline
