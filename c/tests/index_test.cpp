#include <sightline/index.h>

#include <cmath>
#include <limits>
#include <random>

#include "fixture.h"

namespace sightline::test {
namespace {

constexpr int64_t kRows = 500, kDim = 24;
constexpr size_t kQueries = 3;

std::vector<float> random_values(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

// Writes a float32 array (kRows, kDim) as .npy, version 1.0.
void write_npy(const fs::path& file, const std::vector<float>& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                       std::to_string(kRows) + ", " + std::to_string(kDim) + "), }";
  header.resize(118 - 1, ' ');
  header += '\n';
  std::ofstream out(file, std::ios::binary);
  out << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(header.size()) << '\0' << header;
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
}

class CIndex : public ::testing::Test {
 protected:
  CIndex() {
    EXPECT_OK(sightline_index_create(values.data(), kRows, kDim, index.out(), &error));
    EXPECT_OK(sightline_index_search_options_init(&options, sizeof options, &error));
  }

  sightline_status search() {
    const size_t size = kQueries * static_cast<size_t>(std::max(options.k, 0));
    rows.assign(size, -5);
    similarities.assign(size, -5);
    return sightline_index_search(index, queries.data(), kQueries, kDim, &options, rows.data(),
                                  similarities.data(), size, &error);
  }

  // Expects the hits to equal those of the library bit for bit, and the rest to be marked.
  void expect_hits(const SearchOptions& with) {
    const auto expected = VectorIndex::view(values, kRows, kDim).search(queries, kQueries, with);
    const auto k = static_cast<size_t>(options.k);
    for (size_t i = 0; i < kQueries; ++i) {
      for (size_t j = 0; j < k; ++j) {
        const bool hit = j < expected[i].size();
        EXPECT_EQ(rows[i * k + j], hit ? expected[i][j].index : -1);
        EXPECT_EQ(similarities[i * k + j],
                  hit ? expected[i][j].similarity : -std::numeric_limits<double>::infinity());
      }
    }
  }

  sightline_error error;
  std::vector<float> values = random_values(kRows * kDim, 1);
  const std::vector<float> queries = random_values(kQueries * kDim, 2);
  OwnedIndex index;
  sightline_index_search_options options;
  std::vector<int64_t> rows;
  std::vector<double> similarities;
};

TEST_F(CIndex, SearchesAsTheLibrary) {
  EXPECT_OK(search());
  expect_hits({});
  options.k = 7;
  options.min_similarity = 2;
  EXPECT_OK(search());
  expect_hits({.k = 7, .min_similarity = 2});
  std::vector<uint64_t> allowed((kRows + 63) / 64, 0);
  allowed[1] = 0x15;  // rows 64, 66 and 68
  options.min_similarity = -std::numeric_limits<double>::infinity();
  options.allowed = allowed.data();
  options.allowed_words = allowed.size();
  EXPECT_OK(search());
  expect_hits({.k = 7, .allowed = allowed});
  EXPECT_EQ(rows[3], -1);
  rows.assign(30, 0);
  similarities.assign(30, 0);
  EXPECT_OK(sightline_index_search(index, queries.data(), kQueries, kDim, nullptr, rows.data(),
                                   similarities.data(), 30, &error));
  options.k = 10;
  expect_hits({});
}

TEST_F(CIndex, QuantizedVectorsFindTheSame) {
  for (const int32_t scan : {SIGHTLINE_SCAN_BF16, SIGHTLINE_SCAN_INT8}) {
    options.scan = scan;
    EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, scan == SIGHTLINE_SCAN_BF16 ? "bf16" : "int8",
                 search());
    EXPECT_OK(sightline_index_quantize(index, scan, &error));
    EXPECT_OK(search());
    expect_hits({});
  }
  auto info = sized<sightline_index_info>();
  EXPECT_OK(sightline_index_get_info(index, &info, &error));
  EXPECT_EQ(info.has_bf16, 1);
  EXPECT_EQ(info.has_int8, 1);
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'scan' is 4",
               sightline_index_quantize(index, 4, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "fp32",
               sightline_index_quantize(index, SIGHTLINE_SCAN_FP32, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "file", sightline_index_save(index, &error));
}

TEST_F(CIndex, CopiesOrViewsTheVectors) {
  OwnedIndex view;
  EXPECT_OK(sightline_index_view(values.data(), kRows, kDim, view.out(), &error));
  std::vector<float> row(kDim), first(values.begin(), values.begin() + kDim);
  values[0] = 42;
  EXPECT_OK(sightline_index_vector(index, 0, row.data(), row.size(), &error));
  EXPECT_EQ(row, first);
  EXPECT_OK(sightline_index_vector(view, 0, row.data(), row.size(), &error));
  EXPECT_EQ(row[0], 42);
  for (const int64_t wrong : {int64_t{-1}, kRows}) {
    EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "does not exist",
                 sightline_index_vector(index, wrong, row.data(), row.size(), &error));
  }
  EXPECT_FAILS(SIGHTLINE_BUFFER_TOO_SMALL, "'vector' has a capacity of 23, expected at least 24",
               sightline_index_vector(index, 0, row.data(), 23, &error));
}

TEST_F(CIndex, OpensAndSavesFiles) {
  const ScratchDirectory folder;
  const fs::path npy = folder.path() / "vectors.npy";
  write_npy(npy, values);
  EXPECT_OK(sightline_index_open(npy.c_str(), index.out(), &error));
  EXPECT_OK(search());
  expect_hits({});
  EXPECT_OK(sightline_index_quantize(index, SIGHTLINE_SCAN_INT8, &error));
  EXPECT_OK(sightline_index_save(index, &error));
  EXPECT_OK(sightline_index_open(npy.c_str(), index.out(), &error));
  auto info = sized<sightline_index_info>();
  EXPECT_OK(sightline_index_get_info(index, &info, &error));
  EXPECT_EQ(info.rows, kRows);
  EXPECT_EQ(info.dim, kDim);
  EXPECT_EQ(info.has_int8, 1);
  EXPECT_EQ(info.has_bf16, 0);
  EXPECT_EQ(info.warning_count, 0u);
  EXPECT_OK(search());
  expect_hits({});
  values[0] += 1;
  write_npy(npy, values);  // the quantized vectors belong to another array now
  EXPECT_OK(sightline_index_open(npy.c_str(), index.out(), &error));
  EXPECT_OK(sightline_index_get_info(index, &info, &error));
  ASSERT_EQ(info.warning_count, 1u);
  const char* warning = nullptr;
  EXPECT_OK(sightline_index_warning(index, 0, &warning, &error));
  EXPECT_EQ(warning, VectorIndex::open(npy).warnings()[0]);
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "warning 1",
               sightline_index_warning(index, 1, &warning, &error));
  EXPECT_FAILS(SIGHTLINE_NOT_FOUND, "none.npy",
               sightline_index_open("none.npy", index.out(), &error));
  std::ofstream(npy) << "no array";
  EXPECT_FAILS(SIGHTLINE_INVALID_DATA, "vectors.npy",
               sightline_index_open(npy.c_str(), index.out(), &error));
}

TEST_F(CIndex, CreateErrors) {
  sightline_index* none = nullptr;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "(-1, 24)",
               sightline_index_create(values.data(), -1, kDim, &none, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "(500, 0)",
               sightline_index_view(values.data(), kRows, 0, &none, &error));
  EXPECT_FAILS(SIGHTLINE_LIMIT_EXCEEDED, "do not fit",
               sightline_index_create(values.data(), INT64_MAX, 8, &none, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'vectors' is NULL",
               sightline_index_create(nullptr, kRows, kDim, &none, &error));
  values[kDim * 3 + 1] = std::nanf("");
  EXPECT_FAILS(SIGHTLINE_INVALID_DATA, "row 3",
               sightline_index_create(values.data(), kRows, kDim, &none, &error));
  EXPECT_EQ(none, nullptr);
}

TEST_F(CIndex, SearchErrors) {
  options.k = 0;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'k' is 0", search());
  options.k = 5;
  options.scan = 9;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'scan' is 9", search());
  options.scan = SIGHTLINE_SCAN_BEST;
  options.min_similarity = std::nan("");
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "NaN", search());
  options.min_similarity = 0;
  const uint64_t word = 1;
  options.allowed = &word;
  for (const size_t words : {0, 1, 9}) {
    options.allowed_words = words;
    EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "expected 8 for 500 rows", search());
  }
  options.allowed = nullptr;
  options.allowed_words = 8;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'allowed' is NULL", search());
  options.allowed_words = 0;
  const auto call = [&](int64_t dim, size_t capacity) {
    return sightline_index_search(index, queries.data(), kQueries, dim, &options, rows.data(),
                                  similarities.data(), capacity, &error);
  };
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'dim' of the queries is 23, expected 24", call(23, 15));
  EXPECT_FAILS(SIGHTLINE_BUFFER_TOO_SMALL, "capacity of 14, expected at least 15", call(kDim, 14));
  options.struct_size = 1;
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "struct_size", call(kDim, 15));
  auto info = sized<sightline_index_info>();
  info.struct_size = 8;
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "sightline_index_info",
               sightline_index_get_info(index, &info, &error));
}

}  // namespace
}  // namespace sightline::test
