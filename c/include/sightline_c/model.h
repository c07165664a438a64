// Models: towers that map images, texts or both to vectors of a common space.
#ifndef SIGHTLINE_C_MODEL_H
#define SIGHTLINE_C_MODEL_H

#include <sightline_c/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sightline_model sightline_model;  // immutable

enum { SIGHTLINE_BACKEND_CPU = 0, SIGHTLINE_BACKEND_TORCH = 1 };
enum { SIGHTLINE_PRECISION_FP32 = 0, SIGHTLINE_PRECISION_BF16 = 1, SIGHTLINE_PRECISION_INT8 = 2 };
// Handling of the orientation in an image's metadata: applied, or ignored.
enum { SIGHTLINE_ORIENTATION_UPRIGHT = 0, SIGHTLINE_ORIENTATION_STORED = 1 };
// Decoding of JPEG files: every pixel equals Pillow's, or at a part of the size.
enum { SIGHTLINE_DECODE_EXACT = 0, SIGHTLINE_DECODE_FAST = 1 };
// The way images become square: as the model was published; by the crop of the shortest side;
// without their aspect ratio; padded with black.
enum {
  SIGHTLINE_RESIZE_PUBLISHED = 0,
  SIGHTLINE_RESIZE_SHORTEST = 1,
  SIGHTLINE_RESIZE_SQUASH = 2,
  SIGHTLINE_RESIZE_LONGEST = 3
};

typedef struct sightline_model_options {
  size_t struct_size;
  int32_t backend;           // SIGHTLINE_BACKEND_CPU
  int32_t precision;         // SIGHTLINE_PRECISION_FP32
  int32_t orientation;       // SIGHTLINE_ORIENTATION_UPRIGHT
  int32_t decode;            // SIGHTLINE_DECODE_EXACT
  const char* device;        // NULL: "cpu"; with the backend torch also "cuda" and "cuda:N"
  const char* digest_cache;  // folder of cached digests of weight files; NULL: none
  int32_t lazy_packing;      // 0; 1 for programs that encode only a few queries
  int32_t load_image_tower;  // 1
  int32_t load_text_tower;   // 1
  int32_t reserved;          // 0
  int32_t resize;            // SIGHTLINE_RESIZE_PUBLISHED
  int32_t reserved_2;        // 0
} sightline_model_options;
SIGHTLINE_API sightline_status sightline_model_options_init(sightline_model_options* options,
                                                            size_t struct_size,
                                                            sightline_error* error);

// Loads a model. `spec`: a model folder or file, or a pair or an adapter as in the command line
// (docs/models.md). `options` may be NULL. Fails with NOT_FOUND, INVALID_DATA, INVALID_ARGUMENT,
// UNSUPPORTED (a backend, device or precision that this build or machine does not have).
SIGHTLINE_API sightline_status sightline_model_load(const char* spec,
                                                    const sightline_model_options* options,
                                                    sightline_model** model,
                                                    sightline_error* error);
SIGHTLINE_API void sightline_model_free(sightline_model* model);

// Finds a name of the Hugging Face Hub, such as "openai/clip-vit-base-patch32", in the local cache
// and writes the spec to load to `spec`, of `capacity` bytes. *size, which may be NULL, becomes the
// number of bytes that are needed, the zero byte included. Never accesses the network. Fails with
// NOT_FOUND (not in the cache), BUFFER_TOO_SMALL (`spec` may then be NULL, with capacity 0).
SIGHTLINE_API sightline_status sightline_model_resolve(const char* name, char* spec,
                                                       size_t capacity, size_t* size,
                                                       sightline_error* error);

typedef struct sightline_model_info {
  size_t struct_size;
  const char* name;
  const char* family;       // "clip_vit", "bert", …; "pair": two towers
  const char* layout;       // checkpoint layout: "huggingface", …
  const char* fingerprint;  // SHA-256 over config, weights, tokenizer and preprocessing, hex
  int64_t embedding_dim;    // D, the number of floats per vector
  int64_t parameters;       // of all towers
  int32_t has_image;        // the model has an image tower, loaded or not
  int32_t has_text;         // the model has a text tower, loaded or not
  int32_t image_size;       // pixels
  int32_t patch_size;       // 0: not a vision transformer
  int32_t context_length;   // most tokens of a text
  float logit_scale;
  size_t warning_count;  // contradictions in the model's files; show them to users
  // Of models with the sigmoid loss (SigLIP), otherwise 0 and 0: 1 / (1 + exp(-logit_scale * cosine
  // - logit_bias)) is the probability that a text describes an image.
  int32_t has_logit_bias;
  float logit_bias;
} sightline_model_info;
SIGHTLINE_API sightline_status sightline_model_get_info(const sightline_model* model,
                                                        sightline_model_info* info,
                                                        sightline_error* error);
SIGHTLINE_API sightline_status sightline_model_warning(const sightline_model* model, size_t i,
                                                       const char** warning,
                                                       sightline_error* error);

// Writes the token ids of a text to `ids`, of `capacity` elements: start token, text, end token.
// *count becomes their number, also on BUFFER_TOO_SMALL (`ids` may then be NULL, with capacity 0).
// *truncated, which may be NULL, becomes 1 if the text was cut to the context length, else 0.
// Fails with UNSUPPORTED if the model has no text tower.
SIGHTLINE_API sightline_status sightline_model_tokenize(const sightline_model* model,
                                                        const char* text, int32_t* ids,
                                                        size_t capacity, size_t* count,
                                                        int32_t* truncated, sightline_error* error);

#ifdef __cplusplus
}
#endif

#endif  // SIGHTLINE_C_MODEL_H
