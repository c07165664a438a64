// Dates of filters and items, in civil time without time zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sightline::filter {

// Seconds since 1970-01-01T00:00:00, from `from` to before `to`.
struct Period {
  int64_t from = 0, to = 0;
  bool operator==(const Period&) const = default;
};

// Parses "2019", "2019-07", "2019-07-01", "2019-07-01T12", "…T12:30" and "…T12:30:05": the year,
// month, day, hour, minute or second. Years have four digits, 0001 to 9999; other numbers one or
// two. Empty if the text is not a date.
std::optional<Period> parse_period(std::string_view text);

// Parses the date of an item: as above, also with ' ' for 'T', with ':', '/' or '.' between year,
// month and day, and followed by fractions of a second or a time zone, which are ignored. Returns
// the beginning of the period.
std::optional<int64_t> parse_item_date(std::string_view text);

// Returns "2019-07-01T12:30:05".
std::string date_text(int64_t seconds);

}  // namespace sightline::filter
