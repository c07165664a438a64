// Tables as CSV.
#pragma once

#include <sightline/statistics.h>

#include <optional>
#include <string>
#include <vector>

#include "report/tables/table.h"

namespace sightline {

// Returns the table as CSV (RFC 4180): UTF-8, a header line, lines that end in CR LF, fields in
// quotes where they need them.
std::string csv_text(const Table& table);

// The shortest decimal text that reads back as the same double; "0" for both zeros, empty for NaN
// and infinity.
std::string full_precision(double value);

// {low, high} in full precision; empty without an interval.
std::vector<std::string> bound_fields(const std::optional<Interval>& interval);

// {value, low, high}.
std::vector<std::string> interval_fields(double value, const std::optional<Interval>& interval);

}  // namespace sightline
