#include <sightline/error.h>
#include <sightline/library.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <utility>

#include "base/text.h"
#include "data/metadata_file.h"
#include "library/index_run.h"
#include "library/indexing/index_vectors.h"
#include "library/indexing/source_options.h"
#include "library/library_model.h"
#include "library/remove_source.h"
#include "library/store/paths.h"
#include "library/store/store.h"
#include "library/watching.h"

namespace sightline {

namespace fs = std::filesystem;
using namespace library;

struct LibraryWriter::Impl {
  Store store;

  Impl(const fs::path& folder, const LibraryWriterOptions& options)
      : store(folder, {options.create, options.wait, options.purpose, options.progress}) {}

  // The id of the library's model with this record's fingerprint, preprocessing and computation;
  // adds it if there is none.
  int64_t find_or_add(const ModelRecord& record) {
    for (const ModelRecord& known : store.models()) {
      if (!same_vectors(known, record)) continue;
      if (known.dim != record.dim) {
        throw Error(ErrorCode::invalid_data, "the catalogue ",
                    quoted(catalogue_file(store.folder())), " is damaged: it says that the model '",
                    known.name, "' makes vectors of ", known.dim, " elements, but it makes ",
                    record.dim, ": move the library away and index again");
      }
      if (!record.spec.empty() && record.spec != known.spec) store.set_spec(known.id, record.spec);
      return known.id;
    }
    const int64_t id = store.add_model(record);
    if (store.read().active_model() == 0) store.change().set_active_model(id);
    return id;
  }

  // Commits the number of the model in the library.
  int64_t number_of(const Model& model, const std::string& spec, const IndexOptions& options) {
    const int64_t id = find_or_add(model_record(model, spec, options.stored));
    store.commit();
    return id;
  }

  // Adds the vectors of a set that the model of the record has made; a record with a spec may be
  // the library's first one.
  IndexSummary add_vectors(const fs::path& path, const VectorSet& set, ModelRecord record,
                           const ProgressFn& progress);

