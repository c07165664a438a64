#include "report/page/hits.h"

#include "report/page/parts.h"
#include "report/text.h"

namespace sightline {

std::string hit_head(size_t index, double similarity) {
  return std::to_string(index + 1) + ". " + decimal(similarity, 3);
}

std::string hit_html(const ExperimentResult& result, const PageImages& images, int64_t row,
                     const HitText& text) {
  const ExperimentRow& source = result.rows[static_cast<size_t>(row)];
  const std::string caption = source.captions.empty() ? "" : html_text(source.captions[0]);
  const bool has_thumbnail = images.jpegs.contains(row);
  std::string html =
      std::string("<li") + (text.right ? " class=\"own\"" : "") + "><div class=\"pic";
  if (has_thumbnail) {
    html += " p" + std::to_string(row) + "\" role=\"img\" aria-label=\"" +
            (caption.empty() ? html_text(source.id) : caption) + "\" data-row=\"" +
            std::to_string(row) + "\"></div>";
  } else {
    html += "\">" + html_text(source.id) + "</div>";
  }
  html += "<b>" + html_text(text.head) + (text.right ? " ✓" : "") + "</b>";
  if (!text.note.empty()) html += "<em>" + html_text(text.note) + "</em>";
  return html + id_html(source.id) + "<span class=\"caption\" title=\"" + caption + "\">" +
         caption + "</span></li>";
}

}  // namespace sightline
