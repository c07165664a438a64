// The kernels of exact search in every instruction set of this machine, against sums in double.
#include "index/scan_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "base/cpu_dispatch.h"
#include "base/random.h"
#include "index/quantize.h"

namespace sightline::index {
namespace {

// `count` rows of cells of `type` at random, each `stride` cells long and zero from `cells` on.
struct Operand {
  RowType type;
  bool query;  // bytes hold codes, and not codes + 128
  int64_t stride;
  std::vector<uint32_t> data;

  Operand(RowType of_type, bool is_query, int64_t count, int64_t cells, int64_t row_stride,
          Random& random)
      : type(of_type),
        query(is_query),
        stride(row_stride),
        data(static_cast<size_t>(count * stride)) {
    for (int64_t r = 0; r < count; ++r) {
      for (int64_t c = 0; c < cells; ++c) data[static_cast<size_t>(r * stride + c)] = cell(random);
    }
  }

  // Codes are extreme in every third cell: sums of 16 bits would overflow.
  uint32_t cell(Random& random) const {
    uint32_t made = 0;
    const bool extreme = random.below(3) == 0;
    for (int i = 0; type == RowType::i8 && i < 4; ++i) {
      const int code = extreme ? (query ? -127 : -128) : static_cast<int>(random.below(255)) - 127;
      made |= static_cast<uint32_t>(static_cast<uint8_t>(query ? code : code + 128)) << 8 * i;
    }
    for (int i = 0; type == RowType::bf16 && i < 2; ++i)
      made |= uint32_t{to_bf16(static_cast<float>(random.uniform()) - 0.4f)} << 16 * i;
    if (type == RowType::f32) {
      const float value = static_cast<float>(random.uniform()) - 0.4f;
      std::memcpy(&made, &value, sizeof made);
    }
    return made;
  }

  std::vector<double> values(int64_t row, int64_t cells) const {
    std::vector<double> all;
    for (int64_t c = 0; c < cells; ++c) {
      const uint32_t one = data[static_cast<size_t>(row * stride + c)];
      for (int i = 0; type == RowType::i8 && i < 4; ++i) {
        const auto byte = static_cast<uint8_t>(one >> 8 * i);
        all.push_back(query ? static_cast<int8_t>(byte) : byte - 128);
      }
      for (int i = 0; type == RowType::bf16 && i < 2; ++i)
        all.push_back(from_bf16(static_cast<uint16_t>(one >> 16 * i)));
      if (type == RowType::f32) all.push_back(__builtin_bit_cast(float, one));
    }
    return all;
  }
};

struct Case {
  const ScanKernels& kernels;
  RowType type;
  int64_t count, cells;
  Operand rows, queries;
  std::vector<int32_t> offsets;

  Case(const ScanKernels& tested, RowType of_type, int64_t row_count, int64_t row_cells,
       int64_t query_count, Random& random)
      : kernels(tested),
        type(of_type),
        count(row_count),
        cells(row_cells),
        rows(type, false, count, cells, cells, random),
        queries(type, true, query_count, cells, (cells + 15) / 16 * 16, random) {
    for (int64_t q = 0; q < query_count; ++q) {
      int32_t sum = 0;
      if (type == RowType::i8)
        for (const double code : queries.values(q, cells)) sum += static_cast<int32_t>(code);
      offsets.push_back(kernels.code_offset * sum);
    }
  }

  RowBlock block() const {
    return {reinterpret_cast<const uint8_t*>(rows.data.data()), cells * 4, count, cells};
  }

