#include "search/language/query_text.h"

#include "base/utf8.h"
#include "text/unicode/unicode.h"

namespace sightline::language {

bool QueryText::at_word_end() const {
  return at_end() || unicode::is_space(read_utf8(text_, at_).code_point);
}

void QueryText::skip_space() {
  while (!at_end() && at_word_end()) at_ += read_utf8(text_, at_).bytes;
}

std::string_view QueryText::take_word(bool comma_ends) {
  const size_t begin = at_;
  while (!at_word_end() && !(comma_ends && next() == ',')) at_ += read_utf8(text_, at_).bytes;
  return between(begin, at_);
}

Value QueryText::take_quoted() {
  Value value{"", at_, true};
  for (++at_; !at_end(); ++at_) {
    if (next() == '"') {
      ++at_;
      return value;
    }
    const bool escape = next() == '\\' && at_ + 1 < text_.size() &&
                        (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
    if (escape) ++at_;
    value.text += next();
  }
  fail(value.at, "the quote that begins here does not end; expected another '\"'");
}

size_t QueryText::column(size_t at) const {
  size_t column = 1;
  for (size_t i = 0; i < at && i < text_.size(); i += read_utf8(text_, i).bytes) ++column;
  return column;
}

std::string found(std::string_view text) {
  constexpr size_t kShown = 60;  // bytes
  if (text.empty()) return "the end of the query";
  if (text.size() <= kShown) return "'" + std::string(text) + "'";
  const std::string_view begin = text.substr(0, kShown);
  return "'" + std::string(begin.substr(0, valid_utf8_size(begin))) + "...'";
}

}  // namespace sightline::language
