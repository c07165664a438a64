#include <sightline/error.h>
#include <sightline/library.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/json.h"
#include "base/path_id.h"
#include "base/text.h"
#include "encode/dual_encoder.h"
#include "library/indexing/index_vectors.h"
#include "library/indexing/indexer.h"
#include "library/indexing/source_options.h"
#include "library/library_model.h"
#include "library/remove_source.h"
#include "library/store/store.h"
#include "library/watching.h"

namespace sightline {

namespace fs = std::filesystem;
using namespace library;

struct LibraryWriter::Impl {
  Store store;

  Impl(const fs::path& folder, const LibraryWriterOptions& options)
      : store(folder, {options.create, options.wait, options.purpose, options.progress}) {}

  int64_t active() {
    const std::string setting = store.read().setting("active_model");
    return setting.empty() ? 0 : std::strtoll(setting.c_str(), nullptr, 10);
  }
  void set_active(int64_t model) {
    store.change().set_setting("active_model", std::to_string(model));
  }

  // The id of the library's model with this record's fingerprint, preprocessing and computation;
  // adds it if there is none.
  int64_t find_or_add(const ModelRecord& record) {
    for (const ModelRecord& known : store.models()) {
      if (!same_vectors(known, record)) continue;
      if (!record.spec.empty() && record.spec != known.spec) store.set_spec(known.id, record.spec);
      return known.id;
    }
    const int64_t id = store.add_model(record);
    if (active() == 0) set_active(id);
    return id;
  }

  ModelRecord named(const std::string& name) {
    return find_one_model(store.models(), name, store.folder());
  }
};

namespace {

bool has_items_below(Store& store, const std::string& folder) {
  Statement select = store.read().database().prepare(
      "SELECT 1 FROM items WHERE source = 1 AND split = '' AND path >= ?1 AND path < ?2 LIMIT 1");
  const std::string begin = folder + "/", end = folder + "0";  // '0' follows '/'
  return select.bind_blob(1, bytes_of(begin)).bind_blob(2, bytes_of(end)).step();
}

// Images of vector sets, and of files that are not there, cannot be encoded with another model.
void warn_of_lost_images(Store& store, int64_t former, int64_t now, IndexSummary& summary) {
  int64_t lost = 0;
  for (const int64_t content : store.contents_of(former)) lost += !store.has_vector(now, content);
  if (lost == 0) return;
  summary.warnings.push_back(
      counted(lost, "image") + " of '" + store.model(former).name +
      "' could not be encoded with '" + store.model(now).name +
      "' and is found only with the former model ('sightline library activate' returns to it)");
}

// One call of an index function: its encoder, indexer and summary.
class Run {
 public:
  Run(Store& store, int64_t model, const Model& loaded, const IndexOptions& options,
      bool keep_changed = false)
      : store_(store),
        model_(model),
        options_(options),
        encoder_(loaded, {.batch_size = options.batch_size,
                          .normalize = true,
                          .limits = {},
                          .properties = true}),
        indexer_(store, model, encoder_,
                 {static_cast<size_t>(options.batch_size), options.retry_failures, options.progress,
                  keep_changed}) {}

  void folder(const fs::path& root, const FolderOptions& folder) {
    indexer_.index(
        scan_folder(store_, root, {folder, model_, options_.retry_failures, options_.progress}));
  }
  void paths(const std::vector<std::string>& paths) {
    indexer_.index(scan_paths(store_, paths, {{}, model_, options_.retry_failures, {}}));
  }
  std::vector<std::string> take_changed() { return indexer_.take_changed(); }
  void changed(const std::vector<std::string>& paths) {
    FileScan scan;
    for (const std::string& path : paths) scan.to_read.push_back({path, std::nullopt});
    indexer_.index(std::move(scan));
  }
  void without_vector() {
    indexer_.index(
        scan_without_vector(store_, {{}, model_, options_.retry_failures, options_.progress}));
  }
  void dataset(const DatasetInput& input, int64_t source) {
    RowReader rows(input);
    indexer_.index_rows(rows, source);
    std::ranges::copy(rows.warnings(), std::back_inserter(warnings));
  }
  // A data set that was added before; a warning if it cannot be opened now.
  void known_dataset(const SourceRecord& source) {
    const DatasetInput input = parse_dataset_options(source.path, source.options);
    std::optional<RowReader> rows;
    try {
      rows.emplace(input);
    } catch (const Error& error) {
      warnings.push_back(message("the images of the data set ", quoted(input.path),
                                 " stay in the library as they are: ", error.what()));
      return;
    }
    indexer_.index_rows(*rows, source.id);
    std::ranges::copy(rows->warnings(), std::back_inserter(warnings));
  }
  // A root of any kind; a warning if it does not exist.
  void root(const fs::path& path, const FolderOptions& folder_options) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    const auto keep = [&](const char* state) {
      warnings.push_back(
          quoted(path) + " " + state +
          ": its images stay in the library ('sightline library remove' forgets them)");
    };
    if (fs::is_directory(status) && fs::is_empty(path, error) &&
        has_items_below(store_, path.string())) {
      keep("is an empty folder now, as that of a disk that is not mounted");
    } else if (fs::is_directory(status)) {
      folder(path, folder_options);
    } else if (fs::exists(status) || store_.read().find_item(kFiles, "", path.string())) {
      if (fs::exists(status) || fs::exists(path.parent_path(), error)) {
        paths({path.string()});
      } else {
        keep("does not exist now");
      }
    } else {
      keep("does not exist now");
    }
  }

