// Exact search of one query among some of the rows, and in several segments, by selectivity.
//
//   bench_filtered_search [--rows N] [--dim D] [--queries Q] [--rounds R]
//
// Prints a table of milliseconds per search, k = 10, over synthetic vectors with int8 codes: the
// best and the median of R interleaved rounds. A mask of selectivity s allows each row with
// probability s; "double" is the plain loop over the allowed rows in double, on one thread.
#include <sightline/error.h>
#include <sightline/index.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "index/exact_dot.h"
#include "index/quantize.h"
#include "index/segmented_index.h"
#include "measure/synthetic_vectors.h"
#include "tensor/tensor.h"

namespace {

using namespace sightline;

struct Settings {
  int64_t rows = 1'000'000, dim = 512, queries = 1;
  int rounds = 15;
};

// The vectors once as f32 and f16, quantized in segments of equal size.
class Vectors {
 public:
  explicit Vectors(const Settings& settings) : rows_(settings.rows), dim_(settings.dim) {
    values_ = synthetic_vectors(rows_, dim_, 1000);
    max_norm_ = index::checked_max_norm(values_.data(), rows_, dim_, "the vectors");
  }

  VectorIndex split(int64_t segments) {
    std::vector<index::IndexSegment> made;
    for (int64_t s = 0; s < segments; ++s) {
      const int64_t first = rows_ * s / segments, end = rows_ * (s + 1) / segments;
      index::IndexSegment segment;
      segment.full = {values_.data() + first * dim_, end - first, dim_, max_norm_};
      codes_.push_back(std::make_unique<index::OwnedQuantizedRows>(
          index::quantize(segment.full, index::RowType::i8)));
      segment.i8 = codes_.back()->view();
      made.push_back(segment);
    }
    return index::make_segmented_index(std::move(made), dim_, nullptr);
  }

  // One segment whose vectors are rounded to half precision.
  VectorIndex rounded() {
    std::vector<float> wide(values_.size());
    half_.resize(values_.size());
    for (size_t i = 0; i < values_.size(); ++i) {
      half_[i] = float_to_half(values_[i]);
      wide[i] = half_to_float(half_[i]);
    }
    index::IndexSegment segment;
    segment.full = {wide.data(), rows_, dim_, max_norm_ * 1.001};
    codes_.push_back(std::make_unique<index::OwnedQuantizedRows>(
        index::quantize(segment.full, index::RowType::i8)));
    segment.i8 = codes_.back()->view();
    segment.full.values = nullptr;
    segment.half = half_.data();
    return index::make_segmented_index({segment}, dim_, nullptr);
  }

  double plain_loop(const float* query, std::span<const uint64_t> mask) const {
    const auto dim = static_cast<size_t>(dim_);
    double best = 0;
    for (int64_t i = 0; i < rows_; ++i) {
      if (!mask.empty() && (mask[static_cast<size_t>(i / 64)] >> (i % 64) & 1) == 0) continue;
      best = std::max(best, index::exact_dot({query, dim}, {values_.data() + i * dim_, dim}));
    }
    return best;
  }

 private:
  int64_t rows_, dim_;
  double max_norm_ = 0;
  std::vector<float> values_;
  std::vector<uint16_t> half_;
  std::vector<std::unique_ptr<index::OwnedQuantizedRows>> codes_;
};

std::vector<uint64_t> make_mask(int64_t rows, double selectivity) {
  Random random({5});
  std::vector<uint64_t> mask(static_cast<size_t>((rows + 63) / 64));
  for (int64_t i = 0; i < rows; ++i) {
    if (random.uniform() < selectivity)
      mask[static_cast<size_t>(i / 64)] |= uint64_t{1} << (i % 64);
  }
  return mask;
}

struct Row {
  std::string name;
  std::function<void(int round)> run;
  std::vector<double> ms{};
};

void measure(std::vector<Row>& rows, int rounds) {
  for (int round = -1; round < rounds; ++round) {  // the first one warms up
    for (Row& row : rows) {
      const auto start = std::chrono::steady_clock::now();
      row.run(std::max(round, 0));
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - start;
      if (round >= 0) row.ms.push_back(took.count());
    }
  }
  for (Row& row : rows) {
    std::ranges::sort(row.ms);
    std::printf("%-28s %9.3f %9.3f\n", row.name.c_str(), row.ms.front(), row.ms[row.ms.size() / 2]);
  }
}

int run(const Settings& settings) {
  constexpr int64_t kBatches = 16;  // of queries
  Vectors vectors(settings);
  const std::vector<float> queries =
      synthetic_vectors(kBatches * settings.queries, settings.dim, 7);
  const auto batch = [&](int round) {
    const auto size = static_cast<size_t>(settings.queries * settings.dim);
    return std::span<const float>(queries).subspan(static_cast<size_t>(round % kBatches) * size,
                                                   size);
  };
  const int64_t counts[] = {1, 8, 32};
  std::vector<VectorIndex> indexes;
  for (const int64_t count : counts) indexes.push_back(vectors.split(count));
  const VectorIndex half = vectors.rounded();
  const double selectivities[] = {1, 0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-5};
  std::vector<std::vector<uint64_t>> masks;
  for (const double selectivity : selectivities)
    masks.push_back(make_mask(settings.rows, selectivity));
  std::vector<Row> rows;
  const auto add = [&](const std::string& name, const VectorIndex& index,
                       const std::vector<uint64_t>& mask) {
    rows.push_back({name, [&](int round) {
                      index.search(batch(round), settings.queries, {.k = 10, .allowed = mask});
                    }});
  };
  const std::vector<uint64_t> none;
  add("no mask", indexes[0], none);
  for (size_t i = 0; i < masks.size(); ++i) {
    char name[64];
    std::snprintf(name, sizeof name, "selectivity %g", selectivities[i]);
    add(name, indexes[0], masks[i]);
    add(std::string(name) + ", f16", half, masks[i]);
    rows.push_back({std::string(name) + ", double", [&, i](int round) {
                      if (vectors.plain_loop(batch(round).data(), masks[i]) < -1) std::abort();
                    }});
  }
  for (size_t i = 1; i < indexes.size(); ++i)
    add(std::to_string(counts[i]) + " segments", indexes[i], none);
  std::printf("%lld x %lld, %lld queries; ms: best, median of %d rounds\n",
              static_cast<long long>(settings.rows), static_cast<long long>(settings.dim),
              static_cast<long long>(settings.queries), settings.rounds);
  measure(rows, settings.rounds);
  return 0;
}

Settings parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (i + 1 == argc) throw Error(ErrorCode::invalid_argument, arg, " has no value");
    const int64_t value = std::stoll(argv[++i]);
    if (value < 1) throw Error(ErrorCode::invalid_argument, arg, " must be at least 1");
    if (arg == "--rows")
      settings.rows = value;
    else if (arg == "--dim")
      settings.dim = value;
    else if (arg == "--queries")
      settings.queries = value;
    else if (arg == "--rounds")
      settings.rounds = static_cast<int>(value);
    else
      throw Error(ErrorCode::invalid_argument, "unknown option ", arg);
  }
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(parse(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_filtered_search: %s\n", error.what());
    return 1;
  }
}
