// Vector sets: a .npy file of vectors with the ids of its rows and its provenance, and the vectors
// that other programs write (docs/formats/vectors.md).
#pragma once

#include <sightline/encode.h>
#include <sightline/index.h>
#include <sightline/model.h>
#include <sightline/progress.h>
#include <sightline/rows.h>
#include <sightline/settings.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// The image or text that a vector represents.
struct VectorItem {
  std::string id;                             // see VectorSource
  std::vector<std::string> captions;          // an image's captions, or the text itself
  std::map<std::string, std::string> fields;  // further fields: "split", "kept_text", …
  // Name of the data set, in a collection of several (CollectionPart::name) or in a library;
  // otherwise empty.
  std::string dataset = {};
  // In a library: the ids of further items with the same image.
  std::vector<std::string> copies = {};
};

// Returns the item of a dataset row: its non-blank captions; its other columns and its split, if it
// has one, become fields.
VectorItem item_of(Row&& row);

// Returns the split of an item; empty if it has none, or none was recorded.
std::string split_of(const VectorItem& item);

// Returns "emoji, train", the data set and the split of an item: empty if the collection has one
// data set, and without the split if the item has none.
std::string dataset_and_split(const VectorItem& item);

// Source from which the images of a vector set are read again. Ids are those of rows of `dataset`
// or, if dataset.path is empty, file paths.
struct VectorSource {
  DatasetInput dataset;
  std::filesystem::path folder;  // base of relative file paths; empty: the working directory
};

enum class VectorKind { images, texts };
std::string_view vector_kind_name(VectorKind kind);  // "images", "texts"

// Model and settings that a set's vectors were computed with.
struct VectorProvenance {
  std::string model;        // ModelInfo::name
  std::string fingerprint;  // ModelInfo::fingerprint
  VectorKind kind = VectorKind::images;
  std::string preprocessing;  // images only: PreprocessSpec::describe()
  std::string projection;     // texts only: ModelInfo::projection
  Computation computation;
  bool unit_length = true;
  std::optional<VectorSource> source;  // images only; empty if unknown
};

// Returns the provenance of vectors that `model` computes. Throws unsupported if the model has no
// tower for this kind.
VectorProvenance provenance_of(const Model& model, VectorKind kind, bool unit_length = true);

// The parts in which two provenances agree.
struct ProvenanceMatch {
  bool model = false;          // equal fingerprints; otherwise the vectors are not comparable
  bool preprocessing = false;  // images only: equal images also have equal vectors
  bool computation = false;    // these are equal to the last bit
};
ProvenanceMatch match_provenance(const VectorProvenance& a, const VectorProvenance& b);

// Throws invalid_argument if vectors of `model` are not comparable with those of `provenance`.
// `where` identifies the set in the message.
void require_model(const VectorProvenance& provenance, const ModelInfo& model,
                   const std::string& where);

// Return the paths of the other files of the set NAME.npy.
std::filesystem::path ids_path(const std::filesystem::path& npy);         // NAME.ids.jsonl
std::filesystem::path provenance_path(const std::filesystem::path& npy);  // NAME.meta.json

struct VectorSetOptions {
  // Which vectors to take of clip-retrieval's folder. Empty: those of images if there are any.
  std::optional<VectorKind> kind;
  // Scale vectors without provenance to unit length, with a warning, if they are not.
  bool unit_length = false;
};

// A vector set, opened for reading. Thread-safe.
class VectorSet {
 public:
  // Opens one of
  //   NAME.npy   with NAME.quantized, NAME.ids.jsonl and NAME.meta.json, each if it exists
  //   NAME.shards.json   the manifest of merge_shards (shards.h), whose shards are mapped
  //   a folder   of one .npy file, or of numbered parts of one array (NAME_0.npy, NAME_1.npy …)
  //   a folder   of clip-retrieval, with img_emb or text_emb in parts, and metadata/*.parquet
  // The arrays are as VectorIndex::open reads them; parts are joined in memory. Throws what
  // VectorIndex::open throws; invalid_argument for a folder of arrays that do not form one set;
  // invalid_data if the files do not belong together (the size or the checksum of row 0 differs).
  static VectorSet open(const std::filesystem::path& path, const VectorSetOptions& options = {});
  VectorSet(VectorSet&&) noexcept;
  VectorSet& operator=(VectorSet&&) noexcept;
  ~VectorSet();

  const std::filesystem::path& path() const;
  const VectorIndex& index() const;
  // Empty if unknown: nothing says which model made the vectors.
  const std::optional<VectorProvenance>& provenance() const;
  // From the provenance or the folder's name; empty if unknown.
  std::optional<VectorKind> kind() const;
  // Whether files say what the rows are. Otherwise a row's id is its number, from 0.
  bool has_ids() const;

  // Returns the items of these rows, in the given order. Reads only their lines of NAME.ids.jsonl
  // or their row groups of the metadata. Throws invalid_argument (no such row), invalid_data (fewer
  // lines than rows, or a line that belongs to another row or another vector).
  std::vector<VectorItem> items(std::span<const int64_t> rows) const;

  // Problems to show to users, one sentence each: quantized vectors that are not used, missing
  // parts or metadata, vectors that were scaled.
  const std::vector<std::string>& warnings() const;

 private:
  struct Impl;
  explicit VectorSet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Writes a vector set row by row. Existing files are replaced by close() only; an object that is
// destroyed earlier leaves them unchanged and removes its temporary files. Not thread-safe.
class VectorSetWriter {
 public:
  // `dim`: D, the number of elements per vector. Throws invalid_argument, io.
  VectorSetWriter(const std::filesystem::path& npy, int64_t dim, VectorProvenance provenance);
  VectorSetWriter(VectorSetWriter&&) noexcept;
  ~VectorSetWriter();

  // Appends a row. Throws io; invalid_argument for a vector of another size; invalid_data for NaN
  // or infinity, naming the row.
  void add(std::span<const float> vector, const VectorItem& item);
  int64_t rows() const;

  // Adds captions to a row that was added before. They are kept in memory until close(). Throws
  // invalid_argument if there is no such row.
  void add_captions(int64_t row, std::span<const std::string> captions);

  // Writes ids and provenance, and renames all files to their final names. Call once. Throws io.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct WrittenVectors {
  EncodeSummary summary;
  std::vector<SkippedRow> skipped;  // rows without a vector
  int64_t truncated = 0;            // number of truncated texts
};

// Encodes the images of `rows` and appends their vectors and items (item_of) to `out`, which must
// be empty. Rows that repeat an image add their captions to the item of its first row. Throws what
// encode_rows and VectorSetWriter::add throw.
WrittenVectors write_image_vectors(RowReader& rows, const Model& model,
                                   const EncodeOptions& options, VectorSetWriter& out);

// Encodes texts and appends their vectors to `out`. The id of texts[i] is "line-<i + 1>"; a
// truncated text has the field "kept_text". Throws what encode_text_rows and VectorSetWriter::add
// throw.
WrittenVectors write_text_vectors(std::span<const std::string> texts, const Model& model,
                                  const EncodeOptions& options, VectorSetWriter& out);

// Reads images again from `source`. Returns the encoded bytes per item; empty if the image, or the
// whole source, no longer exists. A data set is read until all items are found. Throws what
// RowReader and `progress` throw.
std::vector<std::vector<uint8_t>> read_source_images(const VectorSource& source,
                                                     std::span<const VectorItem> items,
                                                     const ProgressFn& progress = {});

}  // namespace sightline
