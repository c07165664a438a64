// Libraries: indexes of images on the disk, kept up to date and searched by several processes.
#ifndef SIGHTLINE_C_LIBRARY_H
#define SIGHTLINE_C_LIBRARY_H

#include <sightline_c/model.h>
#include <sightline_c/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Changes take the library's only writer for the time of the call: while another thread or process
// changes it, they fail with IO, or wait with the option `wait`.
typedef struct sightline_library sightline_library;

typedef struct sightline_library_options {
  size_t struct_size;
  int32_t create;       // 0; 1: create the library if there is none
  int32_t wait;         // 0; 1: changes wait for other writers
  const char* purpose;  // for messages of other writers; NULL: "a program"
} sightline_library_options;
SIGHTLINE_API sightline_status sightline_library_options_init(sightline_library_options* options,
                                                              size_t struct_size,
                                                              sightline_error* error);
// `options` may be NULL. Fails with NOT_FOUND (no library), UNSUPPORTED (a newer format),
// INVALID_DATA (damaged), IO.
SIGHTLINE_API sightline_status sightline_library_open(const char* folder,
                                                      const sightline_library_options* options,
                                                      sightline_library** library,
                                                      sightline_error* error);
SIGHTLINE_API void sightline_library_free(sightline_library* library);

// Loads a model of the library with the settings of its vectors: the active one or, if `name` is
// not NULL, the one with this name, spec or fingerprint. `options` (may be NULL) chooses towers,
// backend and packing; its precision, orientation and decode are those of the vectors instead.
// Fails with NOT_FOUND if there is no such model or none yet.
SIGHTLINE_API sightline_status sightline_library_load_model(const sightline_library* library,
                                                            const char* name,
                                                            const sightline_model_options* options,
                                                            sightline_model** model,
                                                            sightline_error* error);

// The state of a library at one time. Immutable.
typedef struct sightline_library_state sightline_library_state;
typedef struct sightline_library_info {
  size_t struct_size;
  const char* path;
  const char* uuid;
  const char* created;  // "2026-01-31T12:00:00Z"
  int64_t files;        // items that are files
  int64_t rows;         // items of data sets and vector sets
  int64_t images;       // distinct images
  int64_t captions;
  int64_t size_bytes;  // on the disk
  size_t model_count;
  size_t root_count;     // folders and files that were added
  size_t failure_count;  // items that could not be read or encoded
} sightline_library_info;
typedef struct sightline_library_model {
  size_t struct_size;
  const char* name;
  const char* spec;  // of sightline_model_load
  const char* fingerprint;
  int64_t dim;
  int64_t vectors;         // that can be found
  int64_t missing;         // images without a vector of this model
  int32_t active;          // 1: used if no model is named
  int32_t half_precision;  // 1: stored as fp16
} sightline_library_model;
SIGHTLINE_API sightline_status sightline_library_get_state(const sightline_library* library,
                                                           sightline_library_state** state,
                                                           sightline_error* error);
SIGHTLINE_API sightline_status sightline_library_state_info(const sightline_library_state* state,
                                                            sightline_library_info* info,
                                                            sightline_error* error);
SIGHTLINE_API sightline_status sightline_library_state_model(const sightline_library_state* state,
                                                             size_t i,
                                                             sightline_library_model* model,
                                                             sightline_error* error);
SIGHTLINE_API sightline_status sightline_library_state_root(const sightline_library_state* state,
                                                            size_t i, const char** path,
                                                            sightline_error* error);
SIGHTLINE_API sightline_status sightline_library_state_failure(const sightline_library_state* state,
                                                               size_t i, sightline_failure* failure,
                                                               sightline_error* error);
SIGHTLINE_API void sightline_library_state_free(sightline_library_state* state);

typedef struct sightline_indexing_options {
  size_t struct_size;
  int64_t batch_size;          // 32; images per batch, 1 to 4096
  const char* const* exclude;  // patterns of files and folders to leave out, as in .gitignore
  size_t exclude_count;        // 0
  int32_t include_hidden;      // 0; 1: also names that begin with '.'
  int32_t retry_failures;      // 0; 1: try failed files again before their time
  int32_t half_precision;      // 0; 1: store vectors of a model that is new to the library as fp16
  int32_t reserved;            // 0
} sightline_indexing_options;
SIGHTLINE_API sightline_status sightline_indexing_options_init(sightline_indexing_options* options,
                                                               size_t struct_size,
                                                               sightline_error* error);

// The summary of a change of a library. Immutable.
typedef struct sightline_changes sightline_changes;
typedef struct sightline_changes_info {
  size_t struct_size;
  int64_t files;      // seen
  int64_t unchanged;  // of these, not read
  int64_t moved;      // found under another path and not read
  int64_t added;      // new
  int64_t updated;    // read again
  int64_t removed;    // their file is gone
  int64_t encoded;    // images that the model saw
  int64_t reused;     // their image had a vector already
  int64_t failed;     // could not be read or encoded
  double seconds;
  size_t failure_count;  // failures with a reason, at most 1000
  size_t warning_count;
} sightline_changes_info;
SIGHTLINE_API sightline_status sightline_changes_get_info(const sightline_changes* changes,
                                                          sightline_changes_info* info,
                                                          sightline_error* error);
SIGHTLINE_API sightline_status sightline_changes_failure(const sightline_changes* changes, size_t i,
                                                         sightline_failure* failure,
                                                         sightline_error* error);
SIGHTLINE_API sightline_status sightline_changes_warning(const sightline_changes* changes, size_t i,
                                                         const char** warning,
                                                         sightline_error* error);
SIGHTLINE_API void sightline_changes_free(sightline_changes* changes);

// The next three change a library. `options`, `changes` and `progress` may be NULL. What was done
// before a cancellation is kept, and the next call continues.
//
// Adds files and the images of folders and remembers these paths; new and changed files are read,
// those that are gone are removed. The library remembers the model by the spec with which it was
// loaded, as an absolute path if it is a path. Fails with NOT_FOUND (no such path), IO.
SIGHTLINE_API sightline_status sightline_library_index(
    sightline_library* library, const sightline_model* model, const char* const* paths,
    size_t count, const sightline_indexing_options* options, sightline_progress_fn progress,
    void* user_data, sightline_changes** changes, sightline_error* error);
// The same for all paths that were added before, each with its options for folders.
SIGHTLINE_API sightline_status
sightline_library_update(sightline_library* library, const sightline_model* model,
                         const sightline_indexing_options* options, sightline_progress_fn progress,
                         void* user_data, sightline_changes** changes, sightline_error* error);
// Forgets a path that was added and removes its items. Fails with NOT_FOUND.
SIGHTLINE_API sightline_status sightline_library_remove(sightline_library* library,
                                                        const char* path,
                                                        sightline_changes** changes,
                                                        sightline_error* error);

#ifdef __cplusplus
}
#endif

#endif  // SIGHTLINE_C_LIBRARY_H
