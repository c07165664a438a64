// References that are compiled into the program: results of the reference tokenizers and of Pillow
// for built-in texts and images. Written by tools/golden/verify_builtin.py.
#pragma once

#include <sightline/image.h>
#include <sightline/tokenizer.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace sightline {

// Texts for every model: the queries of the published experiment, and edge cases.
std::span<const std::string_view> builtin_texts();

// Returns RGB images of common and unusual sizes, landscape and portrait. Pixel (x, y, c) is the
// low byte of (7 x + 13 y + 29 c) xor (x y / 8) xor 37 ((x / 16) and (y / 16)), which has edges,
// gradients and high frequencies. index: 0 to kBuiltinImages - 1.
inline constexpr int kBuiltinImages = 3;
Raster builtin_image(int index);

// Token ids of builtin_texts() from the reference tokenizer for a known vocabulary.
struct BuiltinIds {
  std::string_view vocabulary;                    // "CLIP", "bert-base-uncased"
  std::string_view made_with;                     // the reference and its version
  std::span<const std::span<const int32_t>> ids;  // one list per text
};
// Returns null if the vocabulary is unknown, or if the context length is too short for the texts.
const BuiltinIds* builtin_ids(const Tokenizer& tokenizer);

// SHA-256 (hex) of the (S, S, 3) pixels that Pillow computes for each image with these settings.
struct BuiltinPixels {
  int resize_size, crop_size;
  PreprocessSpec::Resize resize;
  ResizeFilter filter;
  PreprocessSpec::CropRounding crop_rounding;
  std::array<std::string_view, kBuiltinImages> sha256;
};
// The Pillow version of the references.
std::string_view builtin_pixels_made_with();
// Returns null if there is no reference for these preprocessing settings.
const BuiltinPixels* builtin_pixels(const PreprocessSpec& spec);

}  // namespace sightline
