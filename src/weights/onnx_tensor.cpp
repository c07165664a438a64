#include "weights/onnx_tensor.h"

#include <sightline/error.h>

#include <charconv>
#include <limits>
#include <optional>

#include "base/text.h"
#include "weights/weights_file.h"

namespace sightline {
namespace {

constexpr uint64_t kMaxSize = std::numeric_limits<int64_t>::max();
constexpr size_t kMaxDimensions = 16;
constexpr uint64_t kExternal = 1;  // of data_location

enum TensorField : uint32_t {
  kDims = 1,
  kDataType = 2,
  kFloatData = 4,
  kInt32Data = 5,
  kName = 8,
  kRawData = 9,
  kDoubleData = 10,
  kExternalData = 13,
  kDataLocation = 14
};

std::string type_name(uint64_t type) {
  switch (type) {
    case 1:
      return "F32";
    case 2:
      return "U8";
    case 3:
      return "I8";
    case 10:
      return "F16";
    case 11:
      return "F64";
    case 16:
      return "BF16";
    default:
      return {};
  }
}

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw Error(ErrorCode::invalid_data, "'", path, "' is not a valid ONNX model: ", what);
}

std::string named(const OnnxTensor& tensor) {
  return "tensor '" + printable(tensor.name, 80) + "'";
}

// Calls add for every number of a field that is repeated, packed or not.
template <typename Add>
void read_numbers(const ProtobufField& field, const std::string& path, const Add& add) {
  if (!field.is_bytes) return add(field.value);
  OnnxFields packed(field.bytes, path);
  for (uint64_t value = 0; packed.next_varint(value);) add(value);
}

void read_external(std::string_view bytes, const std::string& path, OnnxTensor& tensor) {
  std::string_view key, value;
  OnnxFields fields(bytes, path);
  for (ProtobufField field; fields.next(field);) {
    if (field.number == 1) key = field.bytes;
    if (field.number == 2) value = field.bytes;
  }
  tensor.external.emplace(key, value);
}

// Sets shape and size. The other extents of an empty tensor must not overflow either, since callers
// multiply extents in any order.
void set_shape(const std::vector<uint64_t>& dims, const std::string& path, OnnxTensor& tensor) {
  if (dims.size() > kMaxDimensions)
    fail(path, message(named(tensor), " has more than ", kMaxDimensions, " dimensions"));
  uint64_t size = element_size(tensor.dtype);
  bool empty = false;
  for (const uint64_t extent : dims) {
    if (extent > kMaxSize || (extent != 0 && size > kMaxSize / extent))
      fail(path, "the size of " + named(tensor) + " overflows");
    if (extent != 0) size *= extent;
    empty = empty || extent == 0;
    tensor.shape.push_back(static_cast<int64_t>(extent));
  }
  tensor.size = empty ? 0 : size;
}

// A decimal number of the external data.
uint64_t number_of(const OnnxTensor& tensor, const char* key, uint64_t absent,
                   const std::string& path) {
  if (!tensor.external.contains(key)) return absent;
  const std::string_view text = tensor.text_of(key);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail(path, message(named(tensor), " has the ", key, " '", printable(text, 40), "'"));
  return value;
}

}  // namespace

std::string_view OnnxTensor::text_of(const std::string& key) const {
  const auto found = external.find(key);
  return found == external.end() ? std::string_view() : found->second;
}

OnnxTensor parse_onnx_tensor(std::string_view bytes, const std::string& path) {
  OnnxTensor tensor;
  std::vector<uint64_t> dims;
  OnnxFields fields(bytes, path);
  for (ProtobufField field; fields.next(field);) {
    switch (field.number) {
      case kDims:
        read_numbers(field, path, [&](uint64_t extent) {
          if (dims.size() <= kMaxDimensions) dims.push_back(extent);
        });
        break;
      case kDataType:
        tensor.dtype = type_name(field.value);
        break;
      case kName:
        tensor.name = field.bytes;
        break;
      case kRawData:
      case kFloatData:
      case kDoubleData:
        // One packed field is contiguous.
        tensor.is_scattered = tensor.is_scattered || tensor.has_data || !field.is_bytes;
        tensor.raw = field.bytes;
        tensor.has_data = true;
        break;
      case kInt32Data:
        read_numbers(field, path,
                     [&](uint64_t value) { tensor.typed.push_back(static_cast<uint8_t>(value)); });
        break;
      case kExternalData:
        read_external(field.bytes, path, tensor);
        break;
      case kDataLocation:
        tensor.is_external = field.value == kExternal;
        break;
      default:
        break;
    }
  }
  if (!tensor.dtype.empty()) set_shape(dims, path, tensor);
  return tensor;
}

std::span<const uint8_t> own_bytes(const OnnxTensor& tensor, const std::string& path) {
  if (tensor.is_scattered || (!tensor.typed.empty() && is_float_type(tensor.dtype))) {
    throw Error(ErrorCode::unsupported, "'", path, "': ", named(tensor), " of type ", tensor.dtype,
                " is stored number by number; expected raw data");
  }
  std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(tensor.raw.data()),
                                 tensor.raw.size());
  if (!tensor.typed.empty()) bytes = tensor.typed;
  if (bytes.size() != tensor.size) {
    fail(path, message(named(tensor), " has ", bytes.size(), " bytes, but its shape ",
                       shape_text(tensor.shape), " of ", tensor.dtype, " needs ", tensor.size));
  }
  return bytes;
}

std::span<const uint8_t> external_bytes(const MappedFile& file, const OnnxTensor& tensor,
                                        const std::string& path) {
  const auto data = file.bytes();
  const uint64_t offset = number_of(tensor, "offset", 0, path);
  const uint64_t length = number_of(tensor, "length", tensor.size, path);
  if (length != tensor.size || offset > data.size() || tensor.size > data.size() - offset) {
    fail(path, message(named(tensor), " claims ", length, " bytes at ", offset, " of '",
                       printable(tensor.text_of("location"), 80), "', which has ", data.size(),
                       "; its shape needs ", tensor.size));
  }
  return data.subspan(offset, tensor.size);
}

}  // namespace sightline
