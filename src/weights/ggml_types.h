// The element types of GGUF, most of which store blocks of quantized elements.
// Source: ggml-org/llama.cpp gguf-py/gguf/constants.py, quants.py; ggml/src/ggml-common.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sightline {

struct GgmlType {
  std::string_view name;   // as TensorEntry::dtype has it: "F32", "Q8_0"
  int64_t block_elements;  // 1: not quantized
  int64_t block_bytes;
};

// Returns null for a number of a type that is not read.
const GgmlType* find_ggml_type(uint32_t number);

// Returns the name of any type of the format for messages: "IQ4_NL", or "type 99".
std::string ggml_type_name(uint32_t number);

// Returns null for a type that stores no blocks: "F16".
const GgmlType* find_block_type(std::string_view name);

// Writes the elements of `blocks`, whole blocks of `type`, to `out`: block_elements values a block.
// The result equals gguf.quants.dequantize bit for bit.
void dequantize(const GgmlType& type, std::span<const uint8_t> blocks, float* out);

}  // namespace sightline
