#include <sightline/index.h>

#include <algorithm>
#include <limits>

#include "call.h"
#include "handles.h"
#include "scan_types.h"

namespace sightline::c {
namespace {

constexpr const char* kOptionsName = "sightline_index_search_options";
constexpr double kNoSimilarity = -std::numeric_limits<double>::infinity();

sightline_index_search_options default_options() {
  sightline_index_search_options options = {};
  options.struct_size = sizeof options;
  options.k = SearchOptions{}.k;
  options.min_similarity = kNoSimilarity;
  return options;
}

SearchOptions search_options(const sightline_index_search_options* options,
                             const VectorIndex& index) {
  const auto given = read_options(options, default_options(), kOptionsName);
  if (given.k < 1)
    throw Error(ErrorCode::invalid_argument, "'k' is ", given.k, ", expected at least 1");
  SearchOptions result{.k = given.k,
                       .scan = scan_type(given.scan),
                       .allowed = {},
                       .min_similarity = given.min_similarity};
  if (given.allowed == nullptr && given.allowed_words == 0) return result;
  const size_t words = (static_cast<size_t>(index.rows()) + 63) / 64;
  if (given.allowed_words != words) {
    throw Error(ErrorCode::invalid_argument, "'allowed_words' is ", given.allowed_words,
                ", expected ", words, " for ", index.rows(), " rows");
  }
  result.allowed = array(given.allowed, words, "allowed");
  return result;
}

// Returns the array (rows, dim).
std::span<const float> matrix(const float* values, int64_t rows, int64_t dim, const char* name) {
  if (rows < 0 || dim < 1) {
    throw Error(ErrorCode::invalid_argument, "'", name, "' has shape (", rows, ", ", dim,
                "), expected at least 0 rows and 1 dimension");
  }
  return array(values, product(static_cast<size_t>(rows), static_cast<size_t>(dim)), name);
}

}  // namespace
}  // namespace sightline::c

using namespace sightline::c;

sightline_status sightline_index_create(const float* vectors, int64_t rows, int64_t dim,
                                        sightline_index** index, sightline_error* error) {
  return guarded(error, [&] {
    auto& out = out_handle(index, "index");
    const auto given = matrix(vectors, rows, dim, "vectors");
    std::vector<float> values(given.begin(), given.end());
    auto view = sightline::VectorIndex::view(values, rows, dim);
    out = new sightline_index{std::move(values), std::move(view)};
  });
}

sightline_status sightline_index_view(const float* vectors, int64_t rows, int64_t dim,
                                      sightline_index** index, sightline_error* error) {
  return guarded(error, [&] {
    auto& out = out_handle(index, "index");
    const auto given = matrix(vectors, rows, dim, "vectors");
    out = new sightline_index{{}, sightline::VectorIndex::view(given, rows, dim)};
  });
}

sightline_status sightline_index_open(const char* npy, sightline_index** index,
                                      sightline_error* error) {
  return guarded(error, [&] {
    auto& out = out_handle(index, "index");
    out = new sightline_index{{}, sightline::VectorIndex::open(&required(npy, "npy"))};
  });
}

void sightline_index_free(sightline_index* index) {
  delete index;
}

sightline_status sightline_index_get_info(const sightline_index* index, sightline_index_info* info,
                                          sightline_error* error) {
  return guarded(error, [&] {
    const sightline::VectorIndex& from = required(index, "index").index;
    sightline_index_info to = {};
    to.rows = from.rows();
    to.dim = from.dim();
    to.has_bf16 = from.has(sightline::ScanType::bf16);
    to.has_int8 = from.has(sightline::ScanType::int8);
    to.warning_count = from.warnings().size();
    write_info(info, to, "sightline_index_info");
  });
}

sightline_status sightline_index_warning(const sightline_index* index, size_t i,
                                         const char** warning, sightline_error* error) {
  return guarded(error, [&] {
    const auto& warnings = required(index, "index").index.warnings();
    require_below(i, warnings.size(), "warning");
    required(warning, "warning") = warnings[i].c_str();
  });
}

sightline_status sightline_index_vector(const sightline_index* index, int64_t row, float* vector,
                                        size_t capacity, sightline_error* error) {
  return guarded(error, [&] {
    const sightline::VectorIndex& from = required(index, "index").index;
    // A negative row becomes larger than any count.
    require_below(static_cast<size_t>(row), static_cast<size_t>(from.rows()), "row");
    const auto dim = static_cast<size_t>(from.dim());
    require_capacity(capacity, dim, "vector");
    from.copy_row(row, array(vector, dim, "vector"));
  });
}

sightline_status sightline_index_quantize(sightline_index* index, int32_t scan,
                                          sightline_error* error) {
  return guarded(error, [&] { required(index, "index").index.add(scan_type(scan)); });
}

sightline_status sightline_index_save(const sightline_index* index, sightline_error* error) {
  return guarded(error, [&] { required(index, "index").index.save(); });
}

sightline_status sightline_index_search_options_init(sightline_index_search_options* options,
                                                     size_t struct_size, sightline_error* error) {
  return guarded(error,
                 [&] { write_struct(options, struct_size, default_options(), kOptionsName); });
}

sightline_status sightline_index_search(const sightline_index* index, const float* queries,
                                        size_t count, int64_t dim,
                                        const sightline_index_search_options* options,
                                        int64_t* rows, double* similarities, size_t capacity,
                                        sightline_error* error) {
  return guarded(error, [&] {
    const sightline::VectorIndex& from = required(index, "index").index;
    if (dim != from.dim()) {
      throw sightline::Error(sightline::ErrorCode::invalid_argument, "'dim' of the queries is ",
                             dim, ", expected ", from.dim());
    }
    const auto given = matrix(queries, static_cast<int64_t>(count), dim, "queries");
    const sightline::SearchOptions chosen = search_options(options, from);
    const auto k = static_cast<size_t>(chosen.k);
    const size_t needed = product(count, k);
    require_capacity(capacity, needed, "rows");
    const std::span<int64_t> out_rows = array(rows, needed, "rows");
    const std::span<double> out_similarities = array(similarities, needed, "similarities");
    const auto hits = from.search(given, static_cast<int64_t>(count), chosen);
    std::ranges::fill(out_rows, -1);
    std::ranges::fill(out_similarities, kNoSimilarity);
    for (size_t i = 0; i < count; ++i) {
      for (size_t j = 0; j < hits[i].size(); ++j) {
        out_rows[i * k + j] = hits[i][j].index;
        out_similarities[i * k + j] = hits[i][j].similarity;
      }
    }
  });
}
