#include "search/filter/check_filter.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/text.h"
#include "base/utf8.h"
#include "search/filter/text_match.h"

namespace sightline {
namespace filter {
namespace {

template <typename... Parts>
[[noreturn]] void refuse(const Condition& condition, const Parts&... parts) {
  throw Error(ErrorCode::invalid_argument, "a condition on the ",
              filter_field_name(condition.field), ' ', parts...);
}

void check_text(const Condition& condition, const std::string& text) {
  if (is_blank(text) || !is_valid_utf8(text))
    refuse(condition, "has a text that is blank or not UTF-8");
  if (condition.field == FilterField::path && FolderPattern(text).empty())
    refuse(condition, "names no folder: '", printable(text), "'");
  if (condition.field == FilterField::caption && Phrase(text).empty())
    refuse(condition, "has no word: '", printable(text), "'");
}

bool is_place(double latitude, double longitude) {
  return latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180;
}

void check_condition(const Condition& condition) {
  const Operands operands = operands_of(condition.field);
  const bool areas = !condition.circles.empty() || !condition.boxes.empty();
  if (condition.texts.empty() && condition.ranges.empty() && !areas)
    refuse(condition, "has nothing to compare with");
  if ((!condition.texts.empty() && !operands.texts) ||
      (!condition.ranges.empty() && !operands.ranges) || (areas && !operands.areas))
    refuse(condition, "has operands of another kind of field");
  if ((condition.field == FilterField::column) == condition.column.empty())
    refuse(condition, "must name a column exactly if it is on a column");
  for (const std::string& text : condition.texts) check_text(condition, text);
  for (const ValueRange& range : condition.ranges) {
    if (std::isnan(range.from) || std::isnan(range.to)) refuse(condition, "has a range with NaN");
  }
  for (const GeoCircle& circle : condition.circles) {
    if (!is_place(circle.latitude, circle.longitude) || !(circle.radius_km >= 0))
      refuse(condition, "has a circle that is not on Earth");
  }
  for (const GeoBox& box : condition.boxes) {
    if (!is_place(box.south, box.west) || !is_place(box.north, box.east))
      refuse(condition, "has a box that is not on Earth");
  }
}

}  // namespace

Operands operands_of(FilterField field) {
  switch (field) {
    case FilterField::path:
    case FilterField::name:
    case FilterField::caption:
    case FilterField::tag:
    case FilterField::camera:
    case FilterField::lens:
      return {.texts = true};
    case FilterField::location:
      return {.areas = true};
    case FilterField::column:
      return {.texts = true, .ranges = true};
    default:
      return {.ranges = true};
  }
}

void check_filter(const Filter& filter) {
  std::ranges::for_each(filter.conditions, check_condition);
}

}  // namespace filter

std::string_view filter_field_name(FilterField field) {
  switch (field) {
    case FilterField::path:
      return "path";
    case FilterField::name:
      return "name";
    case FilterField::caption:
      return "caption";
    case FilterField::tag:
      return "tag";
    case FilterField::camera:
      return "camera";
    case FilterField::lens:
      return "lens";
    case FilterField::date:
      return "date";
    case FilterField::size:
      return "size";
    case FilterField::width:
      return "width";
    case FilterField::height:
      return "height";
    case FilterField::rating:
      return "rating";
    case FilterField::location:
      return "location";
    case FilterField::column:
      break;
  }
  return "column";
}

}  // namespace sightline
