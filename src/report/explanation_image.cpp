// Draws an explanation: the image, its heat map and a legend.
#include <sightline/error.h>
#include <sightline/explanation_image.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "drawing/canvas.h"
#include "image/thumbnail.h"
#include "report/colour_map.h"
#include "report/fonts.h"
#include "report/text.h"

namespace sightline {
namespace {

constexpr int kMargin = 20, kGap = 14;
constexpr int kTitleHeight = 78;  // two lines of text, one of figures
constexpr int kBarWidth = 16, kLegendWidth = kBarWidth + 70, kLegendHeight = 180;
constexpr int kCaptionHeight = 20, kCaptionsHeading = 30;
constexpr double kOpacity = 0.65;  // of the heat map over the grey image
constexpr int kHatch = 8;          // pixels between lines

// The map at a point of the model's input, 0..1 in both directions, interpolated between the
// centres of the cells.
double heat_at(const HeatMap& map, double x, double y) {
  const auto place = [](double at, int cells) {
    const double centre = std::clamp(at * cells - 0.5, 0.0, cells - 1.0);
    const int first = std::min(static_cast<int>(centre), std::max(cells - 2, 0));
    return std::pair{first, centre - first};
  };
  const auto [row, down] = place(y, map.rows);
  const auto [column, right] = place(x, map.columns);
  const int below = std::min(row + 1, map.rows - 1), next = std::min(column + 1, map.columns - 1);
  const auto value = [&](int r, int c) { return static_cast<double>(map.at(r, c)); };
  const double upper = (1 - right) * value(row, column) + right * value(row, next);
  const double lower = (1 - right) * value(below, column) + right * value(below, next);
  return (1 - down) * upper + down * lower;
}

double grey_of(const uint8_t* pixel) {
  return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
}

bool contains(const ImageRegion& region, double x, double y) {
  return x >= region.left && x < region.left + region.width && y >= region.top &&
         y < region.top + region.height;
}

// The lowest and the highest value. Where they differ by less than the legend can show, the map has
// one colour, because its differences are rounding errors.
struct Range {
  double low = 0, high = 0;

