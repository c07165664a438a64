// The HTML document of a page: head, sections with links to them, data and script.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "report/page/page.h"

namespace sightline {

struct Section {
  const char* anchor;
  const char* title;
  std::string html;  // a section without content is left out
};

struct Document {
  std::string generator;     // by which the folder of a report is recognized
  std::string title;         // of the tab; HTML, like the following texts
  std::string introduction;  // above the links to the sections
  std::vector<Section> sections;
  std::string end;
  const PageImages& images;
  std::string data;         // script_json()
  std::string_view script;  // the only one that may run
};

// Returns HTML without external resources.
std::string document_html(const Document& document);

// Returns JSON that can be embedded in a page: without "</script>" and "<!--".
std::string script_json(const Json& json);

// Returns a link to `target`, relative to the page; both are HTML.
std::string link_html(const std::string& target, const std::string& text);

}  // namespace sightline
