#include <sightline/error.h>
#include <sightline/library.h>

#include <memory>
#include <mutex>
#include <utility>

#include "base/path_id.h"
#include "base/text.h"
#include "library/catalogue/catalogue.h"
#include "library/collection_cache.h"
#include "library/indexing/source_options.h"
#include "library/library_collection.h"
#include "library/library_model.h"
#include "library/store/paths.h"
#include "library/store/writer_lock.h"

namespace sightline {

namespace fs = std::filesystem;
using namespace library;

struct Library::Impl {
  Impl(const fs::path& library, const LibraryOptions& given)
      : folder(library), options(given), catalogue_(open_catalogue(library)) {}

  // The catalogue, opened again if SQLite would not notice its changes. The mutex must be held.
  Catalogue& catalogue() {
    if (catalogue_->database().is_stale()) {
      catalogue_ = open_catalogue(folder);
      opened.clear();
    }
    return *catalogue_;
  }

  fs::path folder;
  LibraryOptions options;
  std::mutex mutex;
  CollectionCache opened;

 private:
  static std::unique_ptr<Catalogue> open_catalogue(const fs::path& library) {
    return std::make_unique<Catalogue>(catalogue_file(library), Database::Mode::read);
  }

  std::unique_ptr<Catalogue> catalogue_;
};

bool library_exists(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(catalogue_file(folder), ignored);
}

namespace {

fs::path existing_library(const fs::path& folder) {
  if (library_exists(folder)) return fs::absolute(folder);
  throw Error(ErrorCode::not_found, "there is no library in ", quoted(folder),
              "; 'sightline index FOLDER' makes one");
}

int64_t size_of_file(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(size);
}

LibraryModel counted_model(const Catalogue& catalogue, const fs::path& folder,
                           const ModelRecord& record, bool active, int64_t images) {
  LibraryModel out = library_model(record, active);
  for (const SegmentRecord& segment : catalogue.segments(record.id)) {
    ++out.segments;
    out.vectors += segment.rows - segment.dead;
    out.dead += segment.dead;
    out.size_bytes += size_of_file(segment_file(folder, segment.id));
  }
  out.missing = std::max<int64_t>(0, images - out.vectors);
  return out;
}

}  // namespace

std::optional<std::string> library_writer(const fs::path& folder) {
  return lock_holder(lock_file(existing_library(folder)));
}

Library::Library(const fs::path& folder, const LibraryOptions& options)
    : impl_(std::make_unique<Impl>(existing_library(folder), options)) {}
Library::Library(Library&&) noexcept = default;
Library& Library::operator=(Library&&) noexcept = default;
Library::~Library() = default;

const fs::path& Library::path() const {
  return impl_->folder;
}

std::string Library::uuid() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->catalogue().setting("uuid");
}

int64_t Library::images_added() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->catalogue().contents_added();
}

LibraryInfo Library::info() const {
  const std::lock_guard lock(impl_->mutex);
  Catalogue& catalogue = impl_->catalogue();
  const Transaction transaction(catalogue.database(), Transaction::Kind::read);
  const Database& database = catalogue.database();
  LibraryInfo out;
  out.path = impl_->folder;
  out.uuid = catalogue.setting("uuid");
  out.created = catalogue.setting("created");
  out.format_version = static_cast<int>(database.integer("PRAGMA user_version"));
  out.files = database.integer("SELECT count(*) FROM items WHERE source = 1");
  out.rows = database.integer("SELECT count(*) FROM items WHERE source != 1");
  out.images = database.integer("SELECT count(*) FROM contents");
  out.failures = database.integer("SELECT count(*) FROM failures");
  out.captions = database.integer("SELECT count(*) FROM captions");
  const int64_t active = catalogue.active_model();
  out.size_bytes = size_of_file(catalogue_file(impl_->folder));
  for (const ModelRecord& model : catalogue.models()) {
    out.models.push_back(
        counted_model(catalogue, impl_->folder, model, model.id == active, out.images));
    out.size_bytes += out.models.back().size_bytes;
  }
  for (const auto& [path, options] : catalogue.roots())
    out.roots.push_back({path, parse_folder_options(path, options)});
  for (const SourceRecord& source : catalogue.sources()) {
    if (source.id != kFiles) out.datasets.emplace_back(source.path);
  }
  return out;
}

std::vector<LibraryFailure> Library::failures() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<LibraryFailure> out;
  for (const FailureRecord& failure : impl_->catalogue().failures())
    out.push_back(
        {path_id(failure.path), failure.reason, failure.attempts, failure.failed, failure.retry});
  return out;
}

LibraryModel Library::model(const std::string& name) const {
  const std::lock_guard lock(impl_->mutex);
  const Catalogue& catalogue = impl_->catalogue();
  const int64_t active = catalogue.active_model();
  const ModelRecord found = find_model(catalogue.models(), active, name, impl_->folder);
  return library_model(found, found.id == active);
}

std::shared_ptr<const Collection> Library::collection(const std::string& model) const {
  const std::lock_guard lock(impl_->mutex);
  // Read before the snapshot: a commit in between only makes the next call open it again.
  const int64_t version = impl_->catalogue().database().integer("PRAGMA data_version");
  impl_->opened.drop_unless(model, [](const Collection& collection) {
    return state_of(collection).snapshot()->is_intact();
  });
  return impl_->opened.get(model, version, [&] {
    return open_library_collection(impl_->folder, model, impl_->options);
  });
}

}  // namespace sightline
