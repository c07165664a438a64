// Search: finds the items of a collection whose vectors are nearest to a query's.
//
//   const auto photos = sightline::open_vector_collection("photos.npy");
//   const sightline::Query query = sightline::text_query("a red heart");
//   const auto result = sightline::search_collection(*photos, model, {&query, 1});
#pragma once

#include <sightline/configuration.h>
#include <sightline/encode.h>
#include <sightline/index.h>
#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/progress.h>
#include <sightline/query.h>
#include <sightline/significance.h>
#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

enum class CollectionType { vectors, dataset, library };
// Returns "vectors", "dataset" or "library".
std::string_view collection_type_name(CollectionType type);

// Summary of encoding a data set when it was opened as a collection.
struct CollectionEncoding {
  EncodeCounts counts;
  std::string precision_choice;     // PrecisionChoice::text(); empty if the precision was given
  std::vector<SkippedRow> skipped;  // images without a vector
  int64_t repeated = 0;             // rows that repeat an image and add captions to it
};

// One of the data sets of a collection of several.
struct CollectionPart {
  std::string name;  // of its folder, made unique: "emoji", "emoji-2"; see VectorItem::dataset
  std::filesystem::path path;
  int64_t rows = 0;  // number of its vectors
};

// A set of the rows of a collection.
class RowMask {
 public:
  explicit RowMask(int64_t rows) : rows_(rows), words_((static_cast<size_t>(rows) + 63) / 64) {}

  int64_t rows() const { return rows_; }
  bool has(int64_t row) const { return (words_[word(row)] & bit(row)) != 0; }
  void add(int64_t row) { words_[word(row)] |= bit(row); }
  void remove(int64_t row) { words_[word(row)] &= ~bit(row); }
  int64_t count() const;  // rows in the set
  // Bit i % 64 of word i / 64 is row i, as in SearchOptions::allowed.
  std::span<const uint64_t> words() const { return words_; }
  std::span<uint64_t> words() { return words_; }

 private:
  static size_t word(int64_t row) { return static_cast<size_t>(row) / 64; }
  static uint64_t bit(int64_t row) { return uint64_t{1} << (row % 64); }

  int64_t rows_;
  std::vector<uint64_t> words_;
};

// Vectors of unit length with their items and provenance. Thread-safe.
class Collection {
 public:
  virtual ~Collection() = default;

  virtual CollectionType type() const = 0;
  // For messages only if there are several data sets: their paths, separated by ", ".
  virtual const std::filesystem::path& path() const = 0;
  // The data sets of a collection of several, in row order; otherwise empty.
  virtual const std::vector<CollectionPart>& parts() const = 0;
  virtual const VectorIndex& vectors() const = 0;
  // Empty if unknown.
  virtual const std::optional<VectorProvenance>& provenance() const = 0;
  // Empty for a vector set, whose vectors were read, not encoded.
  virtual const std::optional<CollectionEncoding>& encoding() const = 0;

  // Returns the items of these rows of vectors(), in order. Throws invalid_argument (no such row),
  // invalid_data, not_found.
  virtual std::vector<VectorItem> items(std::span<const int64_t> rows) const = 0;

  // The same for rows whose items meet the filter: where several items have one image, those that
  // do come first, and the others are not named. By default items(rows).
  virtual std::vector<VectorItem> items_meeting(std::span<const int64_t> rows,
                                                const Filter& filter) const;

  // The next three have implementations that read the items of all rows.

  // Returns the rows whose items meet the filter, none of which is dead. Throws what check_query
  // and items() throw.
  virtual RowMask rows_matching(const Filter& filter) const;
  // Returns the row of the item whose id is `name` or ends with "/" + name; in a collection of
  // several data sets, their names begin the ids. Throws invalid_argument if that is the end of
  // several ids and of none the whole.
  virtual std::optional<int64_t> find_item(const std::string& name) const;
  // Returns `rows`, which are in ascending order and meet the filter, in the order of date or path:
  // where several items have one image, of the first that meets the filter. Items without a date
  // come last, ties are in row order.
  virtual std::vector<int64_t> sorted_rows(std::vector<int64_t> rows, QueryOrder order,
                                           const Filter& filter = {}) const;

