// Statuses, errors, progress and failures of the C API. The conventions are in sightline_c.h.
#ifndef SIGHTLINE_C_STATUS_H
#define SIGHTLINE_C_STATUS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SIGHTLINE_API __attribute__((visibility("default")))
#else
#define SIGHTLINE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Statuses. The numbers never change.
typedef int32_t sightline_status;
enum {
  SIGHTLINE_OK = 0,
  SIGHTLINE_INVALID_ARGUMENT = 1,  // an argument is not valid
  SIGHTLINE_NOT_FOUND = 2,         // a file, name or row does not exist
  SIGHTLINE_INVALID_DATA = 3,      // data does not conform to its format
  SIGHTLINE_UNSUPPORTED = 4,       // valid, but not implemented or not part of this build
  SIGHTLINE_LIMIT_EXCEEDED = 5,    // larger than a configured limit
  SIGHTLINE_IO = 6,                // a system call failed
  SIGHTLINE_CANCELLED = 7,         // stopped by the caller
  SIGHTLINE_INTERNAL = 8,          // a bug in the library
  SIGHTLINE_OUT_OF_MEMORY = 9,
  SIGHTLINE_BUFFER_TOO_SMALL = 10  // the message has the size that is needed
};

// Owned by the caller, who need not initialize it. A longer message is cut at a character.
typedef struct sightline_error {
  sightline_status status;
  char message[2044];
} sightline_error;

// Returns the version, such as "0.1.0". Valid for ever.
SIGHTLINE_API const char* sightline_version(void);
// Returns the name of a status, such as "invalid_data"; "unknown" for other numbers. Valid for
// ever.
SIGHTLINE_API const char* sightline_status_name(sightline_status status);

// Progress of a long call. Later versions may add members at the end.
typedef struct sightline_progress {
  size_t struct_size;
  const char* stage;  // "encoding images"; valid during the call
  const char* note;   // additional text; may be empty
  int64_t done;       // finished items
  int64_t total;      // all items; -1: unknown
} sightline_progress;
// Returns 0 to continue; any other value ends the call with SIGHTLINE_CANCELLED. Calls do not
// overlap, and come from the calling thread or another one. It must not throw or jump out.
// Functions accept NULL, which disables it, and pass `user_data` on.
typedef int32_t (*sightline_progress_fn)(const sightline_progress* progress, void* user_data);

// Items that could not be read or encoded. Immutable.
typedef struct sightline_failures sightline_failures;
typedef struct sightline_failure {
  size_t struct_size;
  int64_t input;       // number of the input, from 0; in libraries the number of the failure
  const char* id;      // name or path of the item
  const char* reason;  // one sentence
} sightline_failure;
SIGHTLINE_API sightline_status sightline_failures_count(const sightline_failures* failures,
                                                        size_t* count, sightline_error* error);
SIGHTLINE_API sightline_status sightline_failures_get(const sightline_failures* failures, size_t i,
                                                      sightline_failure* failure,
                                                      sightline_error* error);
SIGHTLINE_API void sightline_failures_free(sightline_failures* failures);

#ifdef __cplusplus
}
#endif

#endif  // SIGHTLINE_C_STATUS_H
