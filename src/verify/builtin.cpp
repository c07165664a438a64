#include "verify/builtin.h"

#include "verify/builtin_table.h"

namespace sightline {
namespace {

struct Size {
  int width, height;
};
constexpr Size kSizes[kBuiltinImages] = {{640, 427}, {333, 500}, {97, 61}};

bool has_vocabulary(const Tokenizer& tokenizer, int32_t vocab_size, int32_t id,
                    std::string_view token) {
  return tokenizer.vocab_size() == vocab_size && tokenizer.token(id) == token;
}

}  // namespace

std::span<const std::string_view> builtin_texts() {
  return builtin_table::kTexts;
}

Raster builtin_image(int index) {
  const Size size = kSizes[index];
  Raster raster;
  raster.mode = PixelMode::rgb;
  raster.width = size.width;
  raster.height = size.height;
  raster.pixels.reserve(static_cast<size_t>(size.width) * static_cast<size_t>(size.height) * 3);
  for (uint32_t y = 0; y < static_cast<uint32_t>(size.height); ++y) {
    for (uint32_t x = 0; x < static_cast<uint32_t>(size.width); ++x) {
      for (uint32_t c = 0; c < 3; ++c) {
        const uint32_t value =
            (7 * x + 13 * y + 29 * c) ^ (x * y / 8) ^ (37 * ((x / 16) & (y / 16)));
        raster.pixels.push_back(static_cast<uint8_t>(value));
      }
    }
  }
  return raster;
}

const BuiltinIds* builtin_ids(const Tokenizer& tokenizer) {
  if (tokenizer.context_length() < builtin_table::kLongestIds) return nullptr;
  if (has_vocabulary(tokenizer, 49408, 320, "a</w>")) return &builtin_table::clip_ids();
  if (has_vocabulary(tokenizer, 30522, 1037, "a")) return &builtin_table::bert_ids();
  return nullptr;
}

std::string_view builtin_pixels_made_with() {
  return builtin_table::kPixelsMadeWith;
}

const BuiltinPixels* builtin_pixels(const PreprocessSpec& spec) {
  for (const BuiltinPixels& entry : builtin_table::pixels()) {
    if (entry.resize_size == spec.resize_size && entry.crop_size == spec.crop_size &&
        entry.resize == spec.resize && entry.filter == spec.filter &&
        entry.crop_rounding == spec.crop_rounding) {
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace sightline
