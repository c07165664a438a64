#include "eval/classification/labels.h"

#include <sightline/error.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>

#include "base/text.h"
#include "data/columns/label_columns.h"

namespace sightline {
namespace {

// A number without a sign, of at most nine digits.
std::optional<int64_t> number_of(const std::string& label) {
  int64_t number = 0;
  const char* end = label.data() + label.size();
  const auto [last, error] = std::from_chars(label.data(), end, number);
  const bool digits = !label.empty() && label.size() <= 9 && label[0] != '-';
  if (!digits || error != std::errc() || last != end) return std::nullopt;
  return number;
}

bool all_numbers(const std::vector<std::string>& labels) {
  return std::ranges::all_of(labels,
                             [](const auto& label) { return number_of(label).has_value(); });
}

// "folder/animal/1.jpg" -> "animal"; empty for a file that is in no folder.
std::string folder_of(const std::string& id) {
  return std::filesystem::path(id).parent_path().filename().string();
}

Classes from_labels(std::vector<std::string> labels) {
  if (all_numbers(labels)) {
    std::ranges::sort(labels, {}, [](const auto& label) { return *number_of(label); });
  } else {
    std::ranges::sort(labels);
  }
  Classes made;
  std::map<std::string, std::string> taken;
  for (const std::string& label : labels) {
    std::string name = label;
    std::ranges::replace(name, '_', ' ');
    const auto [other, is_new] = taken.emplace(name, label);
    if (!is_new) {
      throw Error(ErrorCode::invalid_data, "the labels '", printable(other->second), "' and '",
                  printable(label), "' both name the class '", printable(name), "'");
    }
    made.of_label[label] = static_cast<int64_t>(made.classes.size());
    made.classes.push_back({name, label, 0, 0});
  }
  return made;
}

// The index of a label's class among `names`; nothing if it has none.
std::optional<int64_t> index_of(const std::string& label, size_t position, size_t labels,
                                const ClassNames& names, const std::map<std::string, int64_t>& at) {
  if (!names.by_label.empty()) {
    const auto name = names.by_label.find(label);
    if (name == names.by_label.end()) return std::nullopt;
    return at.at(name->second);
  }
  if (const auto found = at.find(label); found != at.end()) return found->second;
  if (const auto number = number_of(label)) {
    if (*number < static_cast<int64_t>(names.names.size())) return number;
    return std::nullopt;
  }
  if (labels == names.names.size()) return static_cast<int64_t>(position);
  return std::nullopt;
}

// Whether a text that is no JSON list was meant as one, such as a list of Python.
bool begins_like_a_list(std::string_view text) {
  if (!text.starts_with('[')) return false;
  const size_t first = text.find_first_not_of(' ', 1);
  return first != text.npos && (text[first] == '\'' || text[first] == '"');
}

// The column of this name without regard to case that has a value; empty if there is none.
std::string find_column(const std::map<std::string, std::string>& extra, std::string_view name) {
  for (const auto& [column, cell] : extra)
    if (lower(column) == name && !is_blank(cell)) return column;
  return "";
}

// Replaces "{c}" and "{}" by the name of a class.
std::string filled(std::string_view text, const std::string& name) {
  std::string out;
  while (!text.empty()) {
    const size_t place = text.starts_with("{c}") ? 3 : text.starts_with("{}") ? 2 : 0;
    out += place > 0 ? name : std::string(text.substr(0, 1));
    text.remove_prefix(std::max<size_t>(place, 1));
  }
  return out;
}

}  // namespace

std::string LabelReader::text_of(const std::string& id,
                                 const std::map<std::string, std::string>& extra) {
  const auto column = [&](const std::string& name) {
    const auto cell = extra.find(name);
    return cell == extra.end() ? std::string() : std::string(trimmed(cell->second));
  };
  if (found_.empty()) {
    if (!column_.empty()) {
      found_ = column_;
    } else {
      for (const char* name : usual_label_columns())
        if (found_.empty()) found_ = find_column(extra, name);
      if (found_.empty() && folders_ && !folder_of(id).empty()) found_ = kFolderLabels;
    }
  }
  if (found_.empty()) return "";
  return column_.empty() && found_ == kFolderLabels ? folder_of(id) : column(found_);
}

RowLabels LabelReader::labels_of(const std::string& id,
                                 const std::map<std::string, std::string>& extra) {
  const std::string text = text_of(id, extra);
  RowLabels row;
  if (text.empty()) return row;
  const auto list = found_ == kFolderLabels ? std::nullopt : parse_label_list(text);
  row.is_list = list.has_value();
  if (!list && found_ != kFolderLabels && begins_like_a_list(text)) {
    row.problem = "its labels in the column '" + printable(found_) +
                  "' begin like a list, but are no JSON list of texts or integers such as "
                  "[\"cat\", \"dog\"]";
    return row;
  }
  if (!list) row.labels.push_back(text);
  std::set<std::string> taken = {""};
  for (const std::string& item : list.value_or(std::vector<std::string>())) {
    std::string label(trimmed(item));
    if (taken.insert(label).second) row.labels.push_back(std::move(label));
  }
  return row;
}

bool has_folders(const std::string& format) {
  return format == "folder" || format == "imagefolder";
}

Classes make_classes(const std::vector<std::string>& labels,
                     const std::optional<ClassNames>& names) {
  if (!names) return from_labels(labels);
  const std::string where =
      names->source.empty() ? "" : sightline::quoted(std::filesystem::path(names->source)) + ": ";
  Classes made;
  std::map<std::string, int64_t> at;
  for (const std::string& name : names->names) {
    if (!at.emplace(name, static_cast<int64_t>(made.classes.size())).second)
      throw Error(ErrorCode::invalid_data, where, "the class '", printable(name),
                  "' is named twice");
    made.classes.push_back({name, "", 0, 0});
  }
  std::vector<std::string> sorted = labels;
  std::ranges::sort(sorted);
  for (size_t i = 0; i < sorted.size(); ++i) {
    const auto index = index_of(sorted[i], i, sorted.size(), *names, at);
    if (!index) {
      throw Error(ErrorCode::invalid_data, where, "the label '", printable(sorted[i]),
                  "' has no class: expected one of the ", names->names.size(),
                  " class names, an index, or as many names as the ", labels.size(), " labels");
    }
    made.of_label[sorted[i]] = *index;
    made.classes[static_cast<size_t>(*index)].label = sorted[i];
  }
  return made;
}

std::vector<std::string> prompts_of(const std::string& name, const ClassPrompts& prompts) {
  for (const auto& [own, texts] : prompts.by_class)
    if (own == name) return texts;
  if (!prompts.by_class.empty())
    throw Error(ErrorCode::invalid_data, "there is no prompt for the class '", printable(name),
                "'");
  std::vector<std::string> texts;
  for (const std::string& text :
       prompts.templates.empty() ? default_templates() : prompts.templates)
    texts.push_back(filled(text, name));
  return texts;
}

}  // namespace sightline
