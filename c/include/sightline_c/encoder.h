// Encoders: images and texts to vectors.
#ifndef SIGHTLINE_C_ENCODER_H
#define SIGHTLINE_C_ENCODER_H

#include <sightline_c/model.h>
#include <sightline_c/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Keeps workspaces between calls; memory grows with the number of calls at the same time.
typedef struct sightline_encoder sightline_encoder;

typedef struct sightline_encoder_options {
  size_t struct_size;
  int64_t batch_size;        // 32; images per batch, 1 to 4096
  int64_t max_image_bytes;   // 256 MiB; size of an encoded file
  int64_t max_image_pixels;  // 178956970
  int32_t normalize;         // 1: vectors of unit length; 0: as the tower returns them
  int32_t reserved;          // 0
} sightline_encoder_options;
SIGHTLINE_API sightline_status sightline_encoder_options_init(sightline_encoder_options* options,
                                                              size_t struct_size,
                                                              sightline_error* error);
// `options` may be NULL.
SIGHTLINE_API sightline_status sightline_encoder_create(const sightline_model* model,
                                                        const sightline_encoder_options* options,
                                                        sightline_encoder** encoder,
                                                        sightline_error* error);
SIGHTLINE_API void sightline_encoder_free(sightline_encoder* encoder);

// Encodes texts into `vectors`, (count, D) row-major, of `capacity` floats. truncated[i], where
// `truncated` is not NULL, becomes 1 if only the beginning of texts[i] was encoded. Fails with
// BUFFER_TOO_SMALL, UNSUPPORTED (no text tower), INVALID_ARGUMENT (it was not loaded), INVALID_DATA
// (NaN or infinity), CANCELLED.
SIGHTLINE_API sightline_status sightline_encoder_texts(const sightline_encoder* encoder,
                                                       const char* const* texts, size_t count,
                                                       float* vectors, size_t capacity,
                                                       uint8_t* truncated,
                                                       sightline_progress_fn progress,
                                                       void* user_data, sightline_error* error);

// The next three encode images into `vectors`, (count, D) row-major, of `capacity` floats. They
// fail as sightline_encoder_texts does. Images that cannot be read, decoded or encoded: their rows
// become zero, and *failures a handle that the caller frees (NULL if all were encoded). If
// `failures` is NULL, the call fails for the first such image instead, with INVALID_DATA.

typedef struct sightline_image {
  const char* name;      // for messages
  const uint8_t* bytes;  // the encoded file: JPEG, PNG, …
  size_t size;
} sightline_image;
SIGHTLINE_API sightline_status sightline_encoder_images(const sightline_encoder* encoder,
                                                        const sightline_image* images, size_t count,
                                                        float* vectors, size_t capacity,
                                                        sightline_failures** failures,
                                                        sightline_progress_fn progress,
                                                        void* user_data, sightline_error* error);

// Files of at most one batch are in memory at a time.
SIGHTLINE_API sightline_status sightline_encoder_files(const sightline_encoder* encoder,
                                                       const char* const* paths, size_t count,
                                                       float* vectors, size_t capacity,
                                                       sightline_failures** failures,
                                                       sightline_progress_fn progress,
                                                       void* user_data, sightline_error* error);

typedef struct sightline_pixels {
  const char* name;    // for messages
  const uint8_t* rgb;  // (height, width, 3), rows from top to bottom without padding
  int32_t width;
  int32_t height;
} sightline_pixels;
// Pixels have the same vector as a file in a lossless format that decodes to them.
SIGHTLINE_API sightline_status sightline_encoder_pixels(
    const sightline_encoder* encoder, const sightline_pixels* images, size_t count, float* vectors,
    size_t capacity, sightline_failures** failures, sightline_progress_fn progress, void* user_data,
    sightline_error* error);

#ifdef __cplusplus
}
#endif

#endif  // SIGHTLINE_C_ENCODER_H
