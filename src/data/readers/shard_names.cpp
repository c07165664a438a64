#include "data/readers/shard_names.h"

#include <sightline/error.h>

#include <array>
#include <charconv>

#include "data/readers/webdataset.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFiles = 1'000'000;

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 12 && text.find_first_not_of("0123456789") == text.npos;
}

int64_t number_of(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

[[noreturn]] void fail(const std::string& pattern, const std::string& reason) {
  throw Error(ErrorCode::invalid_argument, "the pattern '", pattern, "' ", reason,
              "; expected {00000..00009} or {one,two}");
}

// Returns the strings that the content of a pair of braces expands to.
std::vector<std::string> alternatives(const std::string& inner, const std::string& pattern) {
  std::vector<std::string> found;
  if (const size_t dots = inner.find(".."); dots != inner.npos) {
    const std::string first = inner.substr(0, dots), last = inner.substr(dots + 2);
    if (!is_number(first) || !is_number(last))
      fail(pattern, "has no numbers on both sides of '..'");
    const int64_t from = number_of(first), to = number_of(last);
    if (to < from) fail(pattern, "counts backwards");
    if (static_cast<size_t>(to - from) >= kMaxFiles)
      fail(pattern, "expands to over a million files");
    const bool padded = first.size() > 1 && first[0] == '0';
    for (int64_t i = from; i <= to; ++i) {
      std::string digits = std::to_string(i);
      if (padded && digits.size() < first.size())
        digits.insert(0, first.size() - digits.size(), '0');
      found.push_back(std::move(digits));
    }
    return found;
  }
  if (inner.find(',') == inner.npos)
    fail(pattern, "has braces that contain neither a range nor a list");
  for (size_t begin = 0; begin <= inner.size();) {
    const size_t end = std::min(inner.find(',', begin), inner.size());
    found.push_back(inner.substr(begin, end - begin));
    begin = end + 1;
  }
  return found;
}

}  // namespace

bool is_shard_name(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".tar") || name.ends_with(".tar.gz") || name.ends_with(".tgz");
}

std::string split_of_shard_name(const fs::path& file) {
  static constexpr std::array kSplits = {"train", "val",     "valid",   "validation", "test",
                                         "dev",   "restval", "testing", "training"};
  const std::string name = file.filename().string();
  for (size_t begin = 0; begin < name.size();) {
    const size_t end = std::min(name.find_first_of("-._", begin), name.size());
    for (const char* split : kSplits) {
      if (std::string_view(name).substr(begin, end - begin) == split) return split;
    }
    begin = end + 1;
  }
  return {};
}

std::vector<fs::path> expand_braces(const std::string& pattern) {
  std::vector<std::string> expanded = {""};
  for (size_t begin = 0; begin < pattern.size();) {
    const size_t open = std::min(pattern.find('{', begin), pattern.size());
    for (auto& path : expanded) path += pattern.substr(begin, open - begin);
    if (open == pattern.size()) break;
    const size_t close = pattern.find('}', open);
    if (close == pattern.npos) fail(pattern, "has a brace that is not closed");
    const auto parts = alternatives(pattern.substr(open + 1, close - open - 1), pattern);
    if (parts.size() * expanded.size() > kMaxFiles)
      fail(pattern, "expands to over a million files");
    std::vector<std::string> longer;
    for (const auto& path : expanded) {
      for (const auto& part : parts) longer.push_back(path + part);
    }
    expanded = std::move(longer);
    begin = close + 1;
  }
  return {expanded.begin(), expanded.end()};
}

}  // namespace sightline
