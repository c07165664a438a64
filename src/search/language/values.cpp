#include "search/language/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "search/filter/civil_date.h"
#include "search/language/query_to_json.h"

namespace sightline::language {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The numbers that an operand stands for, from `from` to before or up to `to`: the seconds of a
// year, or one number.
struct Operand {
  double from = 0, to = 0;
  bool includes_to = true;
};

std::optional<double> unit_factor(FilterField field, std::string_view unit) {
  if (unit.empty()) return 1;
  if (field != FilterField::size) return std::nullopt;
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"b", 1},      {"kb", 1e3},      {"mb", 1e6},         {"gb", 1e9},
      {"tb", 1e12},  {"k", 1e3},       {"m", 1e6},          {"g", 1e9},
      {"kib", 1024}, {"mib", 1 << 20}, {"gib", 1ull << 30}, {"tib", 1ull << 40}};
  const std::string name = lower(unit);
  for (const auto& [known, factor] : kUnits) {
    if (name == known) return factor;
  }
  return std::nullopt;
}

std::optional<Operand> parse_operand(std::string_view text, FilterField field) {
  if (field == FilterField::date) {
    const auto period = filter::parse_period(text);
    if (!period) return std::nullopt;
    return Operand{static_cast<double>(period->from), static_cast<double>(period->to), false};
  }
  const std::optional<double> number = take_number(text);
  const std::optional<double> factor = unit_factor(field, text);
  if (!number || !factor || !std::isfinite(*number * *factor)) return std::nullopt;
  return Operand{*number * *factor, *number * *factor, true};
}

std::string_view example(FilterField field) {
  switch (field) {
    case FilterField::date:
      return "a date, such as 2021, 2021-06 or 2021-06-30, or a range of dates, such as "
             "2019..2020-05";
    case FilterField::size:
      return "a size, such as >2mb, <=500kb or 1mb..5mb";
    case FilterField::rating:
      return "a rating, such as 5, >=4 or 1..3";
    default:
      return "a number, such as >=1000, 640 or 500..800";
  }
}

Operand operand_at(const QueryText& query, const Value& value, size_t begin, std::string_view text,
                   FilterField field) {
  const std::optional<Operand> operand = parse_operand(text, field);
  if (!operand) query.fail(value.at + begin, "expected ", example(field), ", found ", found(text));
  return *operand;
}

ValueRange below(const Operand& operand) {
  return {.to = operand.from, .includes_to = false};
}

ValueRange above(const Operand& operand) {
  return {.from = operand.to, .includes_from = !operand.includes_to};
}

double number_at(const QueryText& query, const Value& value, const char* expected) {
  std::string_view text = value.text;
  const std::optional<double> number = take_number(text);
  if (!number || !text.empty())
    query.fail(value.at, "expected ", expected, ", found ", found(value.text));
  return *number;
}

double latitude_at(const QueryText& query, const Value& value) {
  const double degrees = number_at(query, value, "a latitude in degrees, such as 52.5");
  if (std::abs(degrees) <= 90) return degrees;
  query.fail(value.at, "expected a latitude from -90 to 90, found ", found(value.text));
}

double longitude_at(const QueryText& query, const Value& value) {
  const double degrees = number_at(query, value, "a longitude in degrees, such as 13.4");
  if (std::abs(degrees) <= 180) return degrees;
  query.fail(value.at, "expected a longitude from -180 to 180, found ", found(value.text));
}

}  // namespace

std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const char* begin = text.data();
  const auto [end, problem] =
      std::from_chars(begin, begin + text.size(), value, std::chars_format::fixed);
  if (problem != std::errc() || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - begin));
  return value;
}

