#include "data/columns/label_columns.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"

namespace sightline {
namespace {

constexpr const char* kUsualNames[] = {"label",  "class",   "cls",       "category",
                                       "labels", "classes", "categories"};
constexpr size_t kMaxListText = 1 << 20;

}  // namespace

std::span<const char* const> usual_label_columns() {
  return kUsualNames;
}

bool is_label_column(const std::string& name) {
  return std::ranges::find(kUsualNames, lower(name)) != std::end(kUsualNames);
}

std::string label_list_text(std::span<const std::string> labels) {
  Json list = Json::array();
  for (const std::string& label : labels) list.push_back(label);
  return json_text(list);
}

std::optional<std::vector<std::string>> parse_label_list(const std::string& text) {
  if (!text.starts_with('[') || !text.ends_with(']') || text.size() > kMaxListText) return {};
  const auto list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return {};
  std::vector<std::string> labels;
  for (const auto& item : list) {
    if (!item.is_string() && !item.is_number_integer()) return {};
    labels.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  }
  return labels;
}

}  // namespace sightline
