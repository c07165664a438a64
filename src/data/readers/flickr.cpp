// Reads the caption files that Flickr8k and Flickr30k are published with.
#include "data/readers/flickr.h"

#include <sightline/error.h>

#include <algorithm>
#include <cctype>
#include <system_error>
#include <unordered_map>

#include "base/text.h"
#include "base/text_encoding.h"
#include "data/readers/caption_files.h"
#include "data/readers/line_reader.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxLine = 1 << 20;

struct Line {
  std::string_view name, caption;
  std::string problem;
};

// NAME.jpg#0<TAB>CAPTION
Line split_token_line(std::string_view line) {
  const size_t tab = line.find('\t');
  const size_t hash = line.substr(0, tab).rfind('#');
  if (tab == line.npos || hash == line.npos || hash == 0) {
    return {{}, {}, "expected NAME#NUMBER, a tab and the caption"};
  }
  return {line.substr(0, hash), line.substr(tab + 1), ""};
}

// NAME.jpg| 0| CAPTION. One line of Flickr30k's results.csv lacks the second bar.
Line split_bar_line(std::string_view line) {
  const size_t bar = line.find('|');
  if (bar == line.npos || bar == 0) return {{}, {}, "expected NAME| NUMBER| CAPTION"};
  std::string_view rest = line.substr(bar + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  size_t digits = 0;
  while (digits < rest.size() && std::isdigit(static_cast<unsigned char>(rest[digits]))) ++digits;
  std::string_view caption = rest.substr(digits);
  caption.remove_prefix(std::min(caption.find_first_not_of(" \t"), caption.size()));
  const bool spaced = caption.size() + digits < rest.size();
  if (!caption.starts_with('|') && (digits == 0 || !spaced)) {
    return {{}, {}, "expected a number and '|' after the name"};
  }
  if (caption.starts_with("| "))
    caption.remove_prefix(2);
  else if (caption.starts_with('|'))
    caption.remove_prefix(1);
  return {trimmed(line.substr(0, bar), " \t"), caption, ""};
}

std::string without_extension(const std::string& name) {
  const size_t dot = name.rfind('.');
  return dot == 0 ? name : name.substr(0, dot);
}

// The split lists in the folder of the captions: one image name per line, with or without
// extension.
class Splits {
 public:
  explicit Splits(const fs::path& folder) {
    static constexpr std::pair<const char*, const char*> kLists[] = {
        {"Flickr_8k.trainImages.txt", "train"},
        {"Flickr_8k.devImages.txt", "dev"},
        {"Flickr_8k.testImages.txt", "test"},
        {"train.txt", "train"},
        {"val.txt", "val"},
        {"test.txt", "test"}};
    std::error_code ignored;
    for (const auto& [file, split] : kLists) {
      if (!fs::is_regular_file(folder / file, ignored)) continue;
      LineReader lines(folder / file, kMaxLine);
      for (std::string line; lines.next(line);) {
        if (const std::string name(trimmed(line)); !name.empty()) {
          split_of_.try_emplace(without_extension(name), split);
        }
      }
    }
  }
  std::map<std::string, std::string> of(const std::string& name) const {
    const auto found = split_of_.find(without_extension(name));
    if (found == split_of_.end()) return {};
    return {{"split", found->second}};
  }

 private:
  std::unordered_map<std::string, std::string> split_of_;
};

}  // namespace

CaptionIndex read_flickr(const fs::path& file) {
  const Splits splits(file.parent_path());
  CaptionIndex index;
  std::unordered_map<std::string, size_t> rows;
  LineReader lines(file, kMaxLine);
  bool bars = false;
  for (std::string text; lines.next(text);) {
    if (trimmed(text).empty()) continue;
    const bool header = lines.number() == 1 && text.starts_with("image_name|");
    if (lines.number() == 1) bars = text.find('\t') == text.npos && text.find('|') != text.npos;
    if (header) continue;
    Line line = bars ? split_bar_line(text) : split_token_line(text);
    if (lines.too_long()) {
      line.problem = "the line is longer than " + std::to_string(kMaxLine) + " bytes";
    }
    if (line.problem.empty() && !text_problem(line.caption).empty()) {
      line.problem = "the caption is not text: " + text_problem(line.caption);
    }
    if (!line.problem.empty()) {
      index.add_broken(file.filename().string() + ":" + std::to_string(lines.number()),
                       line.problem);
      continue;
    }
    const auto [row, fresh] = rows.try_emplace(std::string(line.name), index.size());
    if (fresh) index.add_image(line.name, splits.of(row->first));
    index.add_caption(row->second, line.caption);
  }
  return index;
}

}  // namespace sightline
