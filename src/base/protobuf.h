// Reads messages of Protocol Buffers without a schema, field by field.
// Source: https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sightline {

// One field of a message.
struct ProtobufField {
  uint32_t number = 0;
  uint64_t value = 0;      // of a varint, fixed32 or fixed64
  std::string_view bytes;  // of a string, message or packed numbers
  bool is_bytes = false;
};

// Reads the fields of a message in order. Groups, which current formats do not have, are rejected.
class ProtobufFields {
 public:
  // `expected` ("a SentencePiece model") and `path` are for messages and must outlive the object.
  ProtobufFields(std::string_view bytes, const char* expected, const std::string& path)
      : bytes_(bytes), expected_(expected), path_(path) {}

  // Returns false at the end of the message. Throws invalid_data.
  bool next(ProtobufField& field);
  // Reads a number of packed varints. Returns false at the end. Throws invalid_data.
  bool next_varint(uint64_t& value);

 private:
  [[noreturn]] void fail(const std::string& found) const;
  uint64_t varint();
  uint64_t fixed(size_t size);
  std::string_view take(uint64_t size);

  std::string_view bytes_;
  const char* expected_;
  const std::string& path_;
};

}  // namespace sightline
