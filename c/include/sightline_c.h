// The C API of Sightline: models, encoding, exact vector search and image libraries, for programs
// and bindings in other languages. C99 and C++; docs/c_api.md introduces it.
//
// Conventions of every function:
// - It returns SIGHTLINE_OK or another status. `error`, which may be NULL, then has the status and
//   a sentence; after success it has SIGHTLINE_OK and an empty message. The *_free functions, which
//   accept NULL, return nothing.
// - Other pointers must not be NULL unless the comment says so; NULL is SIGHTLINE_INVALID_ARGUMENT.
//   With count 0, arrays may be NULL. After a failure, results are unchanged, except handles, which
//   are NULL, and what a comment says.
// - Texts are UTF-8 and end with a zero byte. Paths are bytes as the system has them.
// - Structs with struct_size grow in later versions. Options: call *_options_init first, then set
//   members. Results: set struct_size to sizeof the struct before the call. A library that does not
//   know the size returns SIGHTLINE_UNSUPPORTED. Structs without struct_size never change.
// - Texts and arrays in results are owned by the handle that they were read from: valid until it is
//   freed, and not to be freed or changed.
// - Handles may be used by several threads at once, unless their comment says otherwise. Freeing
//   must not overlap with another call on the same handle. A handle keeps what it needs of others:
//   a model may be freed before its encoders. There is no global state.
#ifndef SIGHTLINE_C_H
#define SIGHTLINE_C_H

#include <sightline_c/encoder.h>
#include <sightline_c/index.h>
#include <sightline_c/library.h>
#include <sightline_c/model.h>
#include <sightline_c/search.h>
#include <sightline_c/status.h>

#endif  // SIGHTLINE_C_H
