#include "data/columns/text_columns.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "data/columns/label_columns.h"
#include "data/readers/columns.h"

namespace sightline {
namespace {

using Names = std::vector<std::string>;

// Most usual first.
constexpr std::array kUsualNames = {
    "text", "caption",       "captions",    "texts", "txt",      "sentences", "sentence",
    "raw",  "sentences_raw", "description", "title", "alt_text", "comment",   "comments"};
constexpr size_t kMaxDigits = 6;

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Returns the number of the column ("caption_0", "Caption 3", "comment2") if its name without the
// number is `stem`, else -1.
int number_after(std::string_view stem, const std::string& column) {
  const std::string name = lower(column);
  if (!name.starts_with(stem)) return -1;
  std::string_view digits = std::string_view(name).substr(stem.size());
  if (!digits.empty() && std::string_view("_- .").find(digits[0]) != std::string_view::npos)
    digits.remove_prefix(1);
  int number = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && digits.size() <= kMaxDigits && digits[0] != '-' ? number : -1;
}

Names numbered_columns(const Names& candidates) {
  for (const std::string_view stem : kUsualNames) {
    std::vector<std::pair<int, std::string>> numbered;
    for (const auto& name : candidates) {
      if (const int number = number_after(stem, name); number >= 0)
        numbered.emplace_back(number, name);
    }
    if (numbered.empty()) continue;
    if (auto plain = find_name(candidates, std::string(stem)); !plain.empty())
      numbered.emplace_back(-1, std::move(plain));
    std::sort(numbered.begin(), numbered.end());
    Names found;
    for (auto& [number, name] : numbered) found.push_back(std::move(name));
    return found;
  }
  return {};
}

Names requested_columns(const Names& candidates, const Names& requested,
                        const std::string& dataset) {
  Names found;
  for (const auto& wanted : requested) {
    std::string name = find_name(candidates, wanted);
    if (name.empty()) {
      throw Error(ErrorCode::not_found, "'", dataset, "' has no text column '", wanted,
                  "'; found: ", join_names(candidates));
    }
    if (contains(found, name)) {
      throw Error(ErrorCode::invalid_argument, "the text column '", name, "' is given twice");
    }
    found.push_back(std::move(name));
  }
  return found;
}

}  // namespace

std::string usual_text_column(const Names& candidates) {
  for (const std::string usual : kUsualNames) {
    if (auto name = find_name(candidates, usual); !name.empty()) return name;
  }
  return {};
}

Names usual_text_columns(const Names& candidates) {
  if (auto numbered = numbered_columns(candidates); !numbered.empty()) return numbered;
  const auto usual = usual_text_column(candidates);
  return usual.empty() ? Names() : Names{usual};
}

Names choose_text_columns(const Names& candidates, const Names& requested,
                          const std::string& dataset) {
  if (!requested.empty()) return requested_columns(candidates, requested, dataset);
  if (auto usual = usual_text_columns(candidates); !usual.empty()) return usual;
  if (candidates.size() == 1 && !is_label_column(candidates.front())) return candidates;
  return {};
}

}  // namespace sightline