  IndexSummary finish() {
    indexer_.remove_missing();
    const IndexCounts& counts = indexer_.counts();
    store_.compact(false, options_.progress);
    IndexSummary out;
    out.files = counts.files;
    out.unchanged = counts.unchanged;
    out.moved = counts.moved;
    out.added = counts.added;
    out.updated = counts.updated;
    out.removed = counts.removed;
    out.encoded = counts.encoded;
    out.reused = counts.reused;
    out.failed = counts.failed;
    out.failures = indexer_.failures();
    out.warnings = warnings;
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    return out;
  }

  std::vector<std::string> warnings;

 private:
  Store& store_;
  int64_t model_;
  const IndexOptions& options_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  ModelEncoder encoder_;
  Indexer indexer_;
};

// Indexes changes of the roots; each change has a run of its own.
class WatchedRuns : public WatchedIndex {
 public:
  WatchedRuns(Store& store, int64_t model, const Model& loaded, const IndexOptions& options,
              const std::map<std::string, FolderOptions>& roots,
              const std::function<void(const IndexSummary&)>& on_change)
      : store_(store),
        model_(model),
        loaded_(loaded),
        options_(options),
        roots_(roots),
        on_change_(on_change) {}

  void index_paths(const std::vector<std::string>& paths) override { run().paths(paths); }
  void index_root(const std::string& root) override { run().root(root, roots_.at(root)); }
  void finish() override {
    if (!run_) return;
    const IndexSummary summary = run_->finish();
    run_.reset();
    const bool worked =
        summary.moved + summary.added + summary.updated + summary.removed + summary.failed > 0;
    if (worked && on_change_) on_change_(summary);
  }
  void idle() override {
    if (options_.progress) options_.progress({"watching", 0, -1, "", ""});
  }

 private:
  Run& run() {
    if (!run_) run_.emplace(store_, model_, loaded_, options_);
    return *run_;
  }

  Store& store_;
  int64_t model_;
  const Model& loaded_;
  const IndexOptions& options_;
  const std::map<std::string, FolderOptions>& roots_;
  const std::function<void(const IndexSummary&)>& on_change_;
  std::optional<Run> run_;
};

}  // namespace

LibraryWriter::LibraryWriter(const fs::path& folder, const LibraryWriterOptions& options)
    : impl_(std::make_unique<Impl>(folder, options)) {}
LibraryWriter::LibraryWriter(LibraryWriter&&) noexcept = default;
LibraryWriter& LibraryWriter::operator=(LibraryWriter&&) noexcept = default;
LibraryWriter::~LibraryWriter() = default;

std::optional<LibraryModel> LibraryWriter::active_model() const {
  for (const ModelRecord& model : impl_->store.models()) {
    if (model.id == impl_->active()) return library_model(model, true);
  }
  return std::nullopt;
}

IndexSummary LibraryWriter::index(std::span<const fs::path> paths, const Model& model,
                                  const std::string& spec, const IndexOptions& options) {
  std::vector<fs::path> roots;
  for (const fs::path& path : paths) {
    if (!fs::exists(file_status(path)))
      throw Error(ErrorCode::not_found, "there is no file or folder ", quoted(path));
    roots.push_back(root_path(path));
  }
  Store& store = impl_->store;
  const int64_t id = impl_->find_or_add(model_record(model, spec, options.stored));
  for (const fs::path& root : roots)
    store.change().add_root(root.string(), folder_options_json(options.folder));
  store.commit();
  Run run(store, id, model, options);
  for (const fs::path& root : roots) run.root(root, options.folder);
  return run.finish();
}

IndexSummary LibraryWriter::update(const Model& model, const std::string& spec,
                                   const IndexOptions& options) {
  Store& store = impl_->store;
  const int64_t id = impl_->find_or_add(model_record(model, spec, options.stored));
  store.commit();
  Run run(store, id, model, options);
  for (const auto& [path, json] : store.read().roots()) run.root(path, parse_folder_options(json));
  for (const SourceRecord& source : store.read().sources()) {
    if (source.kind == "dataset") run.known_dataset(source);
  }
  return run.finish();
}

IndexSummary LibraryWriter::index_dataset(const DatasetInput& input, const Model& model,
                                          const std::string& spec, const IndexOptions& options) {
  Store& store = impl_->store;
  DatasetInput absolute = input;
  absolute.path = root_path(input.path);
  if (!input.options.image_root.empty())
    absolute.options.image_root = root_path(input.options.image_root);
  const int64_t id = impl_->find_or_add(model_record(model, spec, options.stored));
  const int64_t source = store.change().add_source(
      {0, "dataset", absolute.path.string(), dataset_options_json(absolute)});
  store.commit();
  Run run(store, id, model, options);
  run.dataset(absolute, source);
  return run.finish();
}

