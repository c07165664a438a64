#include "weights/ggml_types.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "tensor/tensor.h"

namespace sightline {
namespace {

struct Numbered {
  uint32_t number;
  GgmlType type;
};

constexpr std::array<Numbered, 18> kTypes = {{{0, {"F32", 1, 4}},
                                              {1, {"F16", 1, 2}},
                                              {2, {"Q4_0", 32, 18}},
                                              {3, {"Q4_1", 32, 20}},
                                              {6, {"Q5_0", 32, 22}},
                                              {7, {"Q5_1", 32, 24}},
                                              {8, {"Q8_0", 32, 34}},
                                              {10, {"Q2_K", 256, 84}},
                                              {11, {"Q3_K", 256, 110}},
                                              {12, {"Q4_K", 256, 144}},
                                              {13, {"Q5_K", 256, 176}},
                                              {14, {"Q6_K", 256, 210}},
                                              {24, {"I8", 1, 1}},
                                              {25, {"I16", 1, 2}},
                                              {26, {"I32", 1, 4}},
                                              {27, {"I64", 1, 8}},
                                              {28, {"F64", 1, 8}},
                                              {30, {"BF16", 1, 2}}}};

struct Unread {
  uint32_t number;
  const char* name;
};

constexpr std::array<Unread, 14> kUnread = {{{9, "Q8_1"},
                                             {15, "Q8_K"},
                                             {16, "IQ2_XXS"},
                                             {17, "IQ2_XS"},
                                             {18, "IQ3_XXS"},
                                             {19, "IQ1_S"},
                                             {20, "IQ4_NL"},
                                             {21, "IQ3_S"},
                                             {22, "IQ2_S"},
                                             {23, "IQ4_XS"},
                                             {29, "IQ1_M"},
                                             {34, "TQ1_0"},
                                             {35, "TQ2_0"},
                                             {39, "MXFP4"}}};

float read_half(const uint8_t* at) {
  uint16_t bits;
  std::memcpy(&bits, at, 2);
  return half_to_float(bits);
}

float signed_value(int value) {
  return static_cast<float>(value);
}

// Blocks of 32: a scale, perhaps a minimum, and the elements. Those of 4 bits are in two halves:
// element i is in the low bits of byte i, element i + 16 in the high bits.
int low_bits(const uint8_t* packed, int i) {
  return i < 16 ? packed[i] & 15 : packed[i - 16] >> 4;
}

// The fifth bit of element i.
int high_bit(const uint8_t* at, int i) {
  return at[i / 8] >> (i % 8) & 1;
}

void q4_0(const uint8_t* in, float* out) {
  const float scale = read_half(in);
  for (int i = 0; i < 32; ++i) out[i] = scale * signed_value(low_bits(in + 2, i) - 8);
}

void q4_1(const uint8_t* in, float* out) {
  const float scale = read_half(in), least = read_half(in + 2);
  for (int i = 0; i < 32; ++i) out[i] = scale * signed_value(low_bits(in + 4, i)) + least;
}

void q5_0(const uint8_t* in, float* out) {
  const float scale = read_half(in);
  for (int i = 0; i < 32; ++i)
    out[i] = scale * signed_value((low_bits(in + 6, i) | high_bit(in + 2, i) << 4) - 16);
}

void q5_1(const uint8_t* in, float* out) {
  const float scale = read_half(in), least = read_half(in + 2);
  for (int i = 0; i < 32; ++i)
    out[i] = scale * signed_value(low_bits(in + 8, i) | high_bit(in + 4, i) << 4) + least;
}

void q8_0(const uint8_t* in, float* out) {
  const float scale = read_half(in);
  for (int i = 0; i < 32; ++i) out[i] = signed_value(static_cast<int8_t>(in[2 + i])) * scale;
}

// Blocks of 256. Elements of 2 bits are in two groups of 32 bytes, which have four elements each:
// bits 0 and 1 are elements 0 to 31 of the group's 128.
int two_bits(const uint8_t* packed, int i) {
  return packed[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
}

// Elements of 4 bits are in four groups of 32 bytes with two elements each.
int four_bits(const uint8_t* packed, int i) {
  return packed[i / 64 * 32 + i % 32] >> (i % 64 / 32 * 4) & 15;
}

// scales (16), elements (64), scale of scales, scale of minima
void q2_k(const uint8_t* in, float* out) {
  const float scale = read_half(in + 80), least = read_half(in + 82);
  for (int i = 0; i < 256; ++i) {
    const int packed = in[i / 16];
    out[i] = scale * signed_value(packed & 15) * signed_value(two_bits(in + 16, i)) -
             least * signed_value(packed >> 4);
  }
}

// A scale of 6 bits of Q3_K: four bits of the first 8 bytes, two of the last 4.
int scale_of_q3_k(const uint8_t* scales, int group) {
  const int low = scales[group % 8] >> (group / 8 * 4) & 15;
  const int high = scales[8 + group % 4] >> (group / 4 * 2) & 3;
  return (low | high << 4) - 32;
}

// high bits (32), low bits (64), scales (12), scale of scales
void q3_k(const uint8_t* in, float* out) {
  const float scale = read_half(in + 108);
  for (int i = 0; i < 256; ++i) {
    const int high = in[i % 32] >> (i / 32) & 1;
    out[i] = scale * signed_value(scale_of_q3_k(in + 96, i / 16)) *
             signed_value(two_bits(in + 32, i) - (high == 0 ? 4 : 0));
  }
}

// The scale and the minimum of 6 bits each of a group of 32 elements of Q4_K and Q5_K.
struct ScaleAndMin {
  int scale, least;
};
ScaleAndMin packed_scales(const uint8_t* scales, int group) {
  if (group < 4) return {scales[group] & 63, scales[group + 4] & 63};
  const int rest = scales[group + 4];
  return {(rest & 15) | (scales[group - 4] >> 2 & 48), rest >> 4 | (scales[group] >> 2 & 48)};
}

// scale of scales, scale of minima, scales (12), elements (128)
void q4_k(const uint8_t* in, float* out) {
  const float scale = read_half(in), least = read_half(in + 2);
  for (int i = 0; i < 256; ++i) {
    const auto [s, m] = packed_scales(in + 4, i / 32);
    out[i] =
        scale * signed_value(s) * signed_value(four_bits(in + 16, i)) - least * signed_value(m);
  }
}

// As q4_k, with the fifth bits (32) before the elements.
void q5_k(const uint8_t* in, float* out) {
  const float scale = read_half(in), least = read_half(in + 2);
  for (int i = 0; i < 256; ++i) {
    const auto [s, m] = packed_scales(in + 4, i / 32);
    const int high = in[16 + i % 32] >> (i / 32) & 1;
    out[i] = scale * signed_value(s) * signed_value(four_bits(in + 48, i) | high << 4) -
             least * signed_value(m);
  }
}

// low bits (128), high bits (64), scales (16 of 8 bits), scale of scales
void q6_k(const uint8_t* in, float* out) {
  const float scale = read_half(in + 208);
  for (int i = 0; i < 256; ++i) {
    const int low = in[i / 128 * 64 + i % 64] >> (i % 128 / 64 * 4) & 15;
    const int high = two_bits(in + 128, i);
    out[i] = scale * signed_value(static_cast<int8_t>(in[192 + i / 16])) *
             signed_value((low | high << 4) - 32);
  }
}

using Dequantize = void (*)(const uint8_t* in, float* out);

Dequantize function_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Dequantize>, 10> kFunctions = {{{"Q4_0", q4_0},
                                                                                   {"Q4_1", q4_1},
                                                                                   {"Q5_0", q5_0},
                                                                                   {"Q5_1", q5_1},
                                                                                   {"Q8_0", q8_0},
                                                                                   {"Q2_K", q2_k},
                                                                                   {"Q3_K", q3_k},
                                                                                   {"Q4_K", q4_k},
                                                                                   {"Q5_K", q5_k},
                                                                                   {"Q6_K", q6_k}}};
  for (const auto& [known, function] : kFunctions) {
    if (known == name) return function;
  }
  throw Error(ErrorCode::internal, "the type ", name, " has no blocks");
}

}  // namespace

const GgmlType* find_ggml_type(uint32_t number) {
  const auto found = std::ranges::find(kTypes, number, &Numbered::number);
  return found == kTypes.end() ? nullptr : &found->type;
}

std::string ggml_type_name(uint32_t number) {
  if (const GgmlType* type = find_ggml_type(number)) return std::string(type->name);
  const auto found = std::ranges::find(kUnread, number, &Unread::number);
  return found == kUnread.end() ? "type " + std::to_string(number) : found->name;
}

const GgmlType* find_block_type(std::string_view name) {
  for (const Numbered& item : kTypes) {
    if (item.type.name == name) return item.type.block_elements > 1 ? &item.type : nullptr;
  }
  return nullptr;
}

void dequantize(const GgmlType& type, std::span<const uint8_t> blocks, float* out) {
  const Dequantize function = function_of(type.name);
  const auto step = static_cast<size_t>(type.block_bytes);
  for (size_t at = 0; at + step <= blocks.size(); at += step, out += type.block_elements)
    function(blocks.data() + at, out);
}

}  // namespace sightline
