// The tensors of ONNX models: their message, and where their elements are.
// Source: onnx/onnx onnx/onnx.proto, TensorProto.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/protobuf.h"
#include "tensor/tensor.h"

namespace sightline {

// The fields of one of the format's messages; `path` is the model's, for messages of errors.
class OnnxFields : public ProtobufFields {
 public:
  OnnxFields(std::string_view bytes, const std::string& path)
      : ProtobufFields(bytes, "an ONNX model", path) {}
};

struct OnnxTensor {
  std::string_view name;
  std::string dtype;  // "F32", "F16", "BF16", "F64", "I8" or "U8"; empty: of another type
  Shape shape;
  uint64_t size = 0;           // of the elements in bytes
  std::string_view raw;        // the elements, unless one of the others has them
  std::vector<uint8_t> typed;  // elements of I8 and U8 that are stored as numbers
  bool has_data = false;       // whether the message has elements
  bool is_scattered = false;   // whether they are in several fields
  bool is_external = false;    // whether they are in another file
  std::map<std::string, std::string_view> external;  // location, offset, length
  // A value of `external`; empty if there is none.
  std::string_view text_of(const std::string& key) const;
};

// Parses a message; `path` is the model's, for messages. Of tensors of other types only the name
// and the type are read. Throws invalid_data (a size that overflows).
OnnxTensor parse_onnx_tensor(std::string_view bytes, const std::string& path);

// The elements in the message, or in the file that it refers to. Throw invalid_data if they are not
// as many as the shape needs; unsupported for numbers that are not stored in one piece.
std::span<const uint8_t> own_bytes(const OnnxTensor& tensor, const std::string& path);
std::span<const uint8_t> external_bytes(const MappedFile& file, const OnnxTensor& tensor,
                                        const std::string& path);

}  // namespace sightline
