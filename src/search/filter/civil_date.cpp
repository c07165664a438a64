#include "search/filter/civil_date.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace sightline::filter {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr int64_t kDay = 24 * 60 * 60;

// Year, month, day, hour, minute and second, as far as they are given.
struct Parts {
  std::array<int, 6> values = {1, 1, 1, 0, 0, 0};
  size_t count = 0;
  size_t end = 0;  // of the text that was read
};

// The number of digits at the beginning of a text, at most `most`.
size_t digits(std::string_view text, size_t most) {
  size_t count = 0;
  while (count < text.size() && count < most && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

int number(std::string_view text) {
  int value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

// Reads as many parts as there are.
Parts read_parts(std::string_view text) {
  constexpr std::array<std::string_view, 6> kBetween = {"", "-", "-", "Tt", ":", ":"};
  Parts parts;
  for (size_t at = 0; parts.count < parts.values.size(); ++parts.count) {
    if (parts.count > 0) {
      if (at >= text.size() || kBetween[parts.count].find(text[at]) == std::string_view::npos)
        break;
      ++at;
    }
    const size_t size = digits(text.substr(at), parts.count == 0 ? 4 : 2);
    if (size == 0 || (parts.count == 0 && size < 4)) break;
    parts.values[parts.count] = number(text.substr(at, size));
    at += size;
    parts.end = at;
  }
  return parts;
}

int64_t seconds_of(int64_t day, const Parts& parts) {
  return day * kDay + parts.values[3] * 3600 + parts.values[4] * 60 + parts.values[5];
}

int64_t day_of(std::chrono::year_month_day date) {
  return sys_days(date).time_since_epoch().count();
}

std::optional<Period> period_of(const Parts& parts) {
  if (parts.count == 0 || parts.values[0] < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(parts.values[0]),
                                         std::chrono::month(static_cast<unsigned>(parts.values[1])),
                                         std::chrono::day(static_cast<unsigned>(parts.values[2]))};
  if (!date.ok() || parts.values[3] > 23 || parts.values[4] > 59 || parts.values[5] > 59)
    return std::nullopt;
  const int64_t from = seconds_of(day_of(date), parts);
  switch (parts.count) {
    case 1:
      return Period{from, day_of(date + std::chrono::years(1)) * kDay};
    case 2:
      return Period{from, day_of(date + std::chrono::months(1)) * kDay};
    case 3:
      return Period{from, from + kDay};
    case 4:
      return Period{from, from + 3600};
    case 5:
      return Period{from, from + 60};
    default:
      return Period{from, from + 1};
  }
}

}  // namespace

std::optional<Period> parse_period(std::string_view text) {
  const Parts parts = read_parts(text);
  if (parts.end != text.size()) return std::nullopt;
  return period_of(parts);
}

std::string date_text(int64_t seconds) {
  int64_t day = seconds / kDay;
  if (seconds % kDay < 0) --day;
  const std::chrono::year_month_day date{sys_days(days(day))};
  const auto rest = static_cast<int>(seconds - day * kDay);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), rest / 3600,
                rest / 60 % 60, rest % 60);
  return text;
}

}  // namespace sightline::filter
