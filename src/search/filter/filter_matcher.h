// Whether items meet a filter, by their ids, captions and fields.
#pragma once

#include <sightline/query.h>
#include <sightline/vectors.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sightline::filter {

// Returns the path of an item: its id, after the name of its data set in a collection of several.
std::string item_path(const VectorItem& item);
// Returns the path of an item as filters and names are to see it.
using ItemPathFn = std::function<std::string(const VectorItem&)>;

// Returns the item's field "date" in seconds; empty if it has none, or no date.
std::optional<int64_t> item_date(const VectorItem& item);

// Great-circle distance on a sphere of radius 6371.0088 km.
double distance_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b);
bool contains(const GeoCircle& circle, double latitude, double longitude);
bool contains(const GeoBox& box, double latitude, double longitude);
bool contains(const ValueRange& range, double value);

// Prepared conditions. Thread-safe.
class FilterMatcher {
 public:
  // Throws invalid_argument as check_query.
  explicit FilterMatcher(const Filter& filter, ItemPathFn path = item_path);
  ~FilterMatcher();

  bool matches(const VectorItem& item) const;

 private:
  struct Prepared;
  std::vector<Prepared> conditions_;
  ItemPathFn path_;
};

}  // namespace sightline::filter