  // Returns the perceptual hash (image_properties.h) of the image of each row, in order; nothing
  // where it is unknown. Implemented by libraries; otherwise, all are unknown. Throws what items()
  // throws.
  virtual std::vector<std::optional<uint64_t>> perceptual_hashes(
      std::span<const int64_t> rows) const;

  // Keys: numbers by which other data refer to rows. Those of a library are the numbers of its
  // distinct images, which stay the same when it changes and are never used for another image; by
  // default, the key of a row is its number.
  //   keys        the key of each row, in order; throws invalid_argument (no such row)
  //   row_of_key  the row with this key; empty if there is none (any more)
  virtual std::vector<int64_t> keys(std::span<const int64_t> rows) const;
  virtual std::optional<int64_t> row_of_key(int64_t key) const;

  // Returns the path of the file that has the item's image, as far as that exists; otherwise the id
  // as a path.
  virtual std::filesystem::path file_of(const VectorItem& item) const;

  // Reads the images of items again. Returns their encoded bytes; empty for an image that no longer
  // exists. Throws invalid_argument for a collection of texts or without ids.
  virtual std::vector<std::vector<uint8_t>> read_images(
      std::span<const VectorItem> items) const = 0;

  // Problems to show to users, one sentence each.
  virtual std::vector<std::string> warnings() const = 0;
};

// Opens a vector set as a collection. Vectors without provenance are scaled to unit length if they
// are not, with a warning. Throws what VectorSet::open throws; invalid_argument if the provenance
// says that the vectors do not have unit length.
std::unique_ptr<Collection> open_vector_collection(const std::filesystem::path& path);

// Encodes the images of a data set with `model`, using the embedding cache, and returns them as a
// collection in memory. `rows` must be a reader of `input`; load_model may have peeked into it.
// Throws what encode_rows throws; invalid_data for a vector with NaN or infinity, naming its row.
std::unique_ptr<Collection> open_dataset_collection(RowReader& rows, const DatasetInput& input,
                                                    const Model& model,
                                                    const EncodeOptions& options = {},
                                                    const std::string& precision_choice = "");
std::unique_ptr<Collection> open_dataset_collection(const DatasetInput& input, const Model& model,
                                                    const EncodeOptions& options = {});
// The same for several data sets: one collection of the rows of all, data set by data set. Images
// that repeat across data sets are separate items. Throws also what dataset_collection throws.
std::unique_ptr<Collection> open_dataset_collection(std::span<const DatasetInput> inputs,
                                                    const Model& model,
                                                    const EncodeOptions& options = {});

// The encoded images of a data set, in memory.
struct EncodedDataset {
  DatasetInput input;
  Matrix vectors;                 // (N, D), unit length
  std::vector<VectorItem> items;  // N
  VectorProvenance provenance;
  CollectionEncoding encoding;
  std::vector<std::string> warnings;
};
// Returns `dataset` as a collection. Throws invalid_argument if sizes disagree; invalid_data for a
// vector with NaN or infinity, naming its row.
std::unique_ptr<Collection> dataset_collection(EncodedDataset dataset);
// The same for several data sets. Throws also invalid_argument without a data set, for a path that
// is given twice, and if the vectors were not all computed in the same way by the same model.
std::unique_ptr<Collection> dataset_collection(std::vector<EncodedDataset> datasets);

// Encodes the images of a data set as open_dataset_collection does.
EncodedDataset encode_dataset(RowReader& rows, const DatasetInput& input, const Model& model,
                              const EncodeOptions& options = {},
                              const std::string& precision_choice = "");

// Replaces the vectors of a data set by their fusion with the texts of a column, which `model`
// encodes; see FusionOptions. Throws invalid_argument if no item has such a text, and what
// encode_text_rows throws.
void fuse_texts(EncodedDataset& dataset, const Model& model, const FusionOptions& options,
                const EncodeOptions& encode = {});

