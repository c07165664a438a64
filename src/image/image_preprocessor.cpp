#include "image/image_preprocessor.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "image/convert.h"
#include "image/decode.h"
#include "image/formats.h"
#include "image/pixels.h"
#include "image/raster_pixels.h"
#include "image/resample_wide.h"
#include "image/resize_geometry.h"

namespace sightline::image {
namespace {

uint8_t* ensure_size(std::vector<uint8_t>& buffer, size_t bytes) {
  if (buffer.size() < bytes) buffer.resize(bytes);
  return buffer.data();
}

void release_large(std::vector<uint8_t>& buffer, size_t max_bytes) {
  if (buffer.capacity() > max_bytes) std::vector<uint8_t>().swap(buffer);
}

// Copies y.count rows of x.count pixels into an image of size `crop` that is zero elsewhere.
void pad_to_crop(const uint8_t* pixels, const Span& x, const Span& y, const Size& crop,
                 int channels, uint8_t* out) {
  const auto bytes = static_cast<size_t>(channels);
  const size_t out_row = static_cast<size_t>(crop.width) * bytes;
  const size_t in_row = static_cast<size_t>(x.count) * bytes;
  std::memset(out, 0, static_cast<size_t>(crop.height) * out_row);
  for (int row = 0; row < y.count; ++row) {
    std::memcpy(
        out + static_cast<size_t>(y.offset + row) * out_row + static_cast<size_t>(x.offset) * bytes,
        pixels + static_cast<size_t>(row) * in_row, in_row);
  }
}

ImageProperties properties_of(const RasterView& raster) {
  ImageProperties properties;
  properties.width = raster.full_width > 0 ? raster.full_width : raster.width;
  properties.height = raster.full_height > 0 ? raster.full_height : raster.height;
  if (raster.orientation >= 5) std::swap(properties.width, properties.height);
  properties.perceptual_hash = perceptual_hash(raster);
  return properties;
}

}  // namespace

// The pixels to resize and their mode.
struct ImagePreprocessor::Source {
  PixelView pixels;
  PixelMode mode;
  bool premultiplied = false;  // colours are multiplied by alpha
};

ImagePreprocessor::ImagePreprocessor(const PreprocessSpec& spec, const ImageLimits& limits)
    : spec_(spec), limits_(limits), normalization_(spec) {
  check_spec(spec);
}

// Order openai: the raster is resized in its own mode, as by Pillow's resize(): nearest neighbour
// for "1" and "P"; LA and RGBA with premultiplied alpha. Source: Pillow, src/PIL/Image.py, resize
// "PA", which becomes black in Pillow, is resized like "P".
// Order huggingface: the raster is converted to RGB first. Since channels are resized
// independently, grey images keep one channel, and alpha is resized too, and both are converted
// after the crop.
ImagePreprocessor::Source ImagePreprocessor::make_source(const RasterView& raster, bool resized) {
  const PixelView in = view(raster);
  const size_t count = static_cast<size_t>(in.width) * static_cast<size_t>(in.height);
  const bool alpha = raster.mode == PixelMode::la || raster.mode == PixelMode::rgba;
  if (spec_.order == PreprocessSpec::Order::openai) {
    if (!alpha || !resized) return {in, raster.mode};
    uint8_t* out = ensure_size(converted_, in.size());
    premultiply_alpha(in.data, count, in.channels, out);
    return {{out, in.width, in.height, in.channels}, raster.mode, true};
  }
  switch (raster.mode) {
    case PixelMode::l:
    case PixelMode::rgb:
    case PixelMode::rgba:
      return {in, raster.mode};
    case PixelMode::bilevel:
    case PixelMode::la:
    case PixelMode::i16:
    case PixelMode::i32:
    case PixelMode::f32: {
      uint8_t* out = ensure_size(converted_, count);
      to_grey(raster.mode, in.data, count, out);
      return {{out, in.width, in.height, 1}, PixelMode::l};
    }
    case PixelMode::palette:
    case PixelMode::pa:
    case PixelMode::cmyk:
    case PixelMode::ycbcr:
    case PixelMode::lab:
      break;
  }
  uint8_t* out = ensure_size(converted_, 3 * count);
  to_rgb(raster.mode, raster.palette, in.data, count, out);
  return {{out, in.width, in.height, 3}, PixelMode::rgb};
}

// Resizes the source and returns the window's pixels in the source's mode. They are written to
// `out` or, if it is null, to window_.
const uint8_t* ImagePreprocessor::resize(const Source& source, int width, int height,
                                         const Window& window, uint8_t* out) {
  const PixelView& in = source.pixels;
  switch (source.mode) {
    case PixelMode::bilevel:
    case PixelMode::palette:
    case PixelMode::pa:
      window_ = resize_nearest(in, width, height, window);
      return window_.data();
    case PixelMode::i16:
    case PixelMode::i32:
    case PixelMode::f32:
      window_ = resample_wide(source.mode, in, width, height, spec_.filter, window);
      return window_.data();
    default:
      break;
  }
  const size_t count = static_cast<size_t>(window.width) * static_cast<size_t>(window.height);
  if (out == nullptr) out = ensure_size(window_, count * static_cast<size_t>(in.channels));
  resampler_.resample(in, width, height, spec_.filter, window, out);
  if (source.premultiplied) unpremultiply_alpha(out, count, in.channels);
  return out;
}

Size ImagePreprocessor::resize_and_crop(const RasterView& raster, uint8_t* out) {
  check_raster(raster);
  const bool full_size = raster.full_width <= 0 || raster.full_height <= 0;
  const Size size = full_size ? resized_size(raster.width, raster.height, spec_)
                              : resized_size(raster.full_width, raster.full_height, spec_);
  const Size crop = cropped_size(size, spec_);
  const Span x = crop_axis(size.width, crop.width, spec_.crop_rounding);
  const Span y = crop_axis(size.height, crop.height, spec_.crop_rounding);
  const bool resized = size.width != raster.width || size.height != raster.height;
  const bool covers_crop = x.count == crop.width && y.count == crop.height;
  const Source source = make_source(raster, resized);
  const bool direct = covers_crop && source.mode == PixelMode::rgb;
  const uint8_t* pixels = resize(source, size.width, size.height,
                                 {x.begin, y.begin, x.count, y.count}, direct ? out : nullptr);
  if (direct) return crop;
  const size_t count = static_cast<size_t>(crop.width) * static_cast<size_t>(crop.height);
  if (!covers_crop) {
    uint8_t* padded = ensure_size(padded_, count * static_cast<size_t>(source.pixels.channels));
    pad_to_crop(pixels, x, y, crop, source.pixels.channels, padded);
    pixels = padded;
  }
  to_rgb(source.mode, raster.palette, pixels, count, out);
  return crop;
}

const Raster& ImagePreprocessor::decode(std::span<const uint8_t> bytes, const std::string& name) {
  decode_into(bytes, name, spec_, limits_, raster_);
  return raster_;
}

Size ImagePreprocessor::prepare(std::span<const uint8_t> bytes, const std::string& name, float* out,
                                ImageProperties* properties) {
  // Runs on errors too.
  const struct Release {
    ImagePreprocessor& owner;
    ~Release() {
      release_large(owner.raster_.pixels, kMaxRetainedBytes);
      release_large(owner.converted_, kMaxRetainedBytes);
    }
  } release{*this};
  decode(bytes, name);
  if (properties != nullptr) {
    *properties = properties_of(raster_);
    const ImageFormat* const format = find_format(bytes, name);
    properties->format = format != nullptr ? format->name : "";
  }
  return normalize(raster_, out);
}

Size ImagePreprocessor::prepare(const RasterView& pixels, const std::string& name, float* out,
                                ImageProperties* properties) {
  const struct Release {
    ImagePreprocessor& owner;
    ~Release() { release_large(owner.converted_, kMaxRetainedBytes); }
  } release{*this};
  check_size(pixels.width, pixels.height, limits_, name);
  if (properties != nullptr) *properties = properties_of(pixels);
  return normalize(pixels, out);
}

Size ImagePreprocessor::normalize(const RasterView& raster, float* out) {
  const auto most = static_cast<size_t>(spec_.max_elements());
  const Size size = resize_and_crop(raster, ensure_size(cropped_, most));
  const size_t count = static_cast<size_t>(size.width) * static_cast<size_t>(size.height);
  normalization_.apply(cropped_.data(), count, out);
  return size;
}

}  // namespace sightline::image
