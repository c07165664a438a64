// Queries: weighted sums of texts, images, vectors and items, with filters
// (docs/query_language.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// item: the vector of an item of the collection that is searched.
enum class QueryType { text, image, vector, item };
// Returns "text", "image", "vector" or "item".
std::string_view query_type_name(QueryType type);

struct QueryTerm {
  QueryType type = QueryType::text;
  // The text; of an item, its id or the end of its id after a '/'; of an image or a vector, its
  // name in results and messages.
  std::string name;
  std::vector<uint8_t> bytes = {};  // images only: the encoded file
  std::vector<float> vector = {};   // vectors only: (D), any norm, usually 1
  double weight = 1;                // finite and not 0; negative: hits are unlike the term
  // Items only: Collection::keys() of its row, by which it is found instead of by its name.
  std::optional<int64_t> key = {};

  bool operator==(const QueryTerm&) const = default;
};

// The value that a condition compares. An item without the value does not meet the condition.
enum class FilterField {
  path,      // texts: folders, such as "2019/summer"
  name,      // texts: patterns of the file name
  caption,   // texts: words or phrases
  tag,       // texts: patterns of a tag
  camera,    // texts: parts of the name
  lens,      // likewise
  date,      // ranges: seconds since 1970-01-01 of civil time, without time zone
  size,      // ranges: bytes of the file
  width,     // ranges: pixels
  height,    // likewise
  rating,    // ranges: -1 (rejected) to 5
  location,  // circles and boxes
  column     // texts: patterns of the value; or ranges: the value is a number
};
// Returns "path", "name", …
std::string_view filter_field_name(FilterField field);

// The numbers from `from` to `to`.
struct ValueRange {
  double from = -std::numeric_limits<double>::infinity();
  double to = std::numeric_limits<double>::infinity();
  bool includes_from = true, includes_to = true;

  bool operator==(const ValueRange&) const = default;
};

// The points at most radius_km from the centre, on a sphere. Degrees, north and east positive.
struct GeoCircle {
  double latitude = 0, longitude = 0, radius_km = 0;
  bool operator==(const GeoCircle&) const = default;
};

// The points between two parallels, from a meridian eastward to another: a box with west > east
// contains the antimeridian. Degrees.
struct GeoBox {
  double south = 0, west = 0, north = 0, east = 0;
  bool operator==(const GeoBox&) const = default;
};

// Holds for an item if one of the operands matches, or, if negated, if none does. Case and accents
// do not matter; in patterns, '*' stands for any characters and '?' for one.
struct Condition {
  FilterField field = FilterField::path;
  std::string column = {};  // FilterField::column only: a key of VectorItem::fields
  bool negated = false;
  std::vector<std::string> texts = {};
  std::vector<ValueRange> ranges = {};
  std::vector<GeoCircle> circles = {};
  std::vector<GeoBox> boxes = {};

  bool operator==(const Condition&) const = default;
};

// All conditions must hold.
struct Filter {
  std::vector<Condition> conditions = {};

  bool empty() const { return conditions.empty(); }
  bool operator==(const Filter&) const = default;
};

// automatic: by similarity, or by date if the query has no terms. Items without a date come last;
// ties are in row order.
enum class SortKey { automatic, similarity, date, path };
struct QueryOrder {
  SortKey key = SortKey::automatic;
  bool descending = false;  // of date and path

  bool operator==(const QueryOrder&) const = default;
};

// Finds the items that meet the filter and are most similar to the weighted sum of the terms'
// vectors of unit length. A query without terms lists the items that meet the filter.
struct Query {
  std::string name;  // in results and messages
  std::vector<QueryTerm> terms = {};
  Filter filter = {};
  std::optional<double> min_similarity = {};  // hits are at least that similar; not NaN
  QueryOrder order = {};

  bool operator==(const Query&) const = default;
};

// Whether a query is more than one term of weight 1.
bool is_composed(const Query& query);

// Queries of one term of weight 1.
Query text_query(std::string text);  // throws invalid_argument if it is blank or not UTF-8
// Reads the file. Throws not_found, io, limit_exceeded.
Query image_query(const std::filesystem::path& file);
Query image_query(std::string name, std::vector<uint8_t> bytes);
Query vector_query(std::string name, std::vector<float> vector);
Query item_query(std::string name);  // throws invalid_argument if it is blank or not UTF-8
Query item_query(int64_t key);       // QueryTerm::key

// Parses a query as people type it, such as `beach -people before:2021-06`
// (docs/query_language.md). A text without operators is text_query(text). The images of
// `image:FILE` are not read: their terms have names only. Throws invalid_argument; the message has
// the column, counted in characters from 1, and what was expected there.
Query parse_query(std::string text);

// Returns a query in JSON, without bytes of images; parse_query_json returns it again.
// parse_query_json throws invalid_data (not JSON), invalid_argument (not a query, or what
// check_query throws).
std::string query_json(const Query& query);
Query parse_query_json(std::string_view json);

// Reads the files of image terms without bytes, whose names are paths. Throws what image_query
// throws.
void read_query_images(Query& query);

// Throws invalid_argument if a query cannot be searched for: neither terms nor a filter, a blank
// term, a weight that is 0 or not finite, a condition without an operand of its field's kind, NaN
// in a range.
void check_query(const Query& query);

}  // namespace sightline
