// Values of filters: numbers, file sizes, dates and places.
#pragma once

#include <sightline/query.h>

#include <optional>
#include <string_view>
#include <vector>

#include "search/language/query_text.h"

namespace sightline::language {

// Returns the number at the beginning of a text, in decimal notation, and removes it from the text.
// Empty if there is none.
std::optional<double> take_number(std::string_view& text);

// A weight: digits with an optional decimal point. Empty if the text is something else.
std::optional<double> parse_weight(std::string_view text);

// Parse ">=1000", "=5", "5", "1..5", "1.." or "..5" with the numbers, sizes ("2mb") or dates of the
// field. They fail at the value's place.
ValueRange parse_range(const QueryText& query, const Value& value, FilterField field);
// A range before or after a date: both leave out the period that it names.
ValueRange parse_before(const QueryText& query, const Value& value);
ValueRange parse_after(const QueryText& query, const Value& value);

// Parse "lat,lon,10km" and "lat1,lon1,lat2,lon2", given as values.
GeoCircle parse_circle(const QueryText& query, const std::vector<Value>& values);
GeoBox parse_box(const QueryText& query, const std::vector<Value>& values);

// Parses ">0.25" or ">=0.25".
double parse_threshold(const QueryText& query, const Value& value);

// Parses "date", "-date", "path", "-path" or "similarity".
QueryOrder parse_order(const QueryText& query, const Value& value);

}  // namespace sightline::language
