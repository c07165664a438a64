#include <sightline/error.h>
#include <sightline/search_preview.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>

#include "image/preprocess.h"
#include "image/thumbnail.h"

namespace sightline {
namespace {

constexpr int kMinColumns = 12;  // of an image, with the space after it: "10 0.3127 +3"
constexpr int kMaxColumns = 24;
constexpr uint8_t kMissing = 0x80;  // the grey of images that cannot be read

// Sizes of a tile: an image with the space after it, in cells and in pixels.
struct Tile {
  int columns = 1, rows = 1;
  int width = 1, height = 1, side = 1;  // side: of the square for the image
};

Tile tile_for(size_t hits, const SearchPreviewOptions& options) {
  Tile tile;
  const int share = options.columns / static_cast<int>(std::min<size_t>(hits, 1000));
  tile.columns = std::min(std::clamp(share, kMinColumns, kMaxColumns), options.columns);
  const int square = std::max(1, tile.columns - 1) * options.cell_width;
  tile.rows =
      std::max(1, static_cast<int>(std::lround(static_cast<double>(square) / options.cell_height)));
  tile.width = tile.columns * options.cell_width;
  tile.height = tile.rows * options.cell_height;
  tile.side = std::min(square, tile.height);
  return tile;
}

// Copies `image` to the middle of the square of a tile that begins at column `left` of the strip.
void place(const Image& image, const Tile& tile, int left, Image& strip) {
  left += (tile.side - image.width) / 2;
  const int top = (strip.height - image.height) / 2;
  for (int y = 0; y < image.height; ++y) {
    const auto* const from =
        image.pixels.data() + size_t{3} * static_cast<size_t>(y) * static_cast<size_t>(image.width);
    const size_t to = size_t{3} * (static_cast<size_t>(top + y) * static_cast<size_t>(strip.width) +
                                   static_cast<size_t>(left));
    std::copy_n(from, size_t{3} * static_cast<size_t>(image.width),
                strip.pixels.begin() + static_cast<ptrdiff_t>(to));
  }
}

Image missing_image(int side) {
  const auto bytes = size_t{3} * static_cast<size_t>(side) * static_cast<size_t>(side);
  return {side, side, std::vector<uint8_t>(bytes, kMissing)};
}

std::string label(const SearchHit& hit, bool has_similarity, size_t columns) {
  std::string text = std::to_string(hit.rank);
  if (has_similarity) {
    char similarity[32];
    std::snprintf(similarity, sizeof similarity, " %.4f", hit.similarity);
    text += similarity;
  }
  if (!hit.duplicates.empty()) text += " +" + std::to_string(hit.duplicates.size());
  return text.substr(0, columns);
}

std::string preview(const QueryHits& query, std::span<const std::vector<uint8_t>> images,
                    const Tile& tile, OrientationProfile orientation,
                    const SearchPreviewOptions& options) {
  const auto count = static_cast<int>(images.size());
  Image strip{count * tile.width, tile.height, {}};
  strip.pixels.resize(size_t{3} * static_cast<size_t>(strip.width) *
                      static_cast<size_t>(strip.height));
  const bool has_similarity = !query.query || !query.query->terms.empty();
  std::string labels;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    const std::optional<Image> image = thumbnail(images[at], tile.side, orientation, {});
    place(image ? *image : missing_image(tile.side), tile, i * tile.width, strip);
    labels.resize(at * static_cast<size_t>(tile.columns), ' ');
    labels += label(query.hits[at], has_similarity, static_cast<size_t>(tile.columns - 1));
  }
  return terminal_image(strip, {.terminal = options.terminal,
                                .max_columns = count * tile.columns,
                                .max_rows = tile.rows,
                                .cell_width = options.cell_width,
                                .cell_height = options.cell_height}) +
         labels + "\n";
}

void check(const SearchPreviewOptions& options) {
  const auto require = [](int value, int most, const char* name) {
    if (value < 1 || value > most)
      throw Error(ErrorCode::invalid_argument, name, " is ", value, "; expected 1 to ", most);
  };
  require(options.columns, 1000, "columns");
  require(options.cell_width, 100, "cell_width");
  require(options.cell_height, 100, "cell_height");
}

}  // namespace

std::vector<std::string> search_previews(const SearchResult& result, const Collection& collection,
                                         const SearchPreviewOptions& options) {
  check(options);
  std::vector<std::string> out(result.queries.size());
  if (options.terminal.graphics == TerminalGraphics::none) return out;
  OrientationProfile orientation = OrientationProfile::upright;
  if (const auto& provenance = collection.provenance())
    orientation = described_profiles(provenance->preprocessing).orientation;
  for (size_t q = 0; q < out.size(); ++q) {
    const QueryHits& query = result.queries[q];
    if (query.hits.empty()) continue;
    const Tile tile = tile_for(query.hits.size(), options);
    const auto shown =
        std::min(query.hits.size(), static_cast<size_t>(options.columns / tile.columns));
    std::vector<VectorItem> items;
    for (size_t i = 0; i < shown; ++i) items.push_back(query.hits[i].item);
    out[q] = preview(query, collection.read_images(items), tile, orientation, options);
  }
  return out;
}

}  // namespace sightline