std::optional<double> parse_weight(std::string_view text) {
  if (text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  const std::optional<double> weight = take_number(text);
  return text.empty() ? weight : std::nullopt;
}

ValueRange parse_range(const QueryText& query, const Value& value, FilterField field) {
  const std::string_view text = value.text;
  for (const std::string_view sign : {">=", "<=", ">", "<", "="}) {
    if (!text.starts_with(sign)) continue;
    const Operand operand = operand_at(query, value, sign.size(), text.substr(sign.size()), field);
    if (sign == ">") return above(operand);
    if (sign == "<") return below(operand);
    if (sign == ">=") return {.from = operand.from};
    if (sign == "<=") return {.to = operand.to, .includes_to = operand.includes_to};
    return {.from = operand.from, .to = operand.to, .includes_to = operand.includes_to};
  }
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    const Operand operand = operand_at(query, value, 0, text, field);
    return {.from = operand.from, .to = operand.to, .includes_to = operand.includes_to};
  }
  const std::string_view first = text.substr(0, dots), last = text.substr(dots + 2);
  ValueRange range;
  if (!first.empty()) range.from = operand_at(query, value, 0, first, field).from;
  if (!last.empty() || first.empty()) {
    const Operand end = operand_at(query, value, dots + 2, last, field);
    range.to = end.to;
    range.includes_to = end.includes_to;
    if (range.from > end.from)
      query.fail(value.at, "the range ", found(text), " ends before it begins");
  }
  return range;
}

ValueRange parse_before(const QueryText& query, const Value& value) {
  return below(operand_at(query, value, 0, value.text, FilterField::date));
}

ValueRange parse_after(const QueryText& query, const Value& value) {
  return above(operand_at(query, value, 0, value.text, FilterField::date));
}

GeoCircle parse_circle(const QueryText& query, const std::vector<Value>& values) {
  if (values.size() != 3) {
    query.fail(values[0].at, "expected latitude, longitude and distance, such as ",
               "near:52.5,13.4,10km, found ", values.size(), " values");
  }
  GeoCircle circle{latitude_at(query, values[0]), longitude_at(query, values[1]), 0};
  std::string_view rest = values[2].text;
  const std::optional<double> distance = take_number(rest);
  const std::string unit = lower(rest);
  const double factor = unit == "m" ? 1e-3 : unit == "mi" ? 1.609344 : 1;
  const bool known = unit.empty() || unit == "m" || unit == "km" || unit == "mi";
  if (!distance || *distance < 0 || !known || !std::isfinite(*distance * factor)) {
    query.fail(values[2].at, "expected a distance, such as 10km, 500m or 3mi, found ",
               found(values[2].text));
  }
  circle.radius_km = *distance * factor;
  return circle;
}

GeoBox parse_box(const QueryText& query, const std::vector<Value>& values) {
  if (values.size() != 4) {
    query.fail(values[0].at, "expected latitude and longitude of two corners, such as ",
               "box:52,13,53,14, found ", values.size(), " values");
  }
  const double a = latitude_at(query, values[0]), west = longitude_at(query, values[1]);
  const double b = latitude_at(query, values[2]), east = longitude_at(query, values[3]);
  return {std::min(a, b), west, std::max(a, b), east};
}

double parse_threshold(const QueryText& query, const Value& value) {
  const std::string_view text = value.text;
  const bool inclusive = text.starts_with(">=");
  if (!text.starts_with('>')) {
    query.fail(value.at, "expected a least similarity, such as >0.25, found ", found(text));
  }
  const size_t sign = inclusive ? 2 : 1;
  const double least =
      number_at(query, {std::string(text.substr(sign)), value.at + sign}, "a number, such as 0.25");
  if (std::abs(least) > 1) {
    query.fail(value.at + sign, "expected a cosine similarity from -1 to 1, found ",
               found(text.substr(sign)));
  }
  return inclusive ? least : std::nextafter(least, kInfinity);
}

QueryOrder parse_order(const QueryText& query, const Value& value) {
  const std::string text = lower(value.text);
  if (const auto order = order_of_name(text)) return *order;
  const std::string name = text.substr(text.starts_with('-') ? 1 : 0);
  query.fail(value.at, "expected date, -date, path, -path or similarity, found ", found(value.text),
             did_you_mean(name, {"date", "path", "similarity"}));
}

}  // namespace sightline::language
