// Search: the items of a collection whose vectors are nearest to queries.
//
//   const auto photos = sightline::open_vector_collection("photos.npy");
//   const sightline::Query query = sightline::text_query("a red heart");
//   const auto result = sightline::search_collection(*photos, model, {&query, 1});
#pragma once

#include <sightline/encode.h>
#include <sightline/index.h>
#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

enum class CollectionType { vectors, dataset };
std::string_view collection_type_name(CollectionType type);  // "vectors", "dataset"

// How the vectors of a collection were computed, where that happened when it was opened.
struct CollectionEncoding {
  EncodeCounts counts;
  std::string precision_choice;  // PrecisionChoice::text(), where the precision was chosen by data
  std::vector<SkippedRow> skipped;  // images without a vector
};

// Vectors of unit length, what each was made from, and what made them. Calls on one object may
// overlap.
class Collection {
 public:
  virtual ~Collection() = default;

  virtual CollectionType type() const = 0;
  virtual const std::filesystem::path& path() const = 0;
  virtual const VectorIndex& vectors() const = 0;
  // Empty where it is unknown.
  virtual const std::optional<VectorProvenance>& provenance() const = 0;
  // Empty where the vectors existed before.
  virtual const std::optional<CollectionEncoding>& encoding() const = 0;

  // The item of each of `rows` of vectors(). Throws invalid_data, not_found.
  virtual std::vector<VectorItem> items(std::span<const int64_t> rows) const = 0;

  // Encoded bytes of the images of some items, read again; empty where an image is no longer there.
  // Throws invalid_argument for a collection of texts.
  virtual std::vector<std::vector<uint8_t>> read_images(
      std::span<const VectorItem> items) const = 0;

  // Problems that a user should know of, one sentence each.
  virtual std::vector<std::string> warnings() const = 0;
};

// The vector set NAME.npy as a collection. Throws what VectorSet::open throws; invalid_argument for
// vectors that are not of unit length.
std::unique_ptr<Collection> open_vector_collection(const std::filesystem::path& npy);

// The images of a data set as a collection, encoded with `model` through the embedding cache into
// memory. `rows` reads `input` and may have been peeked at (load_model). Throws what encode_rows
// throws; invalid_data for a vector with NaN or infinity, naming its row.
std::unique_ptr<Collection> open_dataset_collection(RowReader& rows, const DatasetInput& input,
                                                    const Model& model,
                                                    const EncodeOptions& options = {},
                                                    const std::string& precision_choice = "");
std::unique_ptr<Collection> open_dataset_collection(const DatasetInput& input, const Model& model,
                                                    const EncodeOptions& options = {});

// The vectors of a data set's images, in memory.
struct EncodedDataset {
  DatasetInput input;
  Matrix vectors;                 // (N, D), unit length
  std::vector<VectorItem> items;  // N
  VectorProvenance provenance;
  CollectionEncoding encoding;
  std::vector<std::string> warnings;
};
// Those vectors as a collection. Throws invalid_argument where sizes disagree; invalid_data for a
// vector with NaN or infinity, naming its row.
std::unique_ptr<Collection> dataset_collection(EncodedDataset dataset);

enum class QueryType { text, image, vector };
std::string_view query_type_name(QueryType type);  // "text", "image", "vector"

// One thing to search for.
struct Query {
  QueryType type = QueryType::text;
  std::string name;            // the text; of an image or a vector what results and messages show
  std::vector<uint8_t> bytes;  // of an image: an encoded file
  std::vector<float> vector;   // (D) of the collection's model; any length, usually 1
};
Query text_query(std::string text);
Query image_query(const std::filesystem::path& file);  // throws not_found, io, limit_exceeded
Query vector_query(std::string name, std::vector<float> vector);

// `options` completed for loading a model that encodes queries for `collection`: an empty precision
// becomes that of the vectors (fp32 where the backend has no choice, or nothing is known), query
// images are oriented and decoded like the images of the collection, weights are packed lazily.
ModelOptions query_model_options(const Collection& collection, ModelOptions options = {});

struct SearchHit {
  int64_t rank = 1;
  double similarity = 0;  // inner product, summed in double; the cosine for queries of unit length
  int64_t row = 0;        // of Collection::vectors()
  VectorItem item;
};

struct QueryHits {
  QueryType type = QueryType::text;
  std::string name;             // Query::name
  std::vector<SearchHit> hits;  // best first; of equal similarities the smaller row first
};

struct SearchResult {
  std::string model, fingerprint;  // that encoded the queries; empty for vectors only
  CollectionType type = CollectionType::vectors;
  std::filesystem::path collection;
  int64_t rows = 0;  // of the collection
  std::optional<VectorProvenance> provenance;
  std::optional<CollectionEncoding> encoding;
  SearchStatistics statistics;
  std::vector<QueryHits> queries;     // in the order of the queries
  std::vector<std::string> warnings;  // one sentence each, including the collection's
};

// The options.k best items for each query: one batch through each tower, one scan of all vectors.
// Throws invalid_argument: no query, a model that did not make the vectors, vectors of another
// size, NaN or infinity in a query; invalid_data for a query image that cannot be decoded; what
// encoding, VectorIndex::search and Collection::items throw.
SearchResult search_collection(const Collection& collection, const Model& model,
                               std::span<const Query> queries, const SearchOptions& options = {});
// The same without a model, for queries that are vectors.
SearchResult search_collection(const Collection& collection, std::span<const Query> queries,
                               const SearchOptions& options = {});

// The result as a JSON text (docs/formats/search.md).
std::string search_json(const SearchResult& result);

}  // namespace sightline
