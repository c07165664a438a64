// Image decoding, resizing and preprocessing: from a file's bytes to a model's input tensor.
// Results equal those of Pillow, torchvision and transformers bit for bit.
// All functions are thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// Limits that are checked before memory for an image is allocated.
struct ImageLimits {
  int64_t max_bytes = 256LL << 20;   // size of the encoded file
  int64_t max_pixels = 178'956'970;  // width * height; Pillow warns above the same number
};

// Handling of the orientation in an image's metadata (EXIF, else XMP; in TIFF also the tag).
//   upright: applied, as by Pillow's ImageOps.exif_transpose, transformers' load_image and Hugging
//            Face datasets.
//   stored:  ignored, as by a bare PIL.Image.open, on which CLIP's own code is built; except in
//            TIFF, where Pillow applies it while loading.
enum class OrientationProfile { upright, stored };

// How JPEG files are decoded. Other formats are always decoded at full size.
//   exact: at full size; every pixel equals Pillow's.
//   fast:  at 1/2, 1/4 or 1/8 of the size, the smallest whose shorter side is still at least
//          PreprocessSpec::resize_size. Skips high-frequency coefficients, so vectors differ
//          slightly; PreprocessSpec::describe() therefore names the profile.
enum class DecodeProfile { exact, fast };

// The pixel format of a decoded image. Pillow's name of the mode is in parentheses.
//   bilevel  1 byte per pixel, 0 or 255 ("1")     palette  1 byte per pixel, palette index ("P")
//   l        1 byte per pixel, grey ("L")         la       2 bytes: grey, alpha ("LA")
//   rgb      3 bytes ("RGB")                      rgba     4 bytes ("RGBA")
//   pa       2 bytes: palette index, alpha ("PA") ycbcr    3 bytes, full range ("YCbCr")
//   cmyk     4 bytes ("CMYK")                     lab      3 bytes: L*, a* + 128, b* + 128 ("LAB")
//   i16      16-bit grey, little endian ("I;16")
//   i32      32-bit signed grey ("I") and f32, 32-bit float grey ("F"): 4 bytes, native byte order
enum class PixelMode { bilevel, l, la, palette, pa, rgb, rgba, cmyk, ycbcr, lab, i16, i32, f32 };

struct PreprocessSpec;

// A decoded image in the pixel mode of its file.
struct Raster {
  PixelMode mode = PixelMode::rgb;
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;   // rows from top to bottom, no padding
  std::vector<uint8_t> palette;  // modes palette and pa only: 256 entries of 4 bytes R, G, B, A
  bool palette_has_alpha = false;
  int orientation = 1;  // orientation 1..8 (as in EXIF) that is still to be applied; 1: none
  // The size stored in the file if DecodeProfile::fast decoded fewer pixels, otherwise 0. The size
  // after resizing is computed from it.
  int full_width = 0;
  int full_height = 0;
  // Which pixels of the file these are, if it offers a choice (camera RAW): "embedded preview,
  // 1620 x 1080 pixels"; otherwise empty.
  std::string note;
};

// An 8-bit RGB image of shape (H, W, 3), rows from top to bottom, no padding.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;
};

// Decodes an image file.
// Formats: JPEG, PNG, WebP, GIF, BMP, TIFF, PNM, TGA and those whose library the build has (see
// docs/formats/images.md); of animations and multi-page files, the first frame. The format is
// detected from the bytes; `name` identifies the file in messages. Pixels equal Pillow's for the
// same file. As in Pillow, data that ends before the last row is an error; a missing end marker is
// not. Throws Error: invalid_data (not an image, truncated, corrupt), limit_exceeded, unsupported.
Raster decode_raster(std::span<const uint8_t> bytes, const std::string& name,
                     OrientationProfile orientation = OrientationProfile::upright,
                     const ImageLimits& limits = {});

// The same with the orientation and decode profile of `spec`.
Raster decode_raster(std::span<const uint8_t> bytes, const std::string& name,
                     const PreprocessSpec& spec, const ImageLimits& limits = {});

// Converts a raster to RGB, as Pillow's convert("RGB"): alpha is dropped, not blended; grey of 16
// or 32 bits is clipped to 0..255, not scaled. Throws invalid_argument if the pixel buffer does not
// match the size.
Image to_rgb(const Raster& raster);

// Returns to_rgb(decode_raster(...)).
Image decode_image(std::span<const uint8_t> bytes, const std::string& name,
                   OrientationProfile orientation = OrientationProfile::upright,
                   const ImageLimits& limits = {});

