#include <sightline/metadata.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <initializer_list>

#include "base/text.h"

namespace sightline {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes numbers from the beginning of a text.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  // Of `least` to `most` digits.
  std::optional<int> number(size_t least, size_t most) {
    size_t size = 0;
    int value = 0;
    while (size < std::min(most, rest_.size()) && is_digit(rest_[size]))
      value = 10 * value + (rest_[size++] - '0');
    if (size < least) return std::nullopt;
    rest_.remove_prefix(size);
    return value;
  }
  std::optional<int> number() { return number(1, 2); }
  bool skip_one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_[0]) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

struct Clock {
  int hour = 0, minute = 0, second = 0;
};

// Parses "hh[:mm[:ss]]" and ignores what follows. Midnight if it is not a time.
Clock parse_clock(Parser& parser) {
  Clock clock;
  const std::optional<int> hour = parser.number();
  if (!hour || *hour > 23) return {};
  clock.hour = *hour;
  if (!parser.skip_one_of(":")) return clock;
  const std::optional<int> minute = parser.number();
  if (!minute || *minute > 59) return {};
  clock.minute = *minute;
  if (parser.skip_one_of(":")) clock.second = std::min(parser.number().value_or(0), 59);
  return clock;
}

}  // namespace

std::optional<CivilTime> parse_civil_time(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view kSeparators = ":-/.";
  Parser parser(trimmed(text));
  const std::optional<int> year_number = parser.number(4, 4);
  if (!year_number || *year_number == 0) return std::nullopt;
  int month_number = 1, day_number = 1;
  Clock clock;
  for (int* const part : {&month_number, &day_number}) {
    if (parser.at_end()) break;
    if (!parser.skip_one_of(kSeparators)) return std::nullopt;
    const std::optional<int> number = parser.number();
    if (!number) return std::nullopt;
    *part = *number;
  }
  if (!parser.at_end()) {
    if (parser.skip_one_of(" Tt")) {
      clock = parse_clock(parser);
    } else if (!parser.skip_one_of("Zz+-")) {  // a time zone
      return std::nullopt;
    }
  }
  const year_month_day date(year(*year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number)));
  if (!date.ok()) return std::nullopt;
  char out[64];
  std::snprintf(out, sizeof out, "%04d-%02d-%02dT%02d:%02d:%02d", *year_number, month_number,
                day_number, clock.hour, clock.minute, clock.second);
  const auto time =
      sys_days(date) + hours(clock.hour) + minutes(clock.minute) + seconds(clock.second);
  return CivilTime{duration_cast<seconds>(time.time_since_epoch()).count(), out};
}

}  // namespace sightline
