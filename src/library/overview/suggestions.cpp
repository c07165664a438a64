#include <sightline/library_overview.h>

#include <algorithm>
#include <set>

#include "base/path_id.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "library/library_collection.h"
#include "library/overview/last_word.h"
#include "library/overview/vocabulary.h"
#include "search/filter/text_match.h"
#include "search/language/filters.h"

namespace sightline {
namespace library {
namespace {

constexpr std::string_view kColumn = "field.";

// Values of a key, and how suggestions call it.
struct KeyValues {
  std::string_view key, kind;
  const VocabularyValues Vocabulary::*values;
};
constexpr KeyValues kKeys[] = {{"tag", "tag", &Vocabulary::tags},
                               {"camera", "camera", &Vocabulary::cameras},
                               {"lens", "lens", &Vocabulary::lenses},
                               {"in", "folder", &Vocabulary::folders},
                               {"rating", "rating", &Vocabulary::ratings}};

// 2: the value begins with the text; 1: a word in it does; 0: neither. Both are folded.
int match_of(std::string_view value, std::string_view text) {
  if (value.starts_with(text)) return 2;
  const auto in_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  for (size_t at = value.find(text); at != value.npos; at = value.find(text, at + 1)) {
    if (!in_word(value[at - 1])) return 1;
  }
  return 0;
}

class Suggestions {
 public:
  Suggestions(const LibraryState& library, LastWord word, int most)
      : library_(library),
        word_(std::move(word)),
        text_(filter::folded(word_.text)),
        most_(static_cast<size_t>(std::max(most, 0))) {}

  std::vector<Suggestion> find() {
    if (word_.key.empty()) {
      complete_word();
    } else if (word_.key == "name") {
      complete_name();
    } else if (word_.key.starts_with(kColumn)) {
      complete_column();
    } else {
      for (const KeyValues& key : kKeys) {
        if (key.key == word_.key) add_values(library_.vocabulary().*key.values, key.key, key.kind);
      }
    }
    return first_ones();
  }

 private:
  struct Found {
    int match = 0;
    Suggestion suggestion;
  };

  void complete_word() {
    if (text_.empty()) return;
    add_keys();
    if (text_.starts_with(kColumn)) return add_columns();
    for (const KeyValues& key : kKeys) {
      if (key.key != "rating") add_values(library_.vocabulary().*key.values, key.key, key.kind);
    }
  }

  void add_keys() {
    for (const std::string& key : language::known_keys()) {
      const bool of_items = key != "like" && key != "image" && key != "similarity" && key != "sort";
      if (key == "image" || !key.starts_with(text_) || (word_.negated && !of_items)) continue;
      found_.push_back({3, {sign() + key + ":", key + ":", "key", 0, word_.at}});
    }
  }

  void add_columns() {
    for (const auto& [name, values] : library_.vocabulary().columns) {
      const bool typed = !name.empty() && text_problem(name).empty() &&
                         name.find_first_of(": \t\r\n\v\f") == name.npos;
      if (!typed || match_of(filter::folded(name), text_.substr(kColumn.size())) < 2) continue;
      const std::string key = std::string(kColumn) + name + ":";
      found_.push_back({3, {sign() + key, key, "field", 0, word_.at}});
    }
  }

  void complete_column() {
    const auto& columns = library_.vocabulary().columns;
    const auto column = columns.find(word_.key.substr(kColumn.size()));
    if (column != columns.end()) add_values(column->second, word_.key, "field");
  }

  void add_values(const VocabularyValues& values, std::string_view key, std::string_view kind) {
    for (const VocabularyValue& value : values) {
      if (const int match = match_of(value.folded, text_); match > 0)
        add(match, key, kind, value.text, value.count);
    }
  }

  void add(int match, std::string_view key, std::string_view kind, const std::string& value,
           int64_t count) {
    if (is_blank(value) || !text_problem(value).empty()) return;  // cannot be typed
    std::string insert = sign();
    insert += key;
    insert += ":" + word_.before + (key == "rating" ? value : query_value(value));
    found_.push_back({match, {std::move(insert), value, std::string(kind), count, word_.at}});
  }

  // File names that begin with the text.
  void complete_name() {
    if (text_.empty()) return;
    std::set<std::pair<std::string, int64_t>> images;  // by name
    const ContentMap<int32_t>& rows = library_.snapshot()->row_of_contents();
    library_.snapshot()->with_catalogue_for_passes([&](Catalogue& catalogue) {
      Statement select = catalogue.database().prepare(
          "SELECT content, path, source FROM items WHERE content IS NOT NULL");
      while (select.step()) {
        const int64_t content = select.integer(0);
        if (rows.get(content) < 0) continue;
        const std::string path = select.text(1);
        const std::string last = path.substr(path.rfind('/') + 1);
        const std::string name = select.integer(2) == kFiles ? path_id(last) : last;
        if (filter::folded(name).starts_with(text_)) images.emplace(name, content);
      }
    });
    for (auto image = images.begin(); image != images.end();) {
      const std::string& name = image->first;
      auto next = image;
      int64_t count = 0;
      for (; next != images.end() && next->first == name; ++next) ++count;
      add(2, "name", "name", name, count);
      image = next;
    }
  }

  std::string sign() const { return word_.negated ? "-" : ""; }

  std::vector<Suggestion> first_ones() {
    const size_t kept = std::min(most_, found_.size());
    std::ranges::partial_sort(found_, found_.begin() + static_cast<std::ptrdiff_t>(kept),
                              [](const Found& a, const Found& b) {
                                const Suggestion &x = a.suggestion, &y = b.suggestion;
                                if (a.match != b.match) return a.match > b.match;
                                return x.count != y.count ? x.count > y.count : x.insert < y.insert;
                              });
    std::vector<Suggestion> out;
    for (size_t i = 0; i < kept; ++i) out.push_back(std::move(found_[i].suggestion));
    return out;
  }

  const LibraryState& library_;
  LastWord word_;
  std::string text_;  // folded
  size_t most_;
  std::vector<Found> found_;
};

}  // namespace
}  // namespace library

std::vector<Suggestion> library_suggestions(const Collection& collection, std::string_view query,
                                            int most) {
  using namespace library;
  const LibraryState& state = state_of(collection);
  std::optional<LastWord> word = last_word(query);
  if (!word) return {};
  return Suggestions(state, std::move(*word), most).find();
}

}  // namespace sightline
