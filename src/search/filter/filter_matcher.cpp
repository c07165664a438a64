#include "search/filter/filter_matcher.h"

#include <sightline/metadata.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "base/text.h"
#include "search/filter/check_filter.h"
#include "search/filter/text_match.h"

namespace sightline::filter {
namespace {

constexpr double kEarthRadiusKm = 6371.0088;  // mean radius of the IUGG

const std::string* field_of(const VectorItem& item, const std::string& name) {
  const auto found = item.fields.find(name);
  return found == item.fields.end() ? nullptr : &found->second;
}

std::optional<double> number_of(std::string_view text) {
  const std::string_view digits = trimmed(text);
  double value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<double> number_field(const VectorItem& item, const std::string& name) {
  const std::string* text = field_of(item, name);
  return text == nullptr ? std::nullopt : number_of(*text);
}

std::optional<double> range_value(const VectorItem& item, const Condition& condition) {
  if (condition.field == FilterField::column) return number_field(item, condition.column);
  if (condition.field != FilterField::date)
    return number_field(item, std::string(filter_field_name(condition.field)));
  const std::optional<int64_t> date = item_date(item);
  if (!date) return std::nullopt;
  return static_cast<double>(*date);
}

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

}  // namespace

std::string item_path(const VectorItem& item) {
  return item.dataset.empty() ? item.id : item.dataset + "/" + item.id;
}

std::optional<int64_t> item_date(const VectorItem& item) {
  const std::string* text = field_of(item, "date");
  if (text == nullptr) return std::nullopt;
  const std::optional<CivilTime> time = parse_civil_time(*text);
  return time ? std::optional(time->seconds) : std::nullopt;
}

double distance_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b) {
  const double a = radians(latitude_a), b = radians(latitude_b);
  const double north = std::sin((b - a) / 2);
  const double east = std::sin(radians(longitude_b - longitude_a) / 2);
  const double h = north * north + std::cos(a) * std::cos(b) * east * east;
  return 2 * kEarthRadiusKm * std::asin(std::sqrt(std::min(1.0, h)));
}

bool contains(const GeoCircle& circle, double latitude, double longitude) {
  return distance_km(circle.latitude, circle.longitude, latitude, longitude) <= circle.radius_km;
}

bool contains(const GeoBox& box, double latitude, double longitude) {
  if (latitude < box.south || latitude > box.north) return false;
  if (box.west <= box.east) return longitude >= box.west && longitude <= box.east;
  return longitude >= box.west || longitude <= box.east;
}

bool contains(const ValueRange& range, double value) {
  return (range.includes_from ? value >= range.from : value > range.from) &&
         (range.includes_to ? value <= range.to : value < range.to);
}

// One condition with its texts in the form in which they are compared.
struct FilterMatcher::Prepared {
  Condition condition;
  std::vector<std::string> texts;
  std::vector<FolderPattern> folders;
  std::vector<Phrase> phrases;

  explicit Prepared(const Condition& from) : condition(from) {
    for (const std::string& text : from.texts) {
      if (from.field == FilterField::path) {
        folders.emplace_back(text);
      } else if (from.field == FilterField::caption) {
        phrases.emplace_back(text);
      } else {
        texts.push_back(folded(text));
      }
    }
  }

  template <typename Match>
  bool any_text(Match match) const {
    return std::ranges::any_of(texts, match);
  }

  bool in_folder(const VectorItem& item, const ItemPathFn& path_of) const {
    const std::string path = folded(path_of(item));
    return std::ranges::any_of(folders, [&](const auto& folder) { return folder.matches(path); });
  }

  bool has_name(const VectorItem& item) const {
    const std::string name = folded(item.id.substr(item.id.rfind('/') + 1));
    return any_text([&](const std::string& pattern) { return matches_name(pattern, name); });
  }

  bool has_caption(const VectorItem& item) const {
    return std::ranges::any_of(item.captions, [&](const std::string& caption) {
      const std::string text = folded(caption);
      const auto words = words_of(text);
      return std::ranges::any_of(phrases, [&](const auto& p) { return p.matches(words); });
    });
  }

  bool has_tag(const VectorItem& item) const {
    const std::string* tags = field_of(item, "tags");
    if (tags == nullptr) return false;
    const std::string all = folded(*tags);
    for (size_t at = 0; at <= all.size();) {
      const size_t end = std::min(all.find(';', at), all.size());
      const std::string_view tag = trimmed(std::string_view(all).substr(at, end - at));
      if (any_text([&](const std::string& p) { return matches_glob(p, tag); })) return true;
      at = end + 1;
    }
    return false;
  }

  // Cameras and lenses are found by parts of their names.
  bool field_contains(const VectorItem& item) const {
    const std::string* text = field_of(item, std::string(filter_field_name(condition.field)));
    if (text == nullptr) return false;
    const std::string name = folded(*text);
    return any_text([&](const std::string& p) { return matches_glob("*" + p + "*", name); });
  }

  bool column_matches(const VectorItem& item) const {
    const std::string* text = field_of(item, condition.column);
    if (text == nullptr) return false;
    const std::string value = folded(*text);
    return any_text([&](const std::string& p) { return matches_glob(p, value); });
  }

  bool in_range(const VectorItem& item) const {
    if (condition.ranges.empty()) return false;
    const std::optional<double> value = range_value(item, condition);
    return value && std::ranges::any_of(condition.ranges, [&](const ValueRange& range) {
             return contains(range, *value);
           });
  }

  bool in_area(const VectorItem& item) const {
    const auto latitude = number_field(item, "latitude");
    const auto longitude = number_field(item, "longitude");
    if (!latitude || !longitude) return false;
    const auto holds = [&](const auto& area) { return contains(area, *latitude, *longitude); };
    return std::ranges::any_of(condition.circles, holds) ||
           std::ranges::any_of(condition.boxes, holds);
  }

  bool holds(const VectorItem& item, const ItemPathFn& path_of) const {
    switch (condition.field) {
      case FilterField::path:
        return in_folder(item, path_of);
      case FilterField::name:
        return has_name(item);
      case FilterField::caption:
        return has_caption(item);
      case FilterField::tag:
        return has_tag(item);
      case FilterField::camera:
      case FilterField::lens:
        return field_contains(item);
      case FilterField::location:
        return in_area(item);
      case FilterField::column:
        return column_matches(item) || in_range(item);
      default:
        return in_range(item);
    }
  }
};

FilterMatcher::FilterMatcher(const Filter& filter, ItemPathFn path) : path_(std::move(path)) {
  check_filter(filter);
  for (const Condition& condition : filter.conditions) conditions_.emplace_back(condition);
}

FilterMatcher::~FilterMatcher() = default;

bool FilterMatcher::matches(const VectorItem& item) const {
  return std::ranges::all_of(conditions_, [&](const Prepared& prepared) {
    return prepared.holds(item, path_) != prepared.condition.negated;
  });
}

}  // namespace sightline::filter
