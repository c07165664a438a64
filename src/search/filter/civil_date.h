// Dates of filters, in civil time without time zone. parse_civil_time (metadata.h) parses those of
// items.
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
// two. Empty for other texts.
std::optional<Period> parse_period(std::string_view text);

// Returns "2019-07-01T12:30:05".
std::string date_text(int64_t seconds);

}  // namespace sightline::filter