  double share(double value) const {
    return high - low < 5e-5 ? 0.5 : (value - low) / (high - low);
  }
};

Range range_of(const HeatMap& map) {
  if (map.rows < 1 || map.columns < 1 ||
      map.values.size() != static_cast<size_t>(map.rows) * static_cast<size_t>(map.columns))
    throw Error(ErrorCode::invalid_argument, "an explanation without cells cannot be drawn");
  const auto [low, high] = std::ranges::minmax(map.values);
  return {static_cast<double>(low), static_cast<double>(high)};
}

// The map at a point of the image in pixels.
std::array<uint8_t, 3> colour_at(const Explanation& explanation, const Range& range, double x,
                                 double y) {
  const ImageRegion& input = explanation.input;
  return map_colour(range.share(
      heat_at(explanation.heat, (x - input.left) / input.width, (y - input.top) / input.height)));
}

// The heat map over the image in grey; hatched where the model did not see it.
Image overlay(const Image& image, const Explanation& explanation, const Range& range) {
  Image out = image;
  const double scale_x = static_cast<double>(explanation.width) / image.width;
  const double scale_y = static_cast<double>(explanation.height) / image.height;
  for (int row = 0; row < image.height; ++row) {
    for (int column = 0; column < image.width; ++column) {
      uint8_t* pixel = out.pixels.data() + 3 * (static_cast<ptrdiff_t>(row) * image.width + column);
      const double x = (column + 0.5) * scale_x, y = (row + 0.5) * scale_y;
      const double grey = grey_of(pixel);
      if (!contains(explanation.seen, x, y)) {
        const double shade = (row + column) % kHatch < 2 ? 120 : 160 + grey / 3;
        std::fill_n(pixel, 3, static_cast<uint8_t>(shade));
        continue;
      }
      const auto colour = colour_at(explanation, range, x, y);
      for (size_t c = 0; c < 3; ++c) {
        pixel[c] = static_cast<uint8_t>(std::lround(kOpacity * colour[c] + (1 - kOpacity) * grey));
      }
    }
  }
  return out;
}

std::string signed_text(double value) {
  return (value > 0 ? "+" : "") + decimal(value, 4);
}

void draw_legend(cairo_t* canvas, const Range& range, double x, double y) {
  Image bar{kBarWidth, kLegendHeight, {}};
  for (int row = 0; row < kLegendHeight; ++row) {
    const auto colour = map_colour(1 - (row + 0.5) / kLegendHeight);
    for (int column = 0; column < kBarWidth; ++column)
      bar.pixels.insert(bar.pixels.end(), colour.begin(), colour.end());
  }
  draw_image(canvas, bar, x, y);
  const double right = x + kBarWidth + 6;
  const int width = kLegendWidth - kBarWidth - 6;
  draw_text(canvas, signed_text(range.high), right, y - 4, width, {"Sans 13px", 0.1, 1, false});
  draw_text(canvas, signed_text(range.low), right, y + kLegendHeight - 16, width,
            {"Sans 13px", 0.1, 1, false});
  draw_text(canvas, "fall of the similarity where hidden", x, y + kLegendHeight + 10, kLegendWidth,
            {"Sans 12px", 0.35, 4, false});
}

std::string figures_of(const Explanation& explanation) {
  std::string text = "similarity " + decimal(explanation.similarity, 4);
  if (explanation.cut_share > 0.0005)
    text += ", " + decimal(100 * explanation.cut_share, 1) + " % of the image not seen (hatched)";
  return text;
}

int captions_height(const std::vector<NearCaption>& captions) {
  if (captions.empty()) return 0;
  return kCaptionsHeading + kCaptionHeight * static_cast<int>(captions.size());
}

void draw_captions(cairo_t* canvas, const std::vector<NearCaption>& captions, int y, int width) {
  if (captions.empty()) return;
  constexpr int kFigures = 64;
  draw_text(canvas, "nearest captions", kMargin, y + 8, width, {"Sans Bold 13px", 0.1, 1, false});
  y += kCaptionsHeading;
  for (const NearCaption& caption : captions) {
    draw_text(canvas, decimal(caption.similarity, 4), kMargin, y, kFigures,
              {"Sans 13px", 0.25, 1, false});
    draw_text(canvas, drawable_text(caption.text), kMargin + kFigures, y, width - kFigures,
              {"Sans 13px", 0.1, 1, false});
    y += kCaptionHeight;
  }
}

void check_side(int side, int least) {
  if (side >= least && side <= 2048) return;
  throw Error(ErrorCode::invalid_argument, "the side of an explanation's image is ", side,
              " pixels; expected ", least, " to 2048");
}

}  // namespace

std::vector<uint8_t> render_explanation(const Explanation& explanation,
                                        std::span<const uint8_t> image, const std::string& text,
                                        const ExplanationImageOptions& options) {
  check_side(options.side, 64);
  const Range range = range_of(explanation.heat);
  const auto shown = thumbnail(image, options.side, options.orientation, options.limits);
  if (!shown) throw Error(ErrorCode::invalid_data, "the explained image cannot be decoded");
  const int height = std::max(shown->height, kLegendHeight + 80);
  const int width = 2 * kMargin + std::max(2 * shown->width, 160) + 2 * kGap + kLegendWidth;
  const Surface surface =
      white_surface(width, height + kTitleHeight + 2 * kMargin + captions_height(options.captions));
  const Canvas canvas(cairo_create(surface.get()));
  const int top = kMargin + kTitleHeight;
  draw_text(canvas.get(), drawable_text(text), kMargin, kMargin, width - 2 * kMargin,
            {"Sans Bold 19px", 0.05, 2, false});
  draw_text(canvas.get(), figures_of(explanation), kMargin, top - 26, width - 2 * kMargin,
            {"Sans 14px", 0.25, 1, false});
  draw_image(canvas.get(), *shown, kMargin, top);
  draw_image(canvas.get(), overlay(*shown, explanation, range), kMargin + shown->width + kGap, top);
  draw_legend(canvas.get(), range, kMargin + 2 * shown->width + 2 * kGap, top + 4);
  draw_captions(canvas.get(), options.captions, top + height, width - 2 * kMargin);
  return encode_canvas(canvas.get(), surface.get(), "the explanation");
}

std::vector<uint8_t> render_heat_map(const Explanation& explanation, int side) {
  check_side(side, 16);
  const Range range = range_of(explanation.heat);
  const double scale = static_cast<double>(side) / std::max(explanation.width, explanation.height);
  const auto pixels = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(length * scale)));
  };
  const int width = pixels(explanation.width), height = pixels(explanation.height);
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height));
  const Canvas canvas(cairo_create(surface.get()));
  unsigned char* out = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int row = 0; out != nullptr && row < height; ++row) {
    const double y = (row + 0.5) * explanation.height / height;
    for (int column = 0; column < width; ++column) {
      const double x = (column + 0.5) * explanation.width / width;
      if (!contains(explanation.seen, x, y)) continue;
      const auto colour = colour_at(explanation, range, x, y);
      const uint32_t pixel = 0xffU << 24 | static_cast<uint32_t>(colour[0]) << 16 |
                             static_cast<uint32_t>(colour[1]) << 8 | colour[2];
      std::memcpy(out + static_cast<ptrdiff_t>(row) * stride + column * 4, &pixel, 4);
    }
  }
  cairo_surface_mark_dirty(surface.get());
  return encode_canvas(canvas.get(), surface.get(), "the heat map");
}

}  // namespace sightline
