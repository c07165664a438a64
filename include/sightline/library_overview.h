// Overview of a library: values of its images with their counts, dates, places, and suggestions
// for queries.
//
// All functions take a collection of Library::collection() and throw invalid_argument for other
// ones. They are thread-safe and exact. Counts are of images: an image counts once per value even
// if several of its files have it, and only the files that meet the filter are looked at.
// They throw what Collection::rows_matching throws.
#pragma once

#include <sightline/query.h>
#include <sightline/search.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

struct FacetValue {
  std::string value;
  int64_t count = 0;  // images
  bool operator==(const FacetValue&) const = default;
};

// Values that differ only in case and accents are one value, as in filters. Texts may contain
// bytes that are not UTF-8, except folders.
struct LibraryFacets {
  int64_t matching = 0;  // images that meet the filter
  // Most frequent first, then by value.
  std::vector<FacetValue> cameras, lenses, tags, datasets, ratings;
  // As in:FOLDER finds them: the name of a root or data set, then the first folders below it that
  // are not common to all of its images, such as "Pictures/2019".
  std::vector<FacetValue> folders;
  std::string first_date, last_date;  // "2019-07-01T12:30:05"; empty: no image has a date
};

// Returns the `most` first values of each facet.
LibraryFacets library_facets(const Collection& library, const Filter& filter, int most = 50);

struct TimelineMonth {
  std::string month;  // "2019-07"
  int64_t count = 0;
  bool operator==(const TimelineMonth&) const = default;
};

struct LibraryTimeline {
  std::vector<TimelineMonth> months;  // in their order; those without images are left out
  int64_t undated = 0;                // images without a date
};

// An image whose files have several dates counts in the month of each.
LibraryTimeline library_timeline(const Collection& library, const Filter& filter);

struct PlaceCell {
  double latitude = 0, longitude = 0;  // degrees: mean of the images in it
  int64_t count = 0;                   // images
  int64_t key = 0;                     // the newest of them: the number of the image in the library
};

struct LibraryPlaces {
  std::vector<PlaceCell> cells;  // most images first; at most `most`
  int64_t without = 0;           // images without a place
};

// Counts the images in cells of cell_degrees in each direction. The place of an image is that of
// its first file with one. Throws invalid_argument unless cell_degrees is from 0.01 to 90.
LibraryPlaces library_places(const Collection& library, const Filter& filter,
                             double cell_degrees = 1, int most = 1000);

struct Suggestion {
  std::string insert;  // text of the query language that replaces the query from byte `at` on
  std::string label;   // for display
  std::string kind;    // "key", "camera", "lens", "tag", "folder", "name", "rating" or "field"
  int64_t count = 0;   // images; 0: of a key
  size_t at = 0;
};

// Returns completions of the last word of a query (docs/query_language.md): filter keys; values
// after a key (camera:, lens:, tag:, in:, name:, rating:, field.NAME:), the last of several after a
// comma; and for other words, tags, cameras, lenses and folders of which a word begins with it. A
// '-' before the word stays. Most frequent first. Keeps the values of the collection, which takes
// the first call as long as library_facets.
std::vector<Suggestion> library_suggestions(const Collection& library, std::string_view query,
                                            int most = 10);

}  // namespace sightline
