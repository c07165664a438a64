#include "report/page/queries.h"

#include <algorithm>

#include "report/page/hits.h"
#include "report/page/thumbnails.h"
#include "report/shown_examples.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string query_hits(const ExperimentResult& result, const PageImages& images,
                       const FreeQuery& query) {
  std::string html = "<ol class=\"hits\">";
  for (size_t i = 0; i < std::min(kMaxPageHits, query.hits.size()); ++i) {
    const Hit& hit = query.hits[i];
    const bool right =
        has_caption(result.rows[static_cast<size_t>(hit.index)].captions, query.text);
    html += hit_html(result, images, hit.index, {hit_head(i, hit.similarity), right, ""}) + "\n";
  }
  return html + "</ol>\n";
}

}  // namespace

std::string queries_section(const ExperimentResult& result, const PageImages& images) {
  if (result.models.empty() || result.models[0].queries.empty()) return "";
  std::string html =
      "<p class=\"soft\">The nearest images to each text, with similarity, id and caption. A green "
      "frame and ✓ mark an image that has the text as its caption.</p>\n" +
      omitted_note(images);
  for (size_t q = 0; q < result.models[0].queries.size(); ++q) {
    html += "<h3 class=\"query\">“" + html_text(result.models[0].queries[q].text) +
            "”</h3>\n<div class=\"side\">\n";
    for (size_t m = 0; m < result.models.size(); ++m) {
      html += "<div data-model=\"" + std::to_string(m) + "\"><h4>" +
              html_text(result.models[m].label) + "</h4>\n" +
              query_hits(result, images, result.models[m].queries[q]) + "</div>\n";
    }
    html += "</div>\n";
  }
  return html;
}

}  // namespace sightline
