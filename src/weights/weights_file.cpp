#include "weights/weights_file.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string_view>

#include "weights/ggml_types.h"
#include "weights/gguf.h"
#include "weights/onnx.h"
#include "weights/safetensors.h"
#include "weights/torch_file.h"

namespace sightline {
namespace {

double read_f64(const uint8_t* at) {
  double value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Converts one row of `count` elements with a stride of `step` elements.
void convert_row(const TensorEntry& entry, const uint8_t* in, int64_t step, int64_t count,
                 float* out) {
  if (entry.dtype == "F64") {
    for (int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(read_f64(in + 8 * i * step));
  } else if (entry.dtype == "F32") {
    for (int64_t i = 0; i < count; ++i) std::memcpy(out + i, in + 4 * i * step, 4);
  } else {
    const bool half = entry.dtype == "F16";
    for (int64_t i = 0; i < count; ++i) {
      uint16_t bits;
      std::memcpy(&bits, in + 2 * i * step, 2);
      out[i] = half ? half_to_float(bits) : bfloat16_to_float(bits);
    }
  }
}

}  // namespace

std::string WeightsFile::other_value(const std::string& /*name*/) const {
  return {};
}

const MappedFile* WeightsFile::file_with(std::span<const uint8_t> bytes) const {
  for (const MappedFile* mapped : files()) {
    const auto all = mapped->bytes();
    const std::less_equal<> not_after;  // defined for pointers into different arrays
    if (not_after(all.data(), bytes.data()) &&
        not_after(bytes.data() + bytes.size(), all.data() + all.size()))
      return mapped;
  }
  return nullptr;
}

size_t element_bits(const std::string& dtype) {
  static const std::map<std::string, size_t> sizes = {
      {"F64", 64},        {"I64", 64},        {"U64", 64},    {"C64", 64},    {"C128", 128},
      {"F32", 32},        {"I32", 32},        {"U32", 32},    {"F16", 16},    {"BF16", 16},
      {"I16", 16},        {"U16", 16},        {"I8", 8},      {"U8", 8},      {"BOOL", 8},
      {"F8_E4M3", 8},     {"F8_E5M2", 8},     {"F8_E8M0", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6},
      {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"F4", 4}};
  const auto found = sizes.find(dtype);
  return found == sizes.end() ? 0 : found->second;
}

size_t element_size(const std::string& dtype) {
  const size_t bits = element_bits(dtype);
  return bits % 8 == 0 ? bits / 8 : 0;
}

bool is_float_type(const std::string& dtype) {
  return dtype == "F32" || dtype == "F16" || dtype == "BF16" || dtype == "F64";
}

bool is_readable_type(const std::string& dtype) {
  return is_float_type(dtype) || find_block_type(dtype) != nullptr;
}

size_t readable_bytes(const std::string& dtype, int64_t elements) {
  if (const GgmlType* blocks = find_block_type(dtype))
    return static_cast<size_t>(elements / blocks->block_elements * blocks->block_bytes);
  return static_cast<size_t>(elements) * element_size(dtype);
}

Tensor to_host_f32(const TensorEntry& entry) {
  Tensor result(entry.shape, DType::f32);
  const int64_t count = result.count();
  float* out = result.data<float>();
  if (count == 0) return result;
  if (const GgmlType* blocks = find_block_type(entry.dtype)) {
    dequantize(*blocks, entry.bytes, out);
    return result;
  }
  if (entry.strides.empty()) {
    convert_row(entry, entry.bytes.data(), 1, count, out);
    return result;
  }
  // Converts row by row along the last axis; `position` is the index along the other axes.
  const size_t rank = entry.shape.size();
  const int64_t columns = entry.shape[rank - 1];
  const auto size = static_cast<int64_t>(element_size(entry.dtype));
  std::vector<int64_t> position(rank, 0);
  for (int64_t done = 0; done < count; done += columns) {
    int64_t offset = 0;
    for (size_t axis = 0; axis + 1 < rank; ++axis) offset += position[axis] * entry.strides[axis];
    convert_row(entry, entry.bytes.data() + offset * size, entry.strides[rank - 1], columns,
                out + done);
    for (size_t axis = rank - 1; axis-- > 0;) {
      if (++position[axis] < entry.shape[axis]) break;
      position[axis] = 0;
    }
  }
  return result;
}

std::unique_ptr<WeightsFile> open_weights_file(const std::filesystem::path& path) {
  constexpr size_t kHead = 64;
  const MappedFile file(path);
  const auto first = file.bytes().first(std::min(kHead, file.bytes().size()));
  const std::string_view head(reinterpret_cast<const char*>(first.data()), first.size());
  if (head.starts_with("GGUF")) return std::make_unique<GgufFile>(path);
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"))
    return std::make_unique<TorchZipFile>(path);
  // The length field of a safetensors file may look like the beginning of a pickle, but '{' follows
  // it.
  const bool braced = head.size() > 8 && head[8] == '{';
  // The version of ONNX, the first field of the message; its name decides where it is elsewhere.
  const bool versioned = head.size() > 2 && head[0] == '\x08' && head[1] > 0 && head[1] < 32;
  if (!braced && (versioned || path.extension() == ".onnx"))
    return std::make_unique<OnnxFile>(path);
  if (!braced && head.starts_with('\x80')) return std::make_unique<TorchLegacyFile>(path);
  if (head.starts_with("version https://git-lfs")) {
    throw Error(ErrorCode::invalid_data, "'", path.string(),
                "' is a Git LFS pointer, not the weights; fetch them with git lfs pull");
  }
  if (!braced && !head.empty() && path.extension() != ".safetensors") {
    throw Error(
        ErrorCode::invalid_data, "'", path.string(),
        "' is not a weights file; expected safetensors, GGUF, ONNX, or a zip archive or pickle "
        "of PyTorch");
  }
  // Also reports unreadable and empty files.
  return std::make_unique<SafetensorsFile>(path);
}

}  // namespace sightline