// Read query vectors, scaled to unit length, so that similarities are cosines.
//   read_vector_queries   FILE, or FILE#ROW for one of several vectors, with what
//                         parse_vector_queries accepts
//   parse_vector_queries  the bytes of a .npy array, (N, D) or (D), as VectorIndex::open reads it;
//                         or a text: a list of numbers in JSON, a list of such lists, or one vector
//                         per line, as a list or as numbers separated by white space or commas
// A vector is named after its source, and by FILE#ROW if there are several. Append a warning if it
// is unknown whether the model of `collection` made the vectors. Throw not_found, io, unsupported,
// invalid_data; invalid_argument (no such row, a zero vector, NaN or infinity, another model).
std::vector<Query> read_vector_queries(const std::string& source, const Collection& collection,
                                       std::vector<std::string>& warnings);
std::vector<Query> parse_vector_queries(std::string_view bytes, const std::string& name,
                                        const Collection& collection,
                                        std::vector<std::string>& warnings);

// Returns `options` adapted for loading a model that encodes queries for `collection`: an empty
// precision becomes that of the vectors (fp32 if it is unknown or the backend has no other), query
// images are oriented and decoded like the images of the collection, and weights are packed lazily.
ModelOptions query_model_options(const Collection& collection, ModelOptions options = {});

// An image that is folded under a hit.
struct SearchDuplicate {
  double similarity = 0;  // to the query, as SearchHit::similarity
  int64_t row = 0;
  VectorItem item;
};

struct SearchHit {
  int64_t rank = 1;
  // Inner product, summed in double; a cosine if the query has unit length. 0 if it has no terms.
  double similarity = 0;
  int64_t row = 0;  // of Collection::vectors()
  VectorItem item;
  // With CollectionSearchOptions::group: further hits that are near-duplicates of this one, best
  // first.
  std::vector<SearchDuplicate> duplicates = {};
};

struct QueryHits {
  QueryType type = QueryType::text;  // of a query of one term of weight 1
  std::string name;                  // Query::name
  std::vector<SearchHit> hits;       // in the query's order: usually best first, ties in row order
  // The query if it is composed (is_composed), without bytes and vectors of its terms.
  std::optional<Query> query = {};
  int64_t matching = 0;  // number of rows that meet its filter
  // Per term: number of parts in which its text was read. More than 1 if it is longer than the
  // model's context.
  std::vector<int64_t> parts = {};
  // With CollectionSearchOptions::null_model, for a query whose terms are texts; one
  // HitSignificance for each of `hits`.
  std::optional<Significance> significance = {};
};

struct SearchResult {
  std::string model, fingerprint;  // of the model that encoded the queries; empty without a model
  CollectionType type = CollectionType::vectors;
  std::filesystem::path collection;   // Collection::path()
  std::vector<CollectionPart> parts;  // Collection::parts()
  int64_t rows = 0;                   // number of vectors in the collection
  std::optional<VectorProvenance> provenance;
  std::optional<CollectionEncoding> encoding;
  std::vector<std::string> templates;  // CollectionSearchOptions::templates
  std::optional<int64_t> correction;   // version of CollectionSearchOptions::correction
  SearchStatistics statistics;         // summed over all scans
  double encode_seconds = 0;           // wall time until the queries had vectors
  std::vector<QueryHits> queries;      // in input order
  std::vector<std::string> warnings;   // one sentence each, including the collection's
};

// Thresholds of near-duplicates: copies of one image in another size, compression or brightness, or
// slightly cropped. docs/query_language.md has the measurements behind the defaults.
struct NearDuplicateOptions {
  // Images with a perceptual hash: at most that many of its 64 bits differ, and the cosine of the
  // vectors is at least that.
  int hash_distance = 8;
  double cosine = 0.95;
  // If an image has no perceptual hash, or 0: the cosine alone.
  double cosine_without_hash = 0.995;
};

// A learned change of the vectors of texts (feedback.h). Thread-safe.
class TextCorrection {
 public:
  virtual ~TextCorrection() = default;

  virtual int64_t version() const = 0;
  // Of the model for which it was learned.
  virtual const std::string& fingerprint() const = 0;
  // Corrects the vector of a text, (D) of unit length, in place; it keeps unit length.
  virtual void apply(std::span<float> text) const = 0;
};

