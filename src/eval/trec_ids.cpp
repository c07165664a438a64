#include "eval/trec_ids.h"

#include <set>

namespace sightline {

std::string trec_id(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  if (text.empty()) return "%";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%' && c != '#' && c != '~') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string trec_file_name(std::string_view label) {
  std::string out;
  for (const char c : label) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || (c == '.' && !out.empty());
    out += plain ? c : '_';
  }
  return out.empty() ? "_" : out;
}

TrecIds make_trec_ids(const ExperimentResult& result) {
  TrecIds ids;
  std::set<std::string> taken;
  for (const ExperimentRow& row : result.rows) {
    const std::string base = trec_id(row.id);
    std::string id = base;
    for (int n = 2; !taken.insert(id).second; ++n) id = base + "~" + std::to_string(n);
    ids.images.push_back(std::move(id));
  }
  for (size_t t = 0; t < result.text_row.size(); ++t) {
    ids.texts.push_back(ids.images[static_cast<size_t>(result.text_row[t])] + "#" +
                        std::to_string(result.text_caption[t]));
  }
  return ids;
}

}  // namespace sightline