IndexSummary LibraryWriter::index_vectors(const fs::path& path, const std::string& spec,
                                          const IndexOptions& options) {
  Store& store = impl_->store;
  const auto start = std::chrono::steady_clock::now();
  const VectorSet set = VectorSet::open(path, {.kind = VectorKind::images, .unit_length = true});
  const auto& provenance = set.provenance();
  if (!provenance || provenance->kind != VectorKind::images || !provenance->unit_length) {
    throw Error(ErrorCode::invalid_argument, quoted(path),
                " cannot be added to a library: nothing says that its vectors are of images, of "
                "unit length, and which model made them");
  }
  const ModelRecord record = model_record(*provenance, spec, set.index().dim(), options.stored);
  const std::vector<ModelRecord> models = store.models();
  if (models.empty() && spec.empty()) {
    throw Error(ErrorCode::invalid_argument, "the library ", quoted(store.folder()),
                " has no model yet: name the one that made the vectors of ", quoted(path));
  }
  const bool known = std::ranges::any_of(
      models, [&](const ModelRecord& model) { return same_vectors(model, record); });
  if (!known && !models.empty()) {
    throw Error(ErrorCode::invalid_argument, quoted(path), " has vectors of the model '",
                record.name, "' (", record.precision, "), with which no image of the library ",
                quoted(store.folder()), " was encoded in the same way");
  }
  const int64_t id = impl_->find_or_add(record);
  DatasetInput source;
  source.path = root_path(path);
  const int64_t source_id =
      store.change().add_source({0, "vectors", source.path.string(), dataset_options_json(source)});
  const IndexCounts counts = index_vector_set(store, id, source_id, set, options.progress);
  store.compact(false, options.progress);
  IndexSummary out;
  out.files = counts.files;
  out.added = counts.added;
  out.updated = counts.updated;
  out.removed = counts.removed;
  out.warnings = set.warnings();
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

void LibraryWriter::watch(const Model& model, const std::string& spec, const IndexOptions& options,
                          const std::atomic<bool>& stop,
                          const std::function<void(const IndexSummary&)>& on_change) {
  Store& store = impl_->store;
  const int64_t id = impl_->find_or_add(model_record(model, spec, options.stored));
  store.commit();
  std::map<std::string, FolderOptions> roots;
  for (const auto& [path, json] : store.read().roots()) roots[path] = parse_folder_options(json);
  WatchedRuns runs(store, id, model, options, roots, on_change);
  watch_roots(roots, runs, stop);
}

IndexSummary LibraryWriter::migrate(const Model& model, const std::string& spec,
                                    const IndexOptions& options) {
  Store& store = impl_->store;
  const int64_t id = impl_->find_or_add(model_record(model, spec, options.stored));
  store.commit();
  Run run(store, id, model, options, true);
  // Also finds files that were moved since they were indexed.
  for (const auto& [path, json] : store.read().roots()) run.root(path, parse_folder_options(json));
  run.without_vector();
  for (const SourceRecord& source : store.read().sources()) {
    if (source.kind == "dataset") run.known_dataset(source);
  }
  const std::vector<std::string> changed = run.take_changed();
  if (changed.empty() && store.contents_of(id).empty()) {
    IndexSummary out = run.finish();
    out.warnings.push_back("no image could be encoded: the active model stays");
    return out;
  }
  const int64_t former = impl_->active();
  impl_->set_active(id);
  // In the same commit: until they are indexed, they have no vector of the active model.
  for (const std::string& path : changed) {
    if (const auto item = store.read().find_item(kFiles, "", path))
      store.change().set_failure(item->id, "it changed while the library was migrated", 0, 0);
  }
  store.commit();
  run.changed(changed);
  IndexSummary out = run.finish();
  if (former != 0 && former != id) warn_of_lost_images(store, former, id, out);
  return out;
}

void LibraryWriter::activate(const std::string& model) {
  impl_->set_active(impl_->named(model).id);
  impl_->store.commit();
}

void LibraryWriter::drop_model(const std::string& model) {
  const ModelRecord record = impl_->named(model);
  if (record.id == impl_->active()) {
    throw Error(ErrorCode::invalid_argument, "'", record.name,
                "' is the active model of the library: make another one active first");
  }
  impl_->store.remove_model(record.id);
  impl_->store.commit();
}

IndexSummary LibraryWriter::remove(const fs::path& path) {
  return remove_source(impl_->store, root_path(path));
}

CompactSummary LibraryWriter::compact(bool all, const ProgressFn& progress) {
  const Store::Compacted done = impl_->store.compact(all, progress);
  return {done.segments, done.rows, done.dropped};
}

}  // namespace sightline
