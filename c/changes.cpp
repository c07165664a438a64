// Changes of a library, and what they did.
#include <sightline/library.h>

#include <algorithm>
#include <functional>

#include "call.h"
#include "failures.h"
#include "handles.h"

namespace sightline::c {
namespace {

constexpr const char* kOptionsName = "sightline_indexing_options";

sightline_indexing_options default_options() {
  sightline_indexing_options options = {};
  options.struct_size = sizeof options;
  options.batch_size = IndexOptions{}.batch_size;
  return options;
}

IndexOptions index_options(const sightline_indexing_options* options, ProgressFn progress) {
  const auto given = read_options(options, default_options(), kOptionsName);
  require_reserved(given.reserved, kOptionsName);
  IndexOptions result;
  result.folder.exclude = strings(given.exclude, given.exclude_count, "exclude");
  result.folder.include_hidden = flag(given.include_hidden, "include_hidden");
  result.batch_size = given.batch_size;
  result.retry_failures = flag(given.retry_failures, "retry_failures");
  if (flag(given.half_precision, "half_precision")) result.stored = StoredVectors::fp16;
  result.progress = std::move(progress);
  return result;
}

// Runs `change` as the library's writer and stores its summary.
void change(sightline_library& library, sightline_changes** changes, const ProgressFn& progress,
            const std::function<IndexSummary(LibraryWriter&)>& run) {
  if (changes != nullptr) *changes = nullptr;
  LibraryWriter writer(library.library.path(),
                       {.wait = library.wait, .purpose = library.purpose, .progress = progress});
  auto result = std::make_unique<sightline_changes>(run(writer));
  if (changes != nullptr) *changes = result.release();
}

}  // namespace
}  // namespace sightline::c

using namespace sightline::c;

sightline_status sightline_indexing_options_init(sightline_indexing_options* options,
                                                 size_t struct_size, sightline_error* error) {
  return guarded(error,
                 [&] { write_struct(options, struct_size, default_options(), kOptionsName); });
}

sightline_status sightline_library_index(sightline_library* library, const sightline_model* model,
                                         const char* const* paths, size_t count,
                                         const sightline_indexing_options* options,
                                         sightline_progress_fn progress, void* user_data,
                                         sightline_changes** changes, sightline_error* error) {
  return guarded(error, [&] {
    const auto callback = progress_of(progress, user_data);
    const sightline_model& with = required(model, "model");
    const auto texts = strings(paths, count, "paths");
    const std::vector<std::filesystem::path> files(texts.begin(), texts.end());
    const sightline::IndexOptions chosen = index_options(options, callback);
    change(required(library, "library"), changes, callback, [&](sightline::LibraryWriter& writer) {
      return writer.index(files, *with.model, with.spec, chosen);
    });
  });
}

sightline_status sightline_library_update(sightline_library* library, const sightline_model* model,
                                          const sightline_indexing_options* options,
                                          sightline_progress_fn progress, void* user_data,
                                          sightline_changes** changes, sightline_error* error) {
  return guarded(error, [&] {
    const auto callback = progress_of(progress, user_data);
    const sightline_model& with = required(model, "model");
    const sightline::IndexOptions chosen = index_options(options, callback);
    change(required(library, "library"), changes, callback, [&](sightline::LibraryWriter& writer) {
      return writer.update(*with.model, with.spec, chosen);
    });
  });
}

sightline_status sightline_library_remove(sightline_library* library, const char* path,
                                          sightline_changes** changes, sightline_error* error) {
  return guarded(error, [&] {
    const std::string text = &required(path, "path");
    change(required(library, "library"), changes, {},
           [&](sightline::LibraryWriter& writer) { return writer.remove(text); });
  });
}

sightline_status sightline_changes_get_info(const sightline_changes* changes,
                                            sightline_changes_info* info, sightline_error* error) {
  return guarded(error, [&] {
    const sightline::IndexSummary& from = required(changes, "changes").summary;
    sightline_changes_info to = {};
    to.files = from.files;
    to.unchanged = from.unchanged;
    to.moved = from.moved;
    to.added = from.added;
    to.updated = from.updated;
    to.removed = from.removed;
    to.encoded = from.encoded;
    to.reused = from.reused;
    to.failed = from.failed;
    to.seconds = from.seconds;
    to.failure_count = from.failures.size();
    to.warning_count = from.warnings.size();
    write_info(info, to, "sightline_changes_info");
  });
}

sightline_status sightline_changes_failure(const sightline_changes* changes, size_t i,
                                           sightline_failure* failure, sightline_error* error) {
  return guarded(error, [&] {
    const auto& failures = required(changes, "changes").summary.failures;
    require_below(i, failures.size(), "failure");
    write_failure(failure, static_cast<int64_t>(i), failures[i].id, failures[i].reason);
  });
}

sightline_status sightline_changes_warning(const sightline_changes* changes, size_t i,
                                           const char** warning, sightline_error* error) {
  return guarded(error, [&] {
    const auto& warnings = required(changes, "changes").summary.warnings;
    require_below(i, warnings.size(), "warning");
    required(warning, "warning") = warnings[i].c_str();
  });
}

void sightline_changes_free(sightline_changes* changes) {
  delete changes;
}
