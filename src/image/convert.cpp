#include "image/convert.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>

#include "image/lab.h"
#include "image/pixels.h"
#include "image/raster_pixels.h"
#include "image/ycbcr.h"

namespace sightline {
namespace image {
namespace {

void cmyk(const uint8_t* in, uint8_t* out) {
  const unsigned light = 255u - in[3];
  for (int c = 0; c < 3; ++c) out[c] = static_cast<uint8_t>(light - multiply_div_255(in[c], light));
}

template <int kStep, typename Convert>
void for_each_pixel(const uint8_t* in, size_t count, uint8_t* out, const Convert& convert) {
  for (size_t i = 0; i < count; ++i, in += kStep, out += 3) convert(in, out);
}

// The 8-bit value of a grey pixel. The mode is a template parameter to keep branches out of loops.
template <PixelMode kMode>
uint8_t grey(const uint8_t* in) {
  if constexpr (kMode == PixelMode::bilevel) return in[0] != 0 ? 255 : 0;
  if constexpr (kMode == PixelMode::i16) return in[1] != 0 ? 255 : in[0];  // no scaling
  if constexpr (kMode == PixelMode::i32) {
    int32_t value;
    std::memcpy(&value, in, sizeof value);
    return static_cast<uint8_t>(std::clamp(value, 0, 255));
  }
  if constexpr (kMode == PixelMode::f32) {
    float value;
    std::memcpy(&value, in, sizeof value);
    return value >= 255.0f ? 255 : value > 0.0f ? static_cast<uint8_t>(value) : 0;  // NaN: 0
  }
  return in[0];
}

template <PixelMode kMode, int kStep>
void grey_to_rgb(const uint8_t* in, size_t count, uint8_t* out) {
  for_each_pixel<kStep>(in, count, out, [](const uint8_t* from, uint8_t* to) {
    to[0] = to[1] = to[2] = grey<kMode>(from);
  });
}

template <int kStep>
void look_up(std::span<const uint8_t> palette, const uint8_t* in, size_t count, uint8_t* out) {
  for_each_pixel<kStep>(in, count, out, [palette](const uint8_t* from, uint8_t* to) {
    std::memcpy(to, palette.data() + 4 * size_t{*from}, 3);
  });
}

template <PixelMode kMode, int kStep>
void copy_grey(const uint8_t* in, size_t count, uint8_t* out) {
  for (size_t i = 0; i < count; ++i) out[i] = grey<kMode>(in + kStep * i);
}

template <int kStep>
void drop_alpha(const uint8_t* in, size_t count, uint8_t* out) {
  for_each_pixel<kStep>(in, count, out, [](const uint8_t* from, uint8_t* to) {
    to[0] = from[0];
    to[1] = from[1];
    to[2] = from[2];
  });
}

template <int kStep>
void multiply(const uint8_t* in, size_t count, uint8_t* out) {
  for (size_t i = 0; i < count; ++i, in += kStep, out += kStep) {
    const uint8_t alpha = in[kStep - 1];
    for (int c = 0; c + 1 < kStep; ++c) out[c] = multiply_div_255(in[c], alpha);
    out[kStep - 1] = alpha;
  }
}

}  // namespace

void check_raster(const Raster& raster) {
  check_raster(RasterView(raster));
}

void check_raster(const RasterView& raster) {
  const bool palette_fits = !has_palette(raster.mode) || raster.palette.size() == 256 * 4;
  if (raster.width <= 0 || raster.height <= 0 || !palette_fits ||
      raster.pixels.size() != view(raster).size()) {
    throw Error(ErrorCode::invalid_argument,
                "a raster's pixel buffer or palette does not match its size of ", raster.width,
                " x ", raster.height);
  }
}

void to_rgb(PixelMode mode, std::span<const uint8_t> palette, const uint8_t* in, size_t count,
            uint8_t* out) {
  switch (mode) {
    case PixelMode::bilevel:
      return grey_to_rgb<PixelMode::bilevel, 1>(in, count, out);
    case PixelMode::l:
      return grey_to_rgb<PixelMode::l, 1>(in, count, out);
    case PixelMode::la:
      return grey_to_rgb<PixelMode::l, 2>(in, count, out);
    case PixelMode::i16:
      return grey_to_rgb<PixelMode::i16, 2>(in, count, out);
    case PixelMode::i32:
      return grey_to_rgb<PixelMode::i32, 4>(in, count, out);
    case PixelMode::f32:
      return grey_to_rgb<PixelMode::f32, 4>(in, count, out);
    case PixelMode::palette:
      return look_up<1>(palette, in, count, out);
    case PixelMode::pa:
      return look_up<2>(palette, in, count, out);
    case PixelMode::ycbcr:
      return for_each_pixel<3>(in, count, out, [](const uint8_t* from, uint8_t* to) {
        ycbcr_to_rgb(from[0], from[1], from[2], to);
      });
    case PixelMode::lab:
      return lab_to_rgb(in, count, out);
    case PixelMode::cmyk:
      return for_each_pixel<4>(in, count, out, cmyk);
    case PixelMode::rgb:
      std::memcpy(out, in, 3 * count);
      return;
    case PixelMode::rgba:
      break;
  }
  drop_alpha<4>(in, count, out);
}

void to_grey(PixelMode mode, const uint8_t* in, size_t count, uint8_t* out) {
  switch (mode) {
    case PixelMode::bilevel:
      return copy_grey<PixelMode::bilevel, 1>(in, count, out);
    case PixelMode::i16:
      return copy_grey<PixelMode::i16, 2>(in, count, out);
    case PixelMode::i32:
      return copy_grey<PixelMode::i32, 4>(in, count, out);
    case PixelMode::f32:
      return copy_grey<PixelMode::f32, 4>(in, count, out);
    case PixelMode::la:
      return copy_grey<PixelMode::l, 2>(in, count, out);
    default:
      std::memcpy(out, in, count);
  }
}

void premultiply_alpha(const uint8_t* in, size_t count, int channels, uint8_t* out) {
  return channels == 2 ? multiply<2>(in, count, out) : multiply<4>(in, count, out);
}

void unpremultiply_alpha(uint8_t* pixels, size_t count, int channels) {
  const auto step = static_cast<size_t>(channels);
  for (size_t i = 0; i < count * step; i += step) {
    const uint8_t alpha = pixels[i + step - 1];
    if (alpha == 0 || alpha == 255) continue;
    for (size_t c = 0; c + 1 < step; ++c) pixels[i + c] = unpremultiply(pixels[i + c], alpha);
  }
}

}  // namespace image

Image to_rgb(const Raster& raster) {
  image::check_raster(raster);
  const size_t count = static_cast<size_t>(raster.width) * static_cast<size_t>(raster.height);
  Image out{raster.width, raster.height, std::vector<uint8_t>(3 * count)};
  image::to_rgb(raster.mode, raster.palette, raster.pixels.data(), count, out.pixels.data());
  return out;
}

}  // namespace sightline
