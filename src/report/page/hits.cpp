#include "report/page/hits.h"

#include "report/page/parts.h"
#include "report/text.h"

namespace sightline {

std::string hit_head(size_t index, double similarity) {
  return std::to_string(index + 1) + ". " + decimal(similarity, 3);
}

std::string hit_html(const HitImage& image, const PageImages& images, const HitText& text) {
  const std::string caption = html_text(image.caption), number = std::to_string(image.number);
  std::string html =
      std::string("<li") + (text.right ? " class=\"own\"" : "") + "><div class=\"pic";
  if (images.jpegs.contains(image.number)) {
    html += " p" + number + "\" role=\"img\" aria-label=\"" +
            (caption.empty() ? html_text(image.id) : caption) + "\" data-row=\"" + number +
            "\"></div>";
  } else {
    html += "\">" + html_text(image.id) + "</div>";
  }
  html += "<b>" + html_text(text.head) + (text.right ? " ✓" : "") + "</b>";
  if (!text.note.empty()) html += "<em>" + html_text(text.note) + "</em>";
  return html + id_html(image.id) + "<span class=\"caption\" title=\"" + caption + "\">" + caption +
         "</span></li>";
}

std::string hit_html(const ExperimentResult& result, const PageImages& images, int64_t row,
                     const HitText& text) {
  const ExperimentRow& source = result.rows[static_cast<size_t>(row)];
  return hit_html({row, source.id, source.captions.empty() ? "" : source.captions[0]}, images,
                  text);
}

}  // namespace sightline
