#include "feedback/labels.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/text.h"

namespace sightline::feedback {
namespace {

void add_label(std::string_view text, std::set<std::string>& labels) {
  if (!is_blank(text)) labels.insert(lower(trimmed(text)));
}

std::set<std::string> labels_of(const VectorItem& item) {
  std::set<std::string> labels;
  for (const std::string& caption : item.captions) add_label(caption, labels);
  for (const char* field : {"keywords", "tags"}) {
    const auto found = item.fields.find(field);
    if (found == item.fields.end()) continue;
    std::string_view rest = found->second;
    for (size_t end; (end = rest.find('|')) != std::string_view::npos; rest.remove_prefix(end + 1))
      add_label(rest.substr(0, end), labels);
    add_label(rest, labels);
  }
  return labels;
}

}  // namespace

std::vector<LabelQuery> label_queries(const Collection& collection, int64_t least, int64_t most) {
  std::vector<int64_t> rows(static_cast<size_t>(collection.vectors().rows()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  const std::vector<VectorItem> items = collection.items(rows);
  std::map<std::string, std::vector<int64_t>> found;
  for (size_t i = 0; i < items.size(); ++i) {
    for (const std::string& label : labels_of(items[i])) found[label].push_back(rows[i]);
  }
  std::vector<LabelQuery> out;
  for (auto& [text, relevant] : found) {
    const auto count = static_cast<int64_t>(relevant.size());
    if (count >= least && count <= most) out.push_back({text, std::move(relevant)});
  }
  return out;
}

}  // namespace sightline::feedback
