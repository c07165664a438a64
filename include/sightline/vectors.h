// Vector sets: a .npy file of vectors with the id of every row and the model that made them
// (docs/formats/vectors.md).
#pragma once

#include <sightline/encode.h>
#include <sightline/index.h>
#include <sightline/model.h>
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

// What one vector was made from.
struct VectorItem {
  std::string id;                             // see VectorSource
  std::vector<std::string> captions;          // of an image; of a text: the text itself
  std::map<std::string, std::string> fields;  // anything else: "split", "kept_text", …
};

// The item of a data set row: its captions that are not blank; as fields its other columns and its
// split, where it has one.
VectorItem item_of(Row&& row);

// What the ids of a collection refer to, so that its images can be read again: rows of a data set,
// or, where dataset.path is empty, paths of files, relative ones starting from `folder`.
struct VectorSource {
  DatasetInput dataset;
  std::filesystem::path folder;  // empty: the working directory
};

enum class VectorKind { images, texts };
std::string_view vector_kind_name(VectorKind kind);  // "images", "texts"

// What determines the vectors of a set, besides the inputs.
struct VectorProvenance {
  std::string model;        // ModelInfo::name
  std::string fingerprint;  // ModelInfo::fingerprint
  VectorKind kind = VectorKind::images;
  std::string preprocessing;  // of images: PreprocessSpec::describe()
  std::string projection;     // of texts: ModelInfo::projection
  Computation computation;
  bool unit_length = true;
  std::optional<VectorSource> source;  // of images, where it is known
};

// The provenance of vectors that `model` makes. Throws unsupported where it has no tower for them.
VectorProvenance provenance_of(const Model& model, VectorKind kind, bool unit_length = true);

// What two sets of vectors have in common.
struct ProvenanceMatch {
  bool model = false;          // the fingerprint: only then can the vectors be compared
  bool preprocessing = false;  // equal images have equal vectors (images only)
  bool computation = false;    // and to the last bit
};
ProvenanceMatch match_provenance(const VectorProvenance& a, const VectorProvenance& b);

// Throws invalid_argument where vectors of `model` cannot be compared with those of `provenance`.
// `where` names the set in the message.
void require_model(const VectorProvenance& provenance, const ModelInfo& model,
                   const std::string& where);

// The files of the set NAME.npy.
std::filesystem::path ids_path(const std::filesystem::path& npy);         // NAME.ids.jsonl
std::filesystem::path provenance_path(const std::filesystem::path& npy);  // NAME.meta.json

// A vector set, opened for reading. Calls on one object may overlap.
class VectorSet {
 public:
  // Maps NAME.npy and NAME.quantized, and reads NAME.meta.json where there is one. Throws what
  // VectorIndex::open throws; invalid_data where the files do not belong together (another size, or
  // another vector in row 0).
  static VectorSet open(const std::filesystem::path& npy);
  VectorSet(VectorSet&&) noexcept;
  VectorSet& operator=(VectorSet&&) noexcept;
  ~VectorSet();

  const std::filesystem::path& path() const;
  const VectorIndex& index() const;
  const std::optional<VectorProvenance>& provenance() const;

  // The item of each of `rows`, which may be in any order. Parses only their lines of
  // NAME.ids.jsonl. Throws not_found (no such file), invalid_data (fewer lines than rows, a line
  // of another row, or of another vector than the set has in that row).
  std::vector<VectorItem> items(std::span<const int64_t> rows) const;

  // Quantized vectors that were not used, one sentence each.
  const std::vector<std::string>& warnings() const;

 private:
  struct Impl;
  explicit VectorSet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Writes a vector set row by row. Until close() the files of an earlier set stay as they are; an
// object that is destroyed before leaves nothing behind. For one thread at a time.
class VectorSetWriter {
 public:
  // `dim`: elements of each vector. Throws invalid_argument, io.
  VectorSetWriter(const std::filesystem::path& npy, int64_t dim, VectorProvenance provenance);
  VectorSetWriter(VectorSetWriter&&) noexcept;
  ~VectorSetWriter();

  // Throws io; invalid_argument for a vector of another size; invalid_data for NaN or infinity,
  // naming the row.
  void add(std::span<const float> vector, const VectorItem& item);
  int64_t rows() const;

  // Writes ids and provenance, and moves all files to their names. Call once. Throws io.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct WrittenVectors {
  EncodeSummary summary;
  std::vector<SkippedRow> skipped;  // rows without a vector, and why
  int64_t truncated = 0;            // texts of which the model sees only the beginning
};

// Encodes the images of `rows` and appends their vectors and items (item_of) to `out`. Throws what
// encode_rows and VectorSetWriter::add throw.
WrittenVectors write_image_vectors(RowReader& rows, const Model& model,
                                   const EncodeOptions& options, VectorSetWriter& out);

// Encodes texts and appends their vectors to `out`. The id of texts[i] is "line-<i + 1>"; a
// truncated text has the field "kept_text". Throws what encode_text_rows and VectorSetWriter::add
// throw.
WrittenVectors write_text_vectors(std::span<const std::string> texts, const Model& model,
                                  const EncodeOptions& options, VectorSetWriter& out);

// The encoded bytes of images, read again from `source`: element i is of items[i], and empty where
// that image is no longer there. A data set is read until the last of them is found. Throws what
// RowReader throws.
std::vector<std::vector<uint8_t>> read_source_images(const VectorSource& source,
                                                     std::span<const VectorItem> items);

}  // namespace sightline
