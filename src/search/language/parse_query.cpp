// The query language (docs/query_language.md).
#include <sightline/error.h>
#include <sightline/query.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/path_id.h"
#include "base/suggest.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "search/language/filters.h"
#include "search/language/query_text.h"
#include "search/language/values.h"

namespace sightline {
namespace language {
namespace {

constexpr size_t kMostTerms = 100, kMostValues = 1000;

bool is_ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Letters of other scripts are taken for letters, and so are all characters beyond ASCII.
bool begins_operand(char c) {
  return is_ascii_letter(c) || c == '"' || static_cast<unsigned char>(c) >= 0x80;
}

// The end of a key, "before" of "before:2020"; 0 if the word does not begin with one.
size_t key_size(std::string_view word) {
  size_t end = 0;
  while (end < word.size() && is_ascii_letter(word[end])) ++end;
  if (lower(word.substr(0, end)) == "field" && end < word.size() && word[end] == '.')
    end = std::min(word.find(':', end), word.size());
  return end > 0 && end < word.size() && word[end] == ':' ? end : 0;
}

std::string_view without_weight(std::string_view word, std::optional<double>& weight) {
  const size_t star = word.rfind('*');
  if (star == std::string_view::npos || star == 0) return word;
  weight = parse_weight(word.substr(star + 1));
  return weight ? word.substr(0, star) : word;
}

// "16*9"
bool is_product(std::string_view word) {
  return word.substr(0, word.rfind('*')).find_first_not_of("0123456789") == std::string_view::npos;
}

class Parser {
 public:
  explicit Parser(std::string text) : text_(std::move(text)), in_(text_) { query_.name = text_; }

  Query parse() {
    for (in_.skip_space(); !in_.at_end(); in_.skip_space()) parse_part();
    end_words();
    if (plus_) in_.fail(in_.position(), "expected a term after '+', found the end of the query");
    if (!operators_) return text_query(text_);
    if (query_.terms.empty() && query_.filter.empty()) {
      in_.fail(in_.position(),
               "expected words or a filter to search for, found the end of the query");
    }
    if (!is_composed(query_)) query_.name = query_.terms[0].name;
    return std::move(query_);
  }

 private:
  void parse_part() {
    const size_t begin = in_.position();
    const char sign = in_.next();
    if (sign == '+' || sign == '-') {
      const std::string_view rest = in_.rest();
      if (rest.size() > 1 && begins_operand(rest[1]) && !is_space_at(1)) {
        in_.skip(1);
        if (sign == '+') separate(begin);
        parse_operand(begin, sign == '-');
        return;
      }
      if (sign == '+' && (rest.size() == 1 || is_space_at(1))) {
        in_.skip(1);
        separate(begin);
        return;
      }
    }
    parse_operand(begin, false);
  }

  bool is_space_at(size_t bytes) const {
    QueryText ahead = in_;
    ahead.skip(bytes);
    return !ahead.at_end() && ahead.at_word_end();
  }

  // A '+' at `at`.
  void separate(size_t at) {
    end_words();
    operators_ = true;
    if (plus_) in_.fail(at, "expected a term, found '+'");
    if (query_.terms.empty()) in_.fail(at, "expected a term before '+'");
    plus_ = true;
  }

  // A term or a filter; `begin`: its place, with its sign.
  void parse_operand(size_t begin, bool negated) {
    if (in_.next() == '"') {
      parse_quoted(begin, negated);
    } else if (!parse_key(begin, negated)) {
      parse_word(begin, negated);
    }
  }

  void parse_quoted(size_t begin, bool negated) {
    end_words();
    operators_ = true;
    const Value value = in_.take_quoted();
    if (is_blank(value.text)) in_.fail(value.at, "expected a text in quotes, found none");
    add_term(begin, {QueryType::text, value.text}, negated, take_weight());
  }

  // After a closing quote: a weight, or the end of the word.
  double take_weight() {
    if (in_.at_word_end()) return 1;
    const size_t at = in_.position();
    const std::string_view rest = in_.take_word();
    const auto weight = rest[0] == '*' ? parse_weight(rest.substr(1)) : std::nullopt;
    if (!weight) {
      in_.fail(at, "expected a space, or a weight such as *2, after the quote, found ",
               found(rest));
    }
    return positive(at + 1, *weight);
  }

  double positive(size_t at, double weight) {
    if (weight <= 0) in_.fail(at, "expected a weight above 0; '-' before a term subtracts it");
    return weight;
  }

