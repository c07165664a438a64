// Library: an index of images on the disk that is kept up to date and searched by several
// processes (docs/formats/library.md).
//
//   sightline::LibraryWriter writer(folder, {.create = true});
//   writer.index({photos}, model, "models/emoji-words", {});
//   const sightline::Library library(folder);
//   auto result = sightline::search_collection(*library.collection(), model, {&query, 1});
#pragma once

#include <sightline/dataset.h>
#include <sightline/model.h>
#include <sightline/progress.h>
#include <sightline/rows.h>
#include <sightline/search.h>
#include <sightline/vectors.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// Returns whether there is a library in this folder, of any format and state.
bool library_exists(const std::filesystem::path& folder);

// Returns $SIGHTLINE_LIBRARY; otherwise $XDG_DATA_HOME/sightline/library or, if that variable is
// not an absolute path, ~/.local/share/sightline/library. Throws not_found if HOME is not set
// either.
std::filesystem::path default_library();

// The type of stored elements. fp16 takes half the space; similarities are those of the rounded
// elements.
enum class StoredVectors { fp32, fp16 };

// A model whose vectors a library has.
struct LibraryModel {
  int64_t id = 0;    // its number in the library
  std::string name;  // ModelInfo::name
  std::string spec;  // with which it was loaded: of Model::load
  VectorProvenance provenance;
  int64_t dim = 0;  // D
  StoredVectors stored = StoredVectors::fp32;
  bool active = false;     // used if no model is named
  int64_t vectors = 0;     // that can be found
  int64_t dead = 0;        // of removed images, until they are compacted
  int64_t segments = 0;    // files
  int64_t size_bytes = 0;  // of these
  int64_t missing = 0;     // images without a vector of this model, failures included
};

// Returns `options` with the precision, orientation and decoding of a library's model, so that new
// vectors are comparable with its own.
ModelOptions model_options_of(const LibraryModel& model, ModelOptions options = {});

// An item that could not be read or encoded.
struct LibraryFailure {
  std::string id;  // path or row id, as VectorItem::id
  std::string reason;
  int64_t attempts = 0;
  int64_t failed = 0, retry = 0;  // time of the failure and of the next attempt; seconds since 1970
};

struct LibraryRoot {
  std::filesystem::path path;
  FolderOptions options;
};

struct LibraryInfo {
  std::filesystem::path path;
  std::string uuid;
  std::string created;  // "2026-01-31T12:00:00Z"
  int format_version = 0;
  int64_t files = 0;   // items that are files
  int64_t rows = 0;    // items of data sets and vector sets
  int64_t images = 0;  // distinct images
  int64_t failures = 0;
  int64_t captions = 0;
  int64_t size_bytes = 0;  // of the library on the disk
  std::vector<LibraryModel> models;
  std::vector<LibraryRoot> roots;
  std::vector<std::filesystem::path> datasets;  // data sets and vector sets that were added
};

struct LibraryOptions {
  // Filters (`in:`), names of items (`like:`), the order by path and counts of folders see the
  // paths of files from the name of their root on, such as "Pictures/2019/a.jpg", so that they tell
  // nothing about the folders above. VectorItem::id is not changed.
  bool hide_folders = false;
};

// A library opened for reading. Thread-safe. Other processes may write to it meanwhile.
class Library {
 public:
  // Throws not_found (no library), unsupported (a newer format), invalid_data (a damaged one), io.
  explicit Library(const std::filesystem::path& folder, const LibraryOptions& options = {});
  Library(Library&&) noexcept;
  Library& operator=(Library&&) noexcept;
  ~Library();

  const std::filesystem::path& path() const;
  std::string uuid() const;
  // Number of images that were ever added, those that were removed included.
  int64_t images_added() const;
  LibraryInfo info() const;
  std::vector<LibraryFailure> failures() const;  // in the order of their ids
  // Returns the active model or, if `name` is not empty, the one with this name, spec or
  // fingerprint, without its counts. Throws not_found.
  LibraryModel model(const std::string& name = "") const;

