// References that are part of the program: what tokenizers and Pillow give for texts and images
// that need no file. Made by tools/golden/verify_builtin.py.
#pragma once

#include <sightline/image.h>
#include <sightline/tokenizer.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace sightline {

// Texts for any model: the published queries and some of other kinds.
std::span<const std::string_view> builtin_texts();

// RGB images of odd and ordinary sizes, wide and tall. Pixel (x, y, c) is the low byte of
// (7 x + 13 y + 29 c) xor (x y / 8) xor 37 ((x / 16) and (y / 16)): edges, gradients, fine grain.
inline constexpr int kBuiltinImages = 3;
Raster builtin_image(int index);

// What the reference tokenizer gives for builtin_texts(), for a vocabulary that is known.
struct BuiltinIds {
  std::string_view vocabulary;  // "CLIP", "bert-base-uncased"
  std::string_view made_with;
  std::span<const std::span<const int32_t>> ids;  // one list a text
};
// Null where the vocabulary is none of those (or the model's context is too short for them).
const BuiltinIds* builtin_ids(const Tokenizer& tokenizer);

// SHA-256 (hex) of the (S, S, 3) bytes that Pillow gives for each image.
struct BuiltinPixels {
  int resize_size, crop_size;
  PreprocessSpec::Resize resize;
  ResizeFilter filter;
  PreprocessSpec::CropRounding crop_rounding;
  std::array<std::string_view, kBuiltinImages> sha256;
};
std::string_view builtin_pixels_made_with();
// Null where this preprocessing is none of those that were computed.
const BuiltinPixels* builtin_pixels(const PreprocessSpec& spec);

}  // namespace sightline