enum class ResizeFilter { bilinear, bicubic };

// Resizes an image to width x height, as Pillow's resize() does, bit for bit: antialiased, 22-bit
// fixed-point coefficients, one pass per axis, rounded to 8 bits between the passes. The vertical
// pass runs first if the height shrinks by more than twice as many pixels as the width, as in
// Pillow 13; older versions always run the horizontal pass first.
// Throws invalid_argument if the image or the target size is empty.
// Source: Pillow, src/libImaging/Resample.c
Image resize(const Image& image, int width, int height, ResizeFilter filter);

// The preprocessing that a checkpoint expects.
struct PreprocessSpec {
  // shortest_edge: keeps the aspect ratio; the shorter side becomes resize_size.
  // squash: both sides become resize_size.
  // longest_edge: keeps the aspect ratio; the longer side becomes resize_size, and the crop is
  // padded with black: no part of the image is lost.
  // patches: keeps the aspect ratio; both sides become multiples of patch_size, as large as
  // max_patches allows, and nothing is cropped, so that sizes differ (SigLIP 2's NaFlex).
  enum class Resize { shortest_edge, squash, longest_edge, patches };
  // openai: resize, crop, convert to RGB.   huggingface: convert to RGB, resize, crop.
  enum class Order { openai, huggingface };
  // Rounding of the centre crop's offset d / 2.
  // half_even: as torchvision.   floor: as transformers.
  enum class CropRounding { half_even, floor };

  int resize_size = 224;  // pixels
  int crop_size = 224;    // pixels; S in the model's input shape (3, S, S)
  // Resize::patches only; resize_size and crop_size are then the side of a square of max_patches.
  int patch_size = 0;   // pixels
  int max_patches = 0;  // patches of an image
  Resize resize = Resize::shortest_edge;
  ResizeFilter filter = ResizeFilter::bicubic;
  Order order = Order::huggingface;
  CropRounding crop_rounding = CropRounding::floor;
  OrientationProfile orientation = OrientationProfile::upright;
  DecodeProfile decode = DecodeProfile::exact;
  // Per channel, for pixel values scaled to 0..1.
  std::array<float, 3> mean = {0.48145466f, 0.4578275f, 0.40821073f};
  std::array<float, 3> std = {0.26862954f, 0.26130258f, 0.27577711f};

  // Resizes in another way than the model was published with, to crop_size. The same way changes
  // nothing. Throws invalid_argument for `patches`, which only models published with it support.
  void resize_by(Resize other);

  // Whether the sizes of preprocessed images differ.
  bool variable_size() const { return resize == Resize::patches; }
  // Elements of the largest preprocessed image: 3 * S * S, or those of max_patches.
  int64_t max_elements() const;

  // Returns one line that names every field. It is stored with vectors: vectors are comparable only
  // if their lines are equal.
  std::string describe() const;
};

// "shortest", "squash", "longest", as in open_clip's resize_mode; "patches". parse_resize throws
// invalid_argument for a name other than the first three, listing them.
std::string_view resize_name(PreprocessSpec::Resize resize);
PreprocessSpec::Resize parse_resize(std::string_view name);

// Parses transformers' preprocessor_config.json; the result has order huggingface and crop rounding
// floor (Jina-CLIP: half_even). `json` is the file's content, `name` its path for messages. Unknown
// settings that could change pixels are errors, never ignored. Throws: invalid_data, unsupported.
PreprocessSpec parse_preprocessor_config(const std::string& json, const std::string& name);

// Resizes, crops and converts a raster to RGB (S, S, 3); with Resize::patches to RGB (H, W, 3) of
// the raster's own H and W, multiples of patch_size. The result equals the reference bit for
// bit: torchvision on Pillow images (openai, half_even) or transformers' CLIPImageProcessorPil
// (huggingface, floor). Images smaller than the crop are padded with zeros. Only pixels inside the
// crop are computed. Throws Error: invalid_argument, limit_exceeded (extreme aspect ratio).
Image preprocess_pixels(const Raster& raster, const PreprocessSpec& spec);

// Normalizes pixels: (H, W, 3) 8-bit -> (3, H, W) f32 at `out`, (x / 255 - mean) / std per channel.
// x / 255 is computed as x * (1 / 255) in f64 and rounded to f32; the rest is computed in f32
// (transformers' order of operations). Throws invalid_argument if the pixel buffer does not match
// the size.
void normalize_pixels(const Image& image, const PreprocessSpec& spec, float* out);

}  // namespace sightline