struct CollectionSearchOptions {
  int k = 10;  // hits per query
  ScanType scan = ScanType::best;
  int64_t offset = 0;  // hits of each query to leave out; rank offset + 1 is the first
  // Of all queries that have terms, in addition to Query::min_similarity.
  double min_similarity = -std::numeric_limits<double>::infinity();
  // Each text is encoded in each template, such as "a photo of a {}". Empty: the text alone.
  std::vector<std::string> templates = {};
  // Searches first for the expansion.hits best items of each query that has terms, then for the
  // query that they change. Filters and thresholds hold for both. Cannot be combined with
  // null_model, whose probabilities do not hold for such queries.
  ExpansionOptions expansion = {};
  // Judges which hits are matches; of this collection (estimate_null_model). Not owned.
  const NullModel* null_model = nullptr;
  SignificanceOptions significance = {};
  // Applied to the vector of each text term. Of the model that encodes the queries. Not owned.
  const TextCorrection* correction = nullptr;
  // Folds hits that are near-duplicates of a better hit under it (SearchHit::duplicates). k, offset
  // and ranks count the hits that remain.
  std::optional<NearDuplicateOptions> group = {};
  // At least 0, less than 1: the weight of being unlike the hits before. 0: hits are ranked by
  // similarity alone.
  double diversity = 0;
  // Rows that are not hits of any query, such as that of the image that was searched with.
  std::vector<int64_t> excluded = {};
  // Called before the stages "encoding queries", "searching" and "reading items", and in them
  // before each filter, each scan and the items of each query with a filter. May throw Error
  // (cancelled) to end the search.
  ProgressFn progress = {};
};

// Returns the options.k best items for each query. Encodes the terms of all queries in one batch
// per tower, and scans the vectors once for each filter and threshold.
//
// The vector of a query is the sum of weight * vector / |vector| over its terms, in double, scaled
// to unit length; that of one term of weight 1 is the term's vector as it is. The vector of a text
// in several templates, or in several parts because it is longer than the model's context, is the
// mean of their vectors, scaled to unit length; parts end where sentences do, if that is possible.
// With order date or path, the best k hits are sorted, or, if the query has a threshold, all of its
// hits.
//
// Grouping and diversity work on portions of the ranking: the best 1,000 hits, the next 1,000, and
// so on, of each query. So a hit's rank and duplicates depend neither on k nor on the offset.
// - group: in the order of the ranking, a hit is folded under the first hit of its portion that is
//   not folded itself and of which it is a near-duplicate.
// - diversity d: maximal marginal relevance (Carbonell and Goldstein, 1998). The first hit of a
//   portion is the best one; next comes the hit with the largest
//   (1 - d) * similarity - d * (largest cosine to the hits of the portion that came before),
//   of equal ones the better. Of groups, the first hits are compared. Has no effect on queries
//   without terms, nor on those that sort all of their hits.
//
// Throws invalid_argument (no query, what check_query throws, vectors of another model or another
// size, NaN or infinity in a query, terms that cancel each other, a template without "{}", an
// offset, diversity, threshold or expansion out of range, an expansion with a null model, a
// correction for another model), not_found (no item
// of that name or key), invalid_data (a query image that cannot be decoded), and what encoding,
// VectorIndex::search, the functions of the collection and options.progress throw.
SearchResult search_collection(const Collection& collection, const Model& model,
                               std::span<const Query> queries,
                               const CollectionSearchOptions& options = {});
// The same without a model; no term may be a text or an image.
SearchResult search_collection(const Collection& collection, std::span<const Query> queries,
                               const CollectionSearchOptions& options = {});

// Estimates the null model of a collection: encodes the background texts, in the templates of the
// queries, and takes a sample of its vectors, the same in each call. Throws what encoding and
// VectorIndex::copy_row throw.
NullModel estimate_null_model(const Collection& collection, const Model& model,
                              std::span<const std::string> templates = {});
// The same from vectors of the background texts by the model that made the collection's vectors.
NullModel estimate_null_model(const Collection& collection, const Matrix& background);

// Returns the result as JSON text (docs/formats/json.md).
std::string search_json(const SearchResult& result);

}  // namespace sightline
