// Fuzzes the query language: any text is a query or an Error; a query can be searched for, equals
// its JSON form, and its filter can be evaluated. The same for any JSON, and for texts in parts.
#include <sightline/error.h>
#include <sightline/query.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "search/filter/filter_matcher.h"
#include "search/text_parts.h"
#include "text/unicode/unicode.h"

namespace {

using namespace sightline;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Query& query) {
  check_query(query);
  const Query again = parse_query_json(query_json(query));
  require(again == query);
  const filter::FilterMatcher matcher(query.filter);
  VectorItem item{"2019/Summer Caf\u00E9/IMG_1234.jpg", {"A red car, in snow", ""}, {}, ""};
  matcher.matches(item);
  item.fields = {{"date", "2019-07-01T12:30:05"},
                 {"camera", "Canon EOS"},
                 {"lens", "50mm"},
                 {"latitude", "52.5"},
                 {"longitude", "13.4"},
                 {"rating", "4"},
                 {"tags", "holiday; snow"},
                 {"size", "2000000"},
                 {"width", "640"},
                 {"height", "x"},
                 {"split", "test"}};
  item.dataset = "photos";
  matcher.matches(item);
}

std::string without_space(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Utf8Sequence next = read_utf8(text, at);
    if (!unicode::is_space(next.code_point)) out += text.substr(at, next.bytes);
    at += next.bytes;
  }
  return out;
}

// No part is too long, and nothing but white space is lost.
void check_parts(const std::string& text) {
  constexpr size_t kLimit = 24;
  const auto parts = split_text(
      text, [](const std::string& part) { return part.size() <= kLimit; }, text.size() + 1);
  std::string joined;
  for (const std::string& part : parts.parts) {
    require(part.size() <= kLimit || parts.parts.size() == 1);
    joined += part;
  }
  require(parts.complete);
  require(without_space(joined) == without_space(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    check(parse_query(text));
  } catch (const Error& error) {
    require(error.code() == ErrorCode::invalid_argument);
  }
  try {
    check(parse_query_json(text));
  } catch (const Error&) {
  }
  if (is_valid_utf8(text)) check_parts(text);
  return 0;
}
