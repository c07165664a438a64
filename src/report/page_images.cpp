// The sections with free queries and with examples, and their images.
#include "report/page_images.h"

#include <algorithm>

#include "report/page_parts.h"
#include "report/text.h"

namespace sightline {
namespace {

constexpr size_t kMaxHits = 10;  // per query on the page

std::string caption_of(const ExperimentRow& row) {
  return row.captions.empty() ? row.id : row.captions[0];
}

// One image with `head` in bold and its caption below.
std::string cell(const ExperimentResult& result, const PageImages& images, int64_t index,
                 const std::string& head, bool right) {
  const std::string caption = html_text(caption_of(result.rows[static_cast<size_t>(index)]));
  const bool has_thumbnail = images.contains(index);
  std::string html = std::string("<li") + (right ? " class=\"own\"" : "") + "><div class=\"pic";
  if (has_thumbnail) html += " p" + std::to_string(index);
  html += "\" role=\"img\" aria-label=\"" + caption + "\">" + (has_thumbnail ? "" : "no image") +
          "</div>";
  return html + "<b>" + html_text(head) + (right ? " ✓" : "") + "</b><span title=\"" + caption +
         "\">" + caption + "</span></li>";
}

std::string hit_head(size_t index, double similarity) {
  return std::to_string(index + 1) + ". " + decimal(similarity, 3);
}

std::string example_html(const ExperimentResult& result, const PageImages& images,
                         const ExampleRow& example) {
  const auto t = static_cast<size_t>(example.text);
  const int64_t own = result.text_row[t];
  const std::string& caption =
      result.rows[static_cast<size_t>(own)].captions[static_cast<size_t>(result.text_caption[t])];
  std::string html = "<p class=\"query\">“" + html_text(caption) + "”</p>\n<ul class=\"hits\">";
  html += cell(result, images, own,
               "own, rank " + std::to_string(example.rank) + ": " + decimal(example.similarity, 3),
               true) +
          "\n";
  for (size_t i = 0; i < std::min(kMaxHits, example.hits.size()); ++i) {
    const Hit& hit = example.hits[i];
    html += cell(result, images, hit.index, hit_head(i, hit.similarity), hit.index == own) + "\n";
  }
  return html + "</ul>\n";
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

}  // namespace

std::string image_styles(const PageImages& images) {
  std::string css;
  for (const auto& [index, jpeg] : images) {
    css += ".p" + std::to_string(index) + "{background-image:url(data:image/jpeg;base64," +
           base64(jpeg) + ")}\n";
  }
  return css;
}

std::string queries_section(const ExperimentResult& result, const PageImages& images) {
  if (result.models.empty() || result.models[0].queries.empty()) return "";
  std::string html =
      "<p class=\"soft\">The nearest images to each text, with similarity and caption; ✓ marks an "
      "image that has the text as its caption.</p>\n";
  for (size_t q = 0; q < result.models[0].queries.size(); ++q) {
    html += "<h3>“" + html_text(result.models[0].queries[q].text) + "”</h3>\n";
    for (const ModelResult& model : result.models) {
      const FreeQuery& query = model.queries[q];
      html += "<h4>" + html_text(model.label) + "</h4>\n<ul class=\"hits\">";
      for (size_t i = 0; i < std::min(kMaxHits, query.hits.size()); ++i) {
        const Hit& hit = query.hits[i];
        const auto& captions = result.rows[static_cast<size_t>(hit.index)].captions;
        html += cell(result, images, hit.index, hit_head(i, hit.similarity),
                     std::ranges::find(captions, query.text) != captions.end()) +
                "\n";
      }
      html += "</ul>\n";
    }
  }
  return html;
}

std::string rows_section(const ExperimentResult& result, const PageImages& images) {
  if (result.models.empty() || result.models[0].examples.empty()) return "";
  std::string html =
      "<p class=\"soft\">Caption queries (text → image, strict) with the best, the median and the "
      "worst rank of each model; equal ranks are ordered by similarity. The caption's own image "
      "comes "
      "first (green frame) with its rank, followed by the hits.</p>\n";
  for (const ModelResult& model : result.models) {
    html += "<details open><summary>" + html_text(model.label) + "</summary>\n";
    const ExampleKind* last = nullptr;
    for (const ExampleRow& example : model.examples) {
      if (!last || *last != example.kind)
        html += std::string("<h4>") + kind_title(example.kind) + "</h4>\n";
      last = &example.kind;
      html += example_html(result, images, example);
    }
    html += "</details>\n";
  }
  return html;
}

}  // namespace sightline
