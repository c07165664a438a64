// Images: decoding, and the exact way from a file's bytes to a model's input.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// Bounds that hold before anything is allocated for an image.
struct ImageLimits {
  int64_t max_bytes = 256LL << 20;   // of the encoded file
  int64_t max_pixels = 178'956'970;  // width * height (the bound Pillow warns at)
};

// What a file's orientation tag (EXIF in JPEG, PNG and WebP; the TIFF tag) does.
// `parity`: what the reference implementations see, which ignore it, except for TIFF, which Pillow
// turns while it loads. `search`: the image is turned upright, as a photo library must.
enum class OrientationProfile { parity, search };

// How JPEG files are decoded. `exact`: every pixel, equal to Pillow's. `fast`: at a half, a quarter
// or an eighth of the size where the shorter side still has as many pixels as it is resized to; the
// decoder then leaves the finest frequencies out. Vectors differ a little, so the profile is part
// of PreprocessSpec::describe(). Other formats are always decoded whole.
enum class DecodeProfile { exact, fast };

// A decoded image in the mode that its file has, named as Pillow names modes.
//   l        1 byte a pixel, grey                 la    grey, alpha
//   rgb      3 bytes                              rgba  4 bytes
//   bilevel  1 byte a pixel, 0 or 255 ("1")       palette  1 byte a pixel, index ("P")
//   cmyk     4 bytes                              i16   16-bit grey, little endian ("I;16")
enum class PixelMode { bilevel, l, la, palette, rgb, rgba, cmyk, i16 };

struct PreprocessSpec;

struct Raster {
  PixelMode mode = PixelMode::rgb;
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;   // rows top to bottom, no padding
  std::vector<uint8_t> palette;  // palette mode: 256 * 4 bytes R, G, B, A
  bool palette_has_alpha = false;
  int orientation = 1;  // EXIF 1..8: still to be applied; 1 once it is
  // The size that the file says, where a fast decode made the pixels fewer; else 0. It decides the
  // size to which the image is resized.
  int full_width = 0;
  int full_height = 0;
};

// RGB, 8 bits, rows top to bottom: (H, W, 3).
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;
};

// Decodes JPEG (grey, YCbCr, CMYK, YCCK), PNG (every colour type and depth, interlaced), WebP, GIF
// and animated WebP (first frame), BMP and TIFF; the type is told from the bytes, never from a
// name. `name` appears in error messages. Pixels equal Pillow's for the same file. A file that ends
// before its last row is an error, as in Pillow; a missing end marker is not. May be called from
// several threads at once, like everything in this header. Throws Error: invalid_data (not an
// image, truncated, corrupt), limit_exceeded, unsupported.
Raster decode_raster(std::span<const uint8_t> bytes, const std::string& name,
                     OrientationProfile orientation = OrientationProfile::parity,
                     const ImageLimits& limits = {});

// The same as a spec wants it: its orientation, and its decode profile.
Raster decode_raster(std::span<const uint8_t> bytes, const std::string& name,
                     const PreprocessSpec& spec, const ImageLimits& limits = {});

// Pillow's convert("RGB") of a raster: alpha is dropped, not blended; 16-bit grey is clipped at
// 255, not scaled. Throws invalid_argument where pixels and size do not fit.
Image to_rgb(const Raster& raster);

// decode_raster and to_rgb.
Image decode_image(std::span<const uint8_t> bytes, const std::string& name,
                   OrientationProfile orientation = OrientationProfile::parity,
                   const ImageLimits& limits = {});

enum class ResizeFilter { bilinear, bicubic };

// Pillow's resize of an 8-bit RGB image, bit for bit (Resample.c: antialiased, 22-bit fixed-point
// coefficients, one pass along each axis, rounded to 8 bits between). As in Pillow 13, the vertical
// pass comes first where the height shrinks by more than twice what the width shrinks by, which
// older Pillows do not do; else the horizontal one.
// Throws invalid_argument for an empty target.
Image resize(const Image& image, int width, int height, ResizeFilter filter);

// How a checkpoint wants its images.
struct PreprocessSpec {
  enum class Resize { shortest_edge, squash };
  // openai: resize, crop, then RGB.  huggingface: RGB, then resize and crop.
  enum class Order { openai, huggingface };
  // half_even: round(d / 2) as torchvision does.  floor: as transformers does.
  enum class CropRounding { half_even, floor };

  int resize_size = 224;  // shorter side (or both sides, squash) after resizing
  int crop_size = 224;    // S: the model's input is (3, S, S)
  Resize resize = Resize::shortest_edge;
  ResizeFilter filter = ResizeFilter::bicubic;
  Order order = Order::huggingface;
  CropRounding crop_rounding = CropRounding::floor;
  OrientationProfile orientation = OrientationProfile::parity;
  DecodeProfile decode = DecodeProfile::exact;
  std::array<float, 3> mean = {0.48145466f, 0.4578275f, 0.40821073f};
  std::array<float, 3> std = {0.26862954f, 0.26130258f, 0.27577711f};

  // One line that names every field; stored beside vectors, so that two vectors made with the same
  // line are comparable.
  std::string describe() const;
};

// Reads transformers' preprocessor_config.json (order huggingface, crop floor). `json` is the
// file's text, `name` its path for messages. Unknown steps that would change pixels are an error,
// never ignored. Throws Error: invalid_data, unsupported.
PreprocessSpec parse_preprocessor_config(const std::string& json, const std::string& name);

// Resize and crop as the spec says: RGB (S, S, 3), 8 bits, equal to the reference bit for bit:
// torchvision on Pillow (openai, half_even), transformers' CLIPImageProcessorPil (huggingface,
// floor). An image smaller than the crop is padded with zeros. Only the part that the crop keeps
// is computed. Throws invalid_argument.
Image preprocess_pixels(const Raster& raster, const PreprocessSpec& spec);

// (S, S, 3) 8-bit -> (3, S, S) f32 at `out`: (x / 255 - mean) / std per channel. x / 255 is x times
// 1/255 in f64, rounded to f32; the rest is f32 (transformers' order of operations).
void normalize_pixels(const Image& image, const PreprocessSpec& spec, float* out);

}  // namespace sightline