  // Returns false if the next word does not begin with a key.
  bool parse_key(size_t begin, bool negated) {
    const size_t at = in_.position();
    QueryText ahead = in_;
    const std::string_view word = ahead.take_word();
    const size_t size = key_size(word);
    if (size == 0) return false;
    std::string key = lower(word.substr(0, size));
    if (key.starts_with("field.")) key = "field." + std::string(word.substr(6, size - 6));
    const KeyType type = key_type(key);
    const bool empty = size + 1 == word.size();
    if (type == KeyType::unknown) {
      // "a painting: oil", "std::vector"
      if (empty || word[size + 1] == ':') return false;
      refuse_key(at, word, key);
    }
    if (empty) {
      in_.fail(at + size + 1, "expected a value right after '", key,
               ":'; to search for the word, put it in quotes: \"", word, "\"");
    }
    end_words();
    operators_ = true;
    in_.skip(size + 1);
    if (type == KeyType::term) {
      parse_named_term(begin, key, negated);
    } else {
      if (plus_) in_.fail(begin, "expected a term after '+', found the filter '", key, ":'");
      add_filter(in_, begin, key, negated, take_values(key), query_);
    }
    return true;
  }

  [[noreturn]] void refuse_key(size_t at, std::string_view word, const std::string& key) {
    const std::string likely = closest(key, known_keys());
    in_.fail(at, found(key + ":"), " is not a filter",
             likely.empty() ? "" : "; did you mean '" + likely + ":'?",
             likely.empty() ? "; to" : " To", " search for the words, put them in quotes: \"", word,
             "\"");
  }

  // like:NAME or image:FILE
  void parse_named_term(size_t begin, const std::string& key, bool negated) {
    const size_t at = in_.position();
    std::string name;
    double weight = 1;
    if (in_.next() == '"') {
      name = in_.take_quoted().text;
      weight = take_weight();
    } else {
      std::optional<double> given;
      const std::string_view word = in_.take_word();
      name = without_weight(word, given);
      if (given) weight = positive(at + name.size() + 1, *given);
    }
    if (is_blank(name)) in_.fail(at, "expected a name after '", key, ":', found an empty text");
    add_term(begin, {key == "like" ? QueryType::item : QueryType::image, std::move(name)}, negated,
             weight);
  }

  std::vector<Value> take_values(const std::string& key) {
    std::vector<Value> values;
    for (bool more = true; more;) {
      if (values.size() == kMostValues)
        in_.fail(in_.position(), "a filter has at most ", kMostValues, " values");
      if (in_.next() == '"') {
        values.push_back(in_.take_quoted());
      } else {
        const size_t at = in_.position();
        values.push_back({std::string(in_.take_word(true)), at});
        if (values.back().text.empty()) {
          in_.fail(at, "expected a value of '", key, ":', found ",
                   in_.at_end() ? found("") : "'" + std::string(1, in_.next()) + "'");
        }
      }
      more = in_.next() == ',';
      if (more) in_.skip(1);
    }
    if (const size_t at = in_.position(); !in_.at_word_end())
      in_.fail(at, "expected a space or ',' after the quote, found ", found(in_.take_word()));
    return values;
  }

  void parse_word(size_t begin, bool negated) {
    const size_t at = in_.position();
    const std::string_view word = in_.take_word();
    if (word.size() > 1 && word[0] == '*' && parse_weight(word.substr(1)))
      in_.fail(at, "expected a term; a weight follows its term without a space, such as red*2");
    std::optional<double> weight;
    const std::string_view plain = is_product(word) ? word : without_weight(word, weight);
    if (negated) {
      end_words();
      operators_ = true;
      add_term(begin, {QueryType::text, std::string(plain)}, true,
               weight ? positive(at + plain.size() + 1, *weight) : 1);
      return;
    }
    if (!words_) words_ = at;
    words_end_ = at + plain.size();
    if (!weight) return;
    operators_ = true;
    words_weight_ = positive(at + plain.size() + 1, *weight);
    end_words();
  }

  // Ends a term of plain words, if there is one.
  void end_words() {
    if (!words_) return;
    const size_t begin = *words_;
    words_.reset();
    add_term(begin, {QueryType::text, std::string(in_.between(begin, words_end_))}, false,
             std::exchange(words_weight_, 1));
  }

  void add_term(size_t begin, QueryTerm term, bool negated, double weight) {
    if (query_.terms.size() == kMostTerms)
      in_.fail(begin, "a query has at most ", kMostTerms, " terms");
    plus_ = false;
    term.weight = negated ? -weight : weight;
    query_.terms.push_back(std::move(term));
  }

  std::string text_;
  QueryText in_;
  Query query_;
  bool operators_ = false;       // there is more than plain words
  bool plus_ = false;            // a '+' waits for its term
  std::optional<size_t> words_;  // the beginning of a term of plain words
  size_t words_end_ = 0;
  double words_weight_ = 1;
};

}  // namespace
}  // namespace language

Query parse_query(std::string text) {
  return language::Parser(checked_query(std::move(text))).parse();
}

}  // namespace sightline
