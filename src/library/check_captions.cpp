#include "library/check_captions.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/text.h"

namespace sightline::library {
namespace {

constexpr int64_t kStep = 16'384;  // rows between two reports

// By caption: the sum of its words' hashes, less that of the index's entries.
using Differences = std::unordered_map<int64_t, uint64_t>;

// As FTS5's tokenizer `ascii`: other bytes separate words.
bool is_of_word(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// `place`: the word's number in its caption. The sum does not depend on the order of words.
uint64_t hash_of(std::string_view word, int64_t place) {
  uint64_t hash = std::hash<std::string_view>()(word) + static_cast<uint64_t>(place) + 1;
  hash *= 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 29);
}

uint64_t sum_of_words(std::string_view text) {
  uint64_t sum = 0;
  int64_t place = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && is_of_word(text[end])) ++end;
    if (end > at) sum += hash_of(lower(text.substr(at, end - at)), place++);
    at = end + 1;
  }
  return sum;
}

void add_captions(const Database& database, const std::function<void(int64_t)>& report,
                  Differences& differences) {
  Statement select = database.prepare("SELECT id, words FROM captions");
  int64_t done = 0;
  while (select.step()) {
    differences[select.integer(0)] += sum_of_words(select.text(1));
    if (++done % kStep == 0) report(done);
  }
}

void subtract_entries(const Database& database, const std::function<void(int64_t)>& report,
                      Differences& differences) {
  const auto captions = static_cast<int64_t>(differences.size());
  Statement select = database.prepare("SELECT doc, term, \"offset\" FROM temp.caption_entries");
  int64_t done = 0;
  while (select.step()) {
    differences[select.integer(0)] -= hash_of(select.text(1), select.integer(2));
    if (++done % kStep == 0) report(captions);
  }
}

}  // namespace

int64_t count_wrong_captions(Database& database, const std::function<void(int64_t)>& report) {
  Differences differences;
  add_captions(database, report, differences);
  // A temporary table, which is not part of the catalogue.
  database.execute(
      "CREATE VIRTUAL TABLE IF NOT EXISTS temp.caption_entries USING fts5vocab(main, "
      "'caption_words', 'instance')");
  subtract_entries(database, report, differences);
  database.execute("DROP TABLE temp.caption_entries");
  return std::ranges::count_if(differences, [](const auto& one) { return one.second != 0; });
}

}  // namespace sightline::library