  // Returns the images with a vector of a model: of the active one or, if `model` is not empty, of
  // the one with this name, spec or fingerprint. The collection is the state of the library at this
  // call and stays so; calls without a change in between return the same object. An image is one
  // item even if several files have it: VectorItem::copies has the others. A file of vectors that
  // was replaced, or shortened while it was in use, is opened again. Throws not_found (no such
  // model, or no model yet), what the constructor throws.
  std::shared_ptr<const Collection> collection(const std::string& model = "") const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Returns estimate_null_model of a library's collection, by which searches tell matches from
// chance (CollectionSearchOptions::null_model). Kept in the folder `cache` and estimated again when
// about a quarter of the images have been added, removed or replaced; an unreadable or unwritable
// cache is ignored.
NullModel library_null_model(const Library& library, const Collection& collection,
                             const Model& model, std::span<const std::string> templates = {},
                             const std::optional<std::filesystem::path>& cache = {});

struct LibraryWriterOptions {
  bool create = false;                // if there is no library
  bool wait = false;                  // for another process that writes to it
  std::string purpose = "a program";  // for messages of other writers: "sightline index"
  ProgressFn progress = {};           // while waiting
};

// Returns what the process does that writes to a library now, such as "'sightline index' (process
// 4711 on host)"; nothing if none does. Throws not_found.
std::optional<std::string> library_writer(const std::filesystem::path& folder);

struct IndexOptions {
  FolderOptions folder;
  int64_t batch_size = 32;                     // images per batch, 1 to 4096
  bool retry_failures = false;                 // try failed files again before their time
  StoredVectors stored = StoredVectors::fp32;  // of a model that is new to the library
  ProgressFn progress;
};

struct IndexSummary {
  int64_t files = 0;      // seen: files, or rows of a data set
  int64_t unchanged = 0;  // of these, not read
  int64_t moved = 0;      // found under another path and not read
  int64_t added = 0;      // new
  int64_t updated = 0;    // read again
  int64_t removed = 0;    // their file or row is gone
  int64_t encoded = 0;    // images that the model saw
  int64_t reused = 0;     // their image had a vector already
  int64_t failed = 0;     // could not be read or encoded
  double seconds = 0;
  std::vector<SkippedRow> failures;   // at most 1000 of those that failed
  std::vector<std::string> warnings;  // one sentence each
};

struct CompactSummary {
  int64_t segments = 0;  // merged
  int64_t rows = 0;      // written
  int64_t dropped = 0;   // rows of removed images
};

// The writer of a library; there is at most one at a time, in all processes. Not thread-safe. After
// an exception other than cancelled, only the destructor may be called; what was committed stays.
// All functions that encode commit every few seconds, stop when `progress` throws Error
// (cancelled), and then keep what was done; the next call continues. They throw io (a full disk),
// invalid_argument (a model without image tower), and what `progress` throws.
class LibraryWriter {
 public:
  // Throws not_found (no library and not options.create); io (another process writes to it); what
  // Library throws.
  explicit LibraryWriter(const std::filesystem::path& folder,
                         const LibraryWriterOptions& options = {});
  LibraryWriter(LibraryWriter&&) noexcept;
  LibraryWriter& operator=(LibraryWriter&&) noexcept;
  ~LibraryWriter();

  // The model whose vectors are searched, as it was loaded; empty for a new library.
  std::optional<LibraryModel> active_model() const;

  // Adds files and the images of folders, and remembers these paths as roots. New and changed files
  // are read, and encoded if their content is new; files that were moved are not read; those that
  // are gone are removed. `spec`: how `model` can be loaded again. The first model becomes the
  // active one; a further model is added side by side. Throws not_found if a path does not exist.
  IndexSummary index(std::span<const std::filesystem::path> paths, const Model& model,
                     const std::string& spec, const IndexOptions& options = {});
  // The same for all roots, each with the folder options that it was added with, and for all data
  // sets. A root that does not exist, such as an unmounted disk, keeps its items, with a warning.
  IndexSummary update(const Model& model, const std::string& spec,
                      const IndexOptions& options = {});
  // Adds the images of a data set, or updates it.
  IndexSummary index_dataset(const DatasetInput& input, const Model& model, const std::string& spec,
                             const IndexOptions& options = {});
  // Adds the vectors of a vector set of images, without reading images. Its provenance must name
  // the model, preprocessing and computation of one of the library's models. Throws
  // invalid_argument otherwise.
  IndexSummary index_vectors(const std::filesystem::path& path, const IndexOptions& options = {});
  // The same with the model that made the vectors, and how it can be loaded again. In a library
  // without models, it becomes the active one. Throws also invalid_argument if another model made
  // the vectors.
  IndexSummary index_vectors(const std::filesystem::path& path, const Model& model,
                             const std::string& spec, const IndexOptions& options = {});

