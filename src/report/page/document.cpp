#include "report/page/document.h"

#include <sightline/version.h>

#include <cstdint>

#include "base/base64.h"
#include "base/hash.h"
#include "report/page/assets.h"
#include "report/page/parts.h"
#include "report/page/thumbnails.h"

namespace sightline {
namespace {

// Returns the non-empty sections, preceded by links to them.
std::string assemble(const std::vector<Section>& sections) {
  std::string links, html;
  for (const Section& section : sections) {
    if (section.html.empty()) continue;
    links += std::string("<a href=\"#") + section.anchor + "\">" + section.title + "</a>\n";
    html += std::string("<section id=\"") + section.anchor + "\"><h2>" + section.title + "</h2>\n" +
            section.html + "</section>\n";
  }
  return "<nav aria-label=\"Sections\">\n" + links + "</nav>\n" + html;
}

// Only the page's own script may run.
std::string security_policy(std::string_view script) {
  const Digest digest = sha256({reinterpret_cast<const uint8_t*>(script.data()), script.size()});
  return "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
         "data:; "
         "style-src 'unsafe-inline'; script-src 'sha256-" +
         base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) + "'\">\n";
}

}  // namespace

std::string document_html(const Document& document) {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"generator\" content=\"" +
         document.generator + " " + std::string(kVersion) +
         "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         security_policy(document.script) + "<title>" + document.title + "</title>\n<style>" +
         std::string(page_style()) + image_styles(document.images) +
         "</style></head>\n<body><main>\n" + document.introduction + assemble(document.sections) +
         document.end +
         "</main>\n"
         "<script type=\"application/json\" id=\"data\">" +
         document.data + "</script>\n<script>" + std::string(document.script) +
         "</script></body></html>\n";
}

std::string script_json(const Json& json) {
  const std::string text = json_text(json);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string link_html(const std::string& target, const std::string& text) {
  return "<a href=\"" + target + "\">" + text + "</a>";
}

}  // namespace sightline
