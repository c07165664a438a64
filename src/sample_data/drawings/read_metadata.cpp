#include "sample_data/drawings/read_metadata.h"

#include <libxml/xmlreader.h>

#include <climits>
#include <memory>
#include <string_view>

#include "text/cleaning/clean_openai.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

struct FreeReader {
  void operator()(xmlTextReader* reader) const { xmlFreeTextReader(reader); }
};

// Returns the local name of an element, or an empty text for other nodes.
std::string_view name_of(const xmlNode* node) {
  if (node->type != XML_ELEMENT_NODE) return {};
  return reinterpret_cast<const char*>(node->name);
}

std::string collapsed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string cleaned(xmlChar* content) {
  if (content == nullptr) return {};
  const std::unique_ptr<xmlChar, decltype(xmlFree)> owner(content, xmlFree);
  const std::string_view text(reinterpret_cast<const char*>(content));
  return collapsed(unicode::encode_utf8(fix_text(unicode::decode_utf8(text))));
}

std::string text_of(const xmlNode* node) {
  return cleaned(xmlNodeGetContent(node));
}

void add_keywords(const xmlNode* node, std::vector<std::string>& keywords) {
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (name_of(child) == "li") {
      keywords.push_back(text_of(child));
    } else if (child->type == XML_ELEMENT_NODE) {
      add_keywords(child, keywords);
    }
  }
}

void read_work(const xmlNode* work, Drawing& drawing) {
  for (xmlNode* node = work->children; node != nullptr; node = node->next) {
    const std::string_view name = name_of(node);
    if (name == "title") {
      if (std::string text = text_of(node); !text.empty()) drawing.title = std::move(text);
    } else if (name == "subject") {
      add_keywords(node, drawing.keywords);
    } else if (name == "creator") {
      drawing.creator = text_of(node);
    } else if (name == "license" && node->properties != nullptr) {
      drawing.licence = cleaned(xmlNodeGetContent(node->properties->children));
    }
  }
}

}  // namespace

Drawing read_metadata(std::span<const uint8_t> document, std::string path) {
  Drawing drawing;
  drawing.path = std::move(path);
  if (document.size() > INT_MAX) return drawing;
  // Without XML_PARSE_NOENT and XML_PARSE_DTDLOAD, entities of other files are not read.
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  const std::unique_ptr<xmlTextReader, FreeReader> reader(
      xmlReaderForMemory(reinterpret_cast<const char*>(document.data()),
                         static_cast<int>(document.size()), nullptr, nullptr, kOptions));
  while (reader && xmlTextReaderRead(reader.get()) == 1) {
    if (xmlTextReaderNodeType(reader.get()) != XML_READER_TYPE_ELEMENT) continue;
    const xmlChar* name = xmlTextReaderConstLocalName(reader.get());
    if (std::string_view(reinterpret_cast<const char*>(name)) != "Work") continue;
    if (const xmlNode* work = xmlTextReaderExpand(reader.get())) read_work(work, drawing);
    break;
  }
  return drawing;
}

}  // namespace sightline