  // Updates the roots, then follows their changes until `stop` is true or `progress`, which is
  // called at least once a second, throws. Files are indexed when they are completely written.
  // `on_change` is called after each change, when it can be searched.
  void watch(const Model& model, const std::string& spec, const IndexOptions& options,
             const std::atomic<bool>& stop,
             const std::function<void(const IndexSummary&)>& on_change = {});

  // Updates the roots and encodes all images with another model, makes it the active one, and reads
  // the files that changed meanwhile. The former vectors stay until drop_model(). Resumes after an
  // interruption. Unreadable files are in `failures`. Without any vector of the new model, the
  // switch is not made, with a warning, and the model is removed again.
  IndexSummary migrate(const Model& model, const std::string& spec,
                       const IndexOptions& options = {});

  // Makes the model with this name, spec, fingerprint or number (LibraryModel::id) the active one.
  // Throws not_found; invalid_argument if several are meant.
  void activate(const std::string& model);
  // Removes the vectors of a model. Throws not_found; invalid_argument for the active one.
  void drop_model(const std::string& model);
  // Forgets a root or a data set and removes its items. Throws not_found.
  IndexSummary remove(const std::filesystem::path& path);

  // Merges segments with many dead rows and small ones; with `all`, every segment that has a dead
  // row and all small ones. The functions above do the former at their end.
  CompactSummary compact(bool all, const ProgressFn& progress = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct LibraryCheck {
  // Of the library itself, one sentence each; empty: none. The first 1000.
  std::vector<std::string> problems;
  int64_t further_problems = 0;    // number of those after them
  std::vector<std::string> notes;  // files that are gone or were changed; missing vectors
  int64_t segments = 0, vectors = 0, items = 0;
  int64_t checked_bytes = 0;
};

// Verifies every byte of a library: the catalogue's structure, the digests of all segments, that
// each item has a vector or a failure, and that each vector belongs to an item. `files`: also
// compares sizes and times of all files. Reads only. Throws not_found, io, and what `progress`
// throws; damage is in `problems`.
LibraryCheck check_library(const std::filesystem::path& folder, bool files,
                           const ProgressFn& progress = {});

struct LibraryRepair {
  std::vector<std::string> actions;  // one sentence each; empty: nothing was wrong
};

struct LibraryRepairOptions {
  bool wait = false;  // for another process that writes to the library
  ProgressFn progress;
};

// Removes what check_library finds wrong: damaged segments, rows without content, contents without
// items. An image without a vector gets a failure that is due, so that the next update encodes it
// again; check_library then finds no problem and has a note. Throws invalid_data if the catalogue
// itself is beyond repair, io if another process writes, and what options.progress throws.
LibraryRepair repair_library(const std::filesystem::path& folder,
                             const LibraryRepairOptions& options = {});

// Return the results as JSON text (docs/formats/json.md).
std::string index_json(const IndexSummary& summary);
std::string library_json(const LibraryInfo& info, const std::vector<LibraryFailure>& failures);
std::string check_json(const LibraryCheck& check);
std::string repair_json(const LibraryRepair& repair);

// Writes the images of a library as a vector set (vectors.h) with their ids, captions and fields.
// Throws what Library::collection and VectorSetWriter throw.
int64_t export_library(const Collection& library, const std::filesystem::path& npy,
                       const ProgressFn& progress = {});

}  // namespace sightline
