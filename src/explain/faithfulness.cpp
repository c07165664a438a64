#include "explain/faithfulness.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "explain/masks.h"

namespace sightline {
namespace {

// Ranks from 0; equal values have the mean of their ranks.
std::vector<double> ranks_of(const std::vector<float>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end - 1) / 2;
  }
  return ranks;
}

template <typename T>
void shuffle_swaps(T count, uint64_t seed, const auto& swap) {
  std::mt19937_64 random(seed);
  for (T i = count; i > 1; --i) swap(i - 1, static_cast<T>(random() % static_cast<uint64_t>(i)));
}

void shuffle_elements(uint8_t* data, size_t count, size_t size, uint64_t seed) {
  uint8_t held[8];
  shuffle_swaps(count, seed, [&](size_t a, size_t b) {
    std::memcpy(held, data + a * size, size);
    std::memmove(data + a * size, data + b * size, size);
    std::memcpy(data + b * size, held, size);
  });
}

// Source: safetensors, "Format": length of the header (u64), header (JSON), tensors.
void shuffle_file(const std::filesystem::path& file, uint64_t seed) {
  std::vector<uint8_t> bytes = read_file(file, int64_t{1} << 32);
  uint64_t header = 0;
  if (bytes.size() >= 8) std::memcpy(&header, bytes.data(), 8);
  if (bytes.size() < 8 || header > bytes.size() - 8)
    throw Error(ErrorCode::invalid_data, quoted(file), " has no safetensors header");
  const Json json = parse_json(std::string(reinterpret_cast<const char*>(bytes.data()) + 8, header),
                               file.string());
  for (const auto& [name, tensor] : json.items()) {
    if (name == "__metadata__") continue;
    const std::string type = tensor["dtype"].get<std::string>();
    const size_t size = type == "F32" ? 4 : type == "F16" || type == "BF16" ? 2 : 0;
    if (size == 0) continue;
    const auto begin = tensor["data_offsets"][0].get<size_t>();
    const auto end = tensor["data_offsets"][1].get<size_t>();
    if (begin > end || end > bytes.size() - 8 - header)
      throw Error(ErrorCode::invalid_data, quoted(file), " is truncated");
    shuffle_elements(bytes.data() + 8 + header + begin, (end - begin) / size, size, ++seed);
  }
  write_file_atomic(file, std::span<const uint8_t>(bytes));
}

}  // namespace

std::vector<int> hottest_first(const HeatMap& map) {
  std::vector<int> order(map.values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](int i) { return map.values[static_cast<size_t>(i)]; });
  return order;
}

std::vector<int> random_order(int count, uint64_t seed) {
  std::vector<int> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  shuffle_swaps(order.size(), seed, [&](size_t a, size_t b) { std::swap(order[a], order[b]); });
  return order;
}

double deletion_area(const MaskedEncoder& encoder, std::span<const int> order, int cells) {
  const int side = encoder.side();
  // Step i hides the first i cells.
  const auto draw = [&](int64_t i, std::span<float> kept) {
    std::ranges::fill(kept, 1.0f);
    for (const int cell : order.first(static_cast<size_t>(i))) {
      const int row = cell / cells, column = cell % cells;
      for (int y = cell_begin(row, cells, side); y < cell_begin(row + 1, cells, side); ++y) {
        const auto line = kept.subspan(static_cast<size_t>(y) * static_cast<size_t>(side));
        for (int x = cell_begin(column, cells, side); x < cell_begin(column + 1, cells, side); ++x)
          line[static_cast<size_t>(x)] = 0;
      }
    }
  };
  const auto steps = static_cast<int64_t>(order.size()) + 1;
  const std::vector<double> curve = encoder.similarities(steps, draw);
  return std::accumulate(curve.begin(), curve.end(), 0.0) / static_cast<double>(steps);
}

double rank_correlation(const HeatMap& a, const HeatMap& b) {
  if (a.values.size() != b.values.size())
    throw Error(ErrorCode::invalid_argument, "a rank correlation needs maps of one size");
  const std::vector<double> x = ranks_of(a.values), y = ranks_of(b.values);
  const double mean = (static_cast<double>(x.size()) - 1) / 2;
  double product = 0, square_x = 0, square_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    product += (x[i] - mean) * (y[i] - mean);
    square_x += (x[i] - mean) * (x[i] - mean);
    square_y += (y[i] - mean) * (y[i] - mean);
  }
  return product / std::sqrt(square_x * square_y);
}

std::vector<float> model_pixels(const Image& image, const PreprocessSpec& spec) {
  Raster raster;
  raster.width = image.width;
  raster.height = image.height;
  raster.pixels = image.pixels;
  const Image square = preprocess_pixels(raster, spec);
  std::vector<float> out(square.pixels.size());
  normalize_pixels(square, spec, out.data());
  return out;
}

Image four_in_one(std::span<const Image> images) {
  const int width = images[0].width, height = images[0].height;
  const auto row_bytes = 3 * static_cast<ptrdiff_t>(width);
  Image out{2 * width, 2 * height, {}};
  out.pixels.resize(static_cast<size_t>(4 * row_bytes * height));
  for (int quarter = 0; quarter < 4; ++quarter) {
    const Image& image = images[static_cast<size_t>(quarter)];
    for (int y = 0; y < height; ++y) {
      const ptrdiff_t to = (quarter / 2 * height + y) * 2 * row_bytes + quarter % 2 * row_bytes;
      std::copy_n(image.pixels.begin() + y * row_bytes, row_bytes, out.pixels.begin() + to);
    }
  }
  return out;
}

int hottest_quarter(const HeatMap& map) {
  const int cell = hottest_first(map).front();
  const int row = cell / map.columns, column = cell % map.columns;
  return 2 * (2 * row + 1 >= map.rows) + (2 * column + 1 >= map.columns);
}

void shuffle_weights(const std::filesystem::path& model, const std::filesystem::path& out,
                     uint64_t seed) {
  std::filesystem::copy(model, out, std::filesystem::copy_options::recursive);
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(out)) {
    if (entry.path().extension() != ".safetensors") continue;
    shuffle_file(entry.path(), seed);
    ++found;
  }
  if (found == 0)
    throw Error(ErrorCode::invalid_argument, quoted(model), " has no .safetensors file");
}

}  // namespace sightline
