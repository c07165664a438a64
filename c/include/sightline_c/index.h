// Vector indexes: exact search for the rows with the largest inner products.
#ifndef SIGHTLINE_C_INDEX_H
#define SIGHTLINE_C_INDEX_H

#include <sightline_c/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// sightline_index_quantize must not overlap with other calls on the same index.
typedef struct sightline_index sightline_index;

// The vectors that a search scans first. Affects speed only, never the hits. BEST: the smallest
// type that the index has.
enum {
  SIGHTLINE_SCAN_BEST = 0,
  SIGHTLINE_SCAN_FP32 = 1,
  SIGHTLINE_SCAN_BF16 = 2,
  SIGHTLINE_SCAN_INT8 = 3
};

// An index over `vectors`, (rows, dim) row-major: a copy of them (create), or the array itself,
// which must then outlive the index unchanged (view). Fail with INVALID_ARGUMENT, INVALID_DATA (NaN
// or infinity; the message names the row).
SIGHTLINE_API sightline_status sightline_index_create(const float* vectors, int64_t rows,
                                                      int64_t dim, sightline_index** index,
                                                      sightline_error* error);
SIGHTLINE_API sightline_status sightline_index_view(const float* vectors, int64_t rows, int64_t dim,
                                                    sightline_index** index,
                                                    sightline_error* error);
// Opens NAME.npy, (N, D), and the quantized vectors in NAME.quantized if it exists. Fails with
// NOT_FOUND, IO, UNSUPPORTED (not floats), INVALID_DATA.
SIGHTLINE_API sightline_status sightline_index_open(const char* npy, sightline_index** index,
                                                    sightline_error* error);
SIGHTLINE_API void sightline_index_free(sightline_index* index);

typedef struct sightline_index_info {
  size_t struct_size;
  int64_t rows;
  int64_t dim;
  int32_t has_bf16;  // quantized vectors that a search can scan
  int32_t has_int8;
  size_t warning_count;  // reasons why quantized vectors on disk are not used
} sightline_index_info;
SIGHTLINE_API sightline_status sightline_index_get_info(const sightline_index* index,
                                                        sightline_index_info* info,
                                                        sightline_error* error);
SIGHTLINE_API sightline_status sightline_index_warning(const sightline_index* index, size_t i,
                                                       const char** warning,
                                                       sightline_error* error);
// Copies a row to `vector`, of `capacity` floats.
SIGHTLINE_API sightline_status sightline_index_vector(const sightline_index* index, int64_t row,
                                                      float* vector, size_t capacity,
                                                      sightline_error* error);
// Quantizes the vectors in memory to SIGHTLINE_SCAN_BF16 or SIGHTLINE_SCAN_INT8.
SIGHTLINE_API sightline_status sightline_index_quantize(sightline_index* index, int32_t scan,
                                                        sightline_error* error);
// Writes the quantized vectors of an opened index to NAME.quantized. Fails with INVALID_ARGUMENT
// (not opened from a file, or the file has changed), IO.
SIGHTLINE_API sightline_status sightline_index_save(const sightline_index* index,
                                                    sightline_error* error);

typedef struct sightline_index_search_options {
  size_t struct_size;
  int32_t k;                // 10; hits per query
  int32_t scan;             // SIGHTLINE_SCAN_BEST
  double min_similarity;    // -infinity; rows with a smaller similarity are not hits
  const uint64_t* allowed;  // rows that may be hits: bit i % 64 of word i / 64; NULL: all
  size_t allowed_words;     // (rows + 63) / 64, or 0
} sightline_index_search_options;
SIGHTLINE_API sightline_status sightline_index_search_options_init(
    sightline_index_search_options* options, size_t struct_size, sightline_error* error);

// Searches for the k best rows of each query. `queries`: (count, dim) row-major. Hit j of query i
// is rows[i * k + j] with similarities[i * k + j], best first; hits that do not exist, because
// fewer rows qualify, are row -1 with similarity -infinity. `capacity`: elements of each of the two
// arrays, at least count * k. `options` may be NULL. Fails with INVALID_ARGUMENT, BUFFER_TOO_SMALL.
SIGHTLINE_API sightline_status sightline_index_search(const sightline_index* index,
                                                      const float* queries, size_t count,
                                                      int64_t dim,
                                                      const sightline_index_search_options* options,
                                                      int64_t* rows, double* similarities,
                                                      size_t capacity, sightline_error* error);

#ifdef __cplusplus
}
#endif

#endif  // SIGHTLINE_C_INDEX_H