  void expect_sum(float found, int64_t row, int64_t query, const char* kernel) const {
    const auto a = rows.values(row, cells), b = queries.values(query, cells);
    double sum = 0, absolute = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      sum += a[i] * b[i];
      absolute += std::abs(a[i] * b[i]);
    }
    // Of floats as query_plan.cpp bounds them; those of codes are whole numbers below 2^24.
    const double unit = type == RowType::bf16 ? 0x1p-23 : 0x1p-24;
    const double allowed =
        type == RowType::i8 ? 0 : static_cast<double>(a.size() + 16) * unit * absolute;
    ASSERT_LE(std::abs(found - sum), allowed)
        << kernels.name << ' ' << kernel << ", type " << static_cast<int>(type) << ", " << count
        << " rows of " << cells << " cells, row " << row << ", query " << query;
  }
};

TEST(ScanKernels, FewQueriesAgreeInEveryTable) {
  Random random({1});
  for (const ScanKernels* kernels : runnable_scan_kernels()) {
    for (const RowType type : {RowType::f32, RowType::bf16, RowType::i8}) {
      for (const int64_t cells : {1, 3, 4, 15, 16, 33, 100}) {
        for (int64_t queries = 1; queries <= kFewQueries; ++queries) {
          const Case made(*kernels, type, 3, cells, queries, random);
          std::vector<float> sums(static_cast<size_t>(queries * 5));
          kernels->few[static_cast<int>(type)](made.block(), made.queries.data.data(),
                                               made.queries.stride, queries, made.offsets.data(),
                                               sums.data(), 5);
          for (int64_t q = 0; q < queries; ++q) {
            for (int64_t r = 0; r < 3; ++r)
              made.expect_sum(sums[static_cast<size_t>(q * 5 + r)], r, q, "few");
          }
        }
      }
    }
  }
}

TEST(ScanKernels, PanelsAgreeInEveryTable) {
  Random random({2});
  for (const ScanKernels* kernels : runnable_scan_kernels()) {
    for (const RowType type : {RowType::f32, RowType::bf16, RowType::i8}) {
      for (int64_t vectors = 1; vectors <= kernels->panel_vectors; ++vectors) {
        for (const auto& [count, cells] :
             {std::pair<int64_t, int64_t>{1, 1}, {2, 2}, {5, 7}, {6, 16}, {7, 33}, {25, 6}}) {
          const int64_t width = vectors * kernels->lanes;
          const Case made(*kernels, type, count, cells, width, random);
          std::vector<uint32_t> panel(static_cast<size_t>(cells * width));
          for (int64_t c = 0; c < cells; ++c) {
            for (int64_t q = 0; q < width; ++q)
              panel[static_cast<size_t>(c * width + q)] =
                  made.queries.data[static_cast<size_t>(q * made.queries.stride + c)];
          }
          // One row more detects writes beyond the last.
          std::vector<float> sums(static_cast<size_t>((count + 1) * width), 5.f);
          kernels->many[static_cast<int>(type)](made.block(), panel.data(), vectors,
                                                made.offsets.data(), sums.data());
          for (int64_t r = 0; r < count; ++r) {
            for (int64_t q = 0; q < width; ++q)
              made.expect_sum(sums[static_cast<size_t>(r * width + q)], r, q, "many");
          }
          for (int64_t q = 0; q < width; ++q)
            ASSERT_EQ(sums[static_cast<size_t>(count * width + q)], 5.f) << kernels->name;
        }
      }
    }
  }
}

TEST(ScanKernels, TheBestTableOfTheProcessorComesFirst) {
  std::vector<std::string_view> expected, found;
  const auto add = [&](InstructionSet set, std::string_view name) {
    if (is_supported(set)) expected.push_back(name);
  };
  add(InstructionSet::avx512_bf16, "avx512_bf16");
  add(InstructionSet::avx512, "avx512");
  add(InstructionSet::avx2, "avx2");
  add(InstructionSet::i8mm, "i8mm");
  add(InstructionSet::dotprod, "dotprod");
#if defined(__aarch64__)
  expected.push_back("neon");
#endif
  expected.push_back("generic");
  for (const ScanKernels* kernels : runnable_scan_kernels()) found.push_back(kernels->name);
  EXPECT_EQ(found, expected);
  EXPECT_EQ(&scan_kernels(), runnable_scan_kernels().front());
}

}  // namespace
}  // namespace sightline::index