  ModelRecord named(const std::string& name) {
    return find_one_model(store.models(), name, store.folder());
  }
};

namespace {

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

// The captions of a data set are lost if its folder is indexed as one of plain images.
void warn_of_datasets(const std::vector<fs::path>& roots, IndexSummary& summary) {
  for (const fs::path& root : roots) {
    const fs::path metadata = metadata_file_in(root);
    if (metadata.empty()) continue;
    summary.warnings.push_back(
        message(quoted(root), " is a data set: its images were added without the captions of ",
                quoted(metadata.filename()),
                "; to add both, run 'sightline library remove' and then "
                "'sightline index --dataset' with it"));
  }
}

VectorSet vectors_of_images(const fs::path& path) {
  VectorSet set = VectorSet::open(path, {.kind = VectorKind::images, .unit_length = true});
  const auto& provenance = set.provenance();
  if (!provenance || provenance->kind != VectorKind::images || !provenance->unit_length) {
    throw Error(ErrorCode::invalid_argument, quoted(path),
                " cannot be added to a library: nothing says that its vectors are of images, of "
                "unit length, and which model made them");
  }
  return set;
}

}  // namespace

IndexSummary LibraryWriter::Impl::add_vectors(const fs::path& path, const VectorSet& set,
                                              ModelRecord record, const ProgressFn& progress) {
  const auto start = std::chrono::steady_clock::now();
  record.dim = set.index().dim();
  const std::vector<ModelRecord> models = store.models();
  if (models.empty() && record.spec.empty()) {
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
  const int64_t id = find_or_add(record);
  DatasetInput source;
  source.path = root_path(path);
  const int64_t source_id =
      store.change().add_source({0, "vectors", source.path.string(), dataset_options_json(source)});
  const IndexCounts counts = index_vector_set(store, id, source_id, set, progress);
  store.compact(false, progress);
  IndexSummary out = summary_of(counts, start);
  out.warnings = set.warnings();
  return out;
}

LibraryWriter::LibraryWriter(const fs::path& folder, const LibraryWriterOptions& options)
    : impl_(std::make_unique<Impl>(folder, options)) {}
LibraryWriter::LibraryWriter(LibraryWriter&&) noexcept = default;
LibraryWriter& LibraryWriter::operator=(LibraryWriter&&) noexcept = default;
LibraryWriter::~LibraryWriter() = default;

std::optional<LibraryModel> LibraryWriter::active_model() const {
  for (const ModelRecord& model : impl_->store.models()) {
    if (model.id == impl_->store.read().active_model()) return library_model(model, true);
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
  for (const fs::path& root : roots)
    store.change().add_root(root.string(), folder_options_json(options.folder));
  IndexRun run(store, impl_->number_of(model, spec, options), model, options);
  for (const fs::path& root : roots) run.root(root, options.folder);
  IndexSummary out = run.finish();
  warn_of_datasets(roots, out);
  return out;
}

IndexSummary LibraryWriter::update(const Model& model, const std::string& spec,
                                   const IndexOptions& options) {
  IndexRun run(impl_->store, impl_->number_of(model, spec, options), model, options);
  run.roots_of_library();
  run.datasets_of_library();
  return run.finish();
}

IndexSummary LibraryWriter::index_dataset(const DatasetInput& input, const Model& model,
                                          const std::string& spec, const IndexOptions& options) {
  Store& store = impl_->store;
  DatasetInput absolute = input;
  absolute.path = root_path(input.path);
  if (!input.options.image_root.empty())
    absolute.options.image_root = root_path(input.options.image_root);
  RowReader rows(absolute);  // before the library names a data set that cannot be opened
  const int64_t source = store.change().add_source(
      {0, "dataset", absolute.path.string(), dataset_options_json(absolute)});
  IndexRun run(store, impl_->number_of(model, spec, options), model, options);
  run.dataset(rows, source);
  return run.finish();
}

IndexSummary LibraryWriter::index_vectors(const fs::path& path, const IndexOptions& options) {
  const VectorSet set = vectors_of_images(path);
  return impl_->add_vectors(path, set, model_record(*set.provenance(), "", 0, options.stored),
                            options.progress);
}

IndexSummary LibraryWriter::index_vectors(const fs::path& path, const Model& model,
                                          const std::string& spec, const IndexOptions& options) {
  const VectorSet set = vectors_of_images(path);
  require_model(*set.provenance(), model.info(), quoted(path));
  return impl_->add_vectors(path, set, model_record(*set.provenance(), spec, 0, options.stored),
                            options.progress);
}

void LibraryWriter::watch(const Model& model, const std::string& spec, const IndexOptions& options,
                          const std::atomic<bool>& stop,
                          const std::function<void(const IndexSummary&)>& on_change) {
  Store& store = impl_->store;
  const int64_t id = impl_->number_of(model, spec, options);
  std::map<std::string, FolderOptions> roots;
  for (const auto& [path, json] : store.read().roots())
    roots[path] = parse_folder_options(path, json);
  watch_roots(
      roots, [&] { return IndexRun(store, id, model, options); }, options.progress, stop,
      on_change);
}

IndexSummary LibraryWriter::migrate(const Model& model, const std::string& spec,
                                    const IndexOptions& options) {
  Store& store = impl_->store;
  const int64_t id = impl_->number_of(model, spec, options);
  IndexRun run(store, id, model, options, true);
  run.roots_of_library();  // also finds files that were moved since they were indexed
  run.without_vector();
  run.datasets_of_library();
  const std::vector<std::string> changed = run.take_changed();
  if (changed.empty() && store.contents_of(id).empty()) {
    IndexSummary out = run.finish();
    if (id == store.read().active_model()) return out;  // there is nothing to encode
    store.remove_model(id);
    store.commit();
    out.warnings.push_back("no image could be encoded: the active model stays");
    return out;
  }
  const int64_t former = store.read().active_model();
  store.change().set_active_model(id);
  // In the same commit: until they are indexed, they have no vector of the active model.
  for (const std::string& path : changed) {
    if (const auto item = store.read().find_item(kFiles, "", path))
      store.change().set_failure(item->id, "it changed while the library was migrated", 0, 0);
  }
  store.commit();
  run.read_again(changed);
  IndexSummary out = run.finish();
  if (former != 0 && former != id) warn_of_lost_images(store, former, id, out);
  return out;
}

void LibraryWriter::activate(const std::string& model) {
  impl_->store.change().set_active_model(impl_->named(model).id);
  impl_->store.commit();
}

void LibraryWriter::drop_model(const std::string& model) {
  const ModelRecord record = impl_->named(model);
  if (record.id == impl_->store.read().active_model()) {
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
