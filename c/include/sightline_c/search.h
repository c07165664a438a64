// Searching a library, and the hits.
#ifndef SIGHTLINE_C_SEARCH_H
#define SIGHTLINE_C_SEARCH_H

#include <sightline_c/library.h>
#include <sightline_c/model.h>
#include <sightline_c/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sightline_search_options {
  size_t struct_size;
  int32_t k;                     // 10; hits per query
  int32_t scan;                  // SIGHTLINE_SCAN_BEST
  int64_t offset;                // 0; hits of each query to leave out
  double min_similarity;         // -infinity
  double diversity;              // 0; at most below 1: weight of being unlike the hits before
  double fdr;                    // 0.05; false discovery rate of what is called a match
  const char* const* templates;  // such as "a photo of a {}"
  size_t template_count;         // 0
  const char* cache;             // folder of what `judge` estimates; NULL: kept in the handle only
  int32_t literal;               // 0: the query language; 1: queries are plain texts
  int32_t judge;                 // 1: tell matches from chance, for queries of texts
  int32_t group;                 // 0; 1: fold near-duplicates under the best of them
  int32_t correction;            // 1: apply what was learned from judgements, if anything was
} sightline_search_options;
SIGHTLINE_API sightline_status sightline_search_options_init(sightline_search_options* options,
                                                             size_t struct_size,
                                                             sightline_error* error);

// The hits of one search. Immutable.
typedef struct sightline_hits sightline_hits;

// Searches with queries in the query language (docs/query_language.md), such as
// "beach -people before:2021-06". Files of image:FILE are read. `model`: of the library
// (sightline_library_load_model); NULL if no query has texts or images. `options` and `progress`
// may be NULL. Fails with INVALID_ARGUMENT (no query, a query that cannot be parsed, vectors of
// another model), NOT_FOUND (no vectors of the model, no such file or item), CANCELLED.
SIGHTLINE_API sightline_status sightline_library_search(
    const sightline_library* library, const sightline_model* model, const char* const* queries,
    size_t count, const sightline_search_options* options, sightline_progress_fn progress,
    void* user_data, sightline_hits** hits, sightline_error* error);
SIGHTLINE_API void sightline_hits_free(sightline_hits* hits);

enum {
  SIGHTLINE_VERDICT_MATCH = 0,
  SIGHTLINE_VERDICT_WEAK = 1,      // the best hits are more likely matches than not
  SIGHTLINE_VERDICT_NO_MATCH = 2,  // no hit is distinguishable from chance
  SIGHTLINE_VERDICT_UNKNOWN = 3    // not judged, or the library is too small
};
typedef struct sightline_hits_info {
  size_t struct_size;
  size_t query_count;
  size_t warning_count;
  int64_t rows;       // vectors that were searched
  const char* model;  // name of the model that encoded the queries; may be empty
} sightline_hits_info;
typedef struct sightline_query_info {
  size_t struct_size;
  const char* name;  // the query
  size_t hit_count;
  int64_t matching;  // rows that meet its filter
  int64_t matches;   // number of first hits that are matches
  double p;          // probability that the best of all images is as similar by chance; 1: unknown
  int32_t judged;    // 1: verdict, p and matches are known
  int32_t verdict;   // SIGHTLINE_VERDICT_…
} sightline_query_info;
typedef struct sightline_hit {
  size_t struct_size;
  int64_t rank;         // from 1
  double similarity;    // a cosine; 0 if the query has no terms
  double p;             // probability that another image is as similar; 1: not judged
  double q;             // smallest false discovery rate at which the hit is a match
  int64_t row;          // of the vectors that were searched
  int64_t key;          // number of the image, the same as long as the library has it
  const char* id;       // path, or id of a row of a data set
  const char* path;     // of the file that has the image, as bytes
  const char* dataset;  // name of its data set; may be empty
  size_t caption_count;
  size_t copy_count;       // further items with the same image
  size_t duplicate_count;  // with `group`: hits that are folded under this one
  int32_t judged;          // 1: p and q are known
  int32_t reserved;        // 0
} sightline_hit;
SIGHTLINE_API sightline_status sightline_hits_get_info(const sightline_hits* hits,
                                                       sightline_hits_info* info,
                                                       sightline_error* error);
SIGHTLINE_API sightline_status sightline_hits_query(const sightline_hits* hits, size_t query,
                                                    sightline_query_info* info,
                                                    sightline_error* error);
SIGHTLINE_API sightline_status sightline_hits_get(const sightline_hits* hits, size_t query,
                                                  size_t i, sightline_hit* hit,
                                                  sightline_error* error);
// Caption, or id of a copy, number `j` of hit `i`.
SIGHTLINE_API sightline_status sightline_hits_caption(const sightline_hits* hits, size_t query,
                                                      size_t i, size_t j, const char** caption,
                                                      sightline_error* error);
SIGHTLINE_API sightline_status sightline_hits_copy(const sightline_hits* hits, size_t query,
                                                   size_t i, size_t j, const char** id,
                                                   sightline_error* error);
// Duplicate number `j` of hit `i`. Its captions and copies are counted, but cannot be read.
SIGHTLINE_API sightline_status sightline_hits_duplicate(const sightline_hits* hits, size_t query,
                                                        size_t i, size_t j, sightline_hit* hit,
                                                        sightline_error* error);
// The value of a field of hit `i`, such as "date" or a column of a data set. *value becomes NULL if
// it has no such field.
SIGHTLINE_API sightline_status sightline_hits_field(const sightline_hits* hits, size_t query,
                                                    size_t i, const char* name, const char** value,
                                                    sightline_error* error);
SIGHTLINE_API sightline_status sightline_hits_warning(const sightline_hits* hits, size_t i,
                                                      const char** warning, sightline_error* error);

#ifdef __cplusplus
}
#endif

#endif  // SIGHTLINE_C_SEARCH_H
