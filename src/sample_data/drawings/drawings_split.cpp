#include "sample_data/drawings/drawings_split.h"

#include <algorithm>
#include <map>
#include <set>

#include "sample_data/drawings/word_lists.h"

namespace sightline {
namespace {

constexpr size_t kMostMentions = 20;
constexpr double kSimilar = 8;

bool is_content(std::string_view word) {
  return !contains(kFunctionWords, word) && !contains(kColours, word) &&
         !contains(kAboutTheDrawing, word) && !contains(kNotAlone, word) && word != "flag";
}

std::string place_of(std::string_view caption) {
  constexpr std::string_view kFlagOf = "flag of ";
  const size_t at = caption.find(kFlagOf);
  if (at == std::string_view::npos) return {};
  return std::string(caption.substr(at + kFlagOf.size()));
}

// Returns the words of a text in the singular, separated and enclosed by spaces.
std::string searchable(std::string_view text) {
  std::string out = " ";
  for (const auto& word : split_words(text)) out += singular(word) + ' ';
  return out;
}

// Returns the rows that mention each head in caption or keywords.
std::map<std::string, std::set<size_t>> find_mentions(std::span<const SplitRow> rows,
                                                      std::span<const std::string> heads) {
  std::map<std::string, std::set<size_t>> mentions;
  for (size_t i = 0; i < rows.size(); ++i) mentions[heads[i]].insert(i);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::string texts = searchable(rows[i].caption);
    for (const auto& keyword : rows[i].keywords) texts += searchable(keyword);
    for (auto& [head, found] : mentions) {
      // The region is what a flag shows, not its country: "quebec, canada".
      const std::string subject = searchable(head.substr(0, head.find(',')));
      if (texts.find(subject) != std::string::npos) found.insert(i);
    }
  }
  return mentions;
}

// Returns the rows whose head is chosen as novel.
std::set<std::string> choose_novel(const std::map<std::string, std::set<size_t>>& mentions,
                                   std::span<const std::string> heads, size_t novel_rows) {
  std::map<std::string, size_t> own;
  for (const auto& head : heads) ++own[head];
  std::vector<std::string> names;
  for (const auto& [head, count] : own) names.push_back(head);
  std::set<std::string> chosen;
  size_t left = novel_rows;
  for (const size_t at : hash_order(names, "sightline drawings novel ")) {
    const std::string& head = names[at];
    if (own[head] > left || mentions.at(head).size() > kMostMentions) continue;
    chosen.insert(head);
    left -= own[head];
  }
  return chosen;
}

}  // namespace

std::string head_of(std::string_view caption) {
  if (auto place = place_of(caption); !place.empty()) return place;
  const Words words = split_words(caption);
  const auto preposition = [](const std::string& word) { return contains(kPrepositions, word); };
  auto end =
      words.empty() ? words.end() : std::find_if(words.begin() + 1, words.end(), preposition);
  const auto last_content = [&](auto from, auto to) -> std::string {
    const auto found =
        std::find_if(std::make_reverse_iterator(to), std::make_reverse_iterator(from),
                     [](const std::string& word) { return is_content(word); });
    return found == std::make_reverse_iterator(from) ? std::string() : *found;
  };
  std::string head = last_content(words.begin(), end);
  if (head.empty()) head = last_content(words.begin(), words.end());
  if (head.empty() && !words.empty()) head = words.back();
  return singular(head);
}

std::vector<Split> split_drawings(std::span<const SplitRow> rows, size_t test_rows,
                                  size_t novel_rows) {
  std::vector<std::string> heads, paths;
  for (const auto& row : rows) {
    heads.push_back(head_of(row.caption));
    paths.push_back(row.path);
  }
  const auto mentions = find_mentions(rows, heads);
  const auto novel = choose_novel(mentions, heads, novel_rows);
  std::vector<Split> split(rows.size(), Split::train);
  std::vector<size_t> novel_indices;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!novel.contains(heads[i])) continue;
    split[i] = Split::novel;
    novel_indices.push_back(i);
  }
  for (const auto& head : novel) {
    for (const size_t i : mentions.at(head)) {
      if (split[i] == Split::train) split[i] = Split::test;
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto similar = [&](size_t j) {
      return is_near(rows[i].thumbnail, rows[j].thumbnail, kSimilar);
    };
    if (split[i] == Split::train &&
        std::any_of(novel_indices.begin(), novel_indices.end(), similar)) {
      split[i] = Split::test;
    }
  }
  auto in_test = static_cast<size_t>(std::count(split.begin(), split.end(), Split::test));
  for (const size_t i : hash_order(paths, "sightline drawings test ")) {
    if (in_test >= test_rows) break;
    if (split[i] != Split::train) continue;
    split[i] = Split::test;
    ++in_test;
  }
  return split;
}

}  // namespace sightline
