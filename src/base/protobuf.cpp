#include "base/protobuf.h"

#include <sightline/error.h>

namespace sightline {

bool ProtobufFields::next(ProtobufField& field) {
  if (bytes_.empty()) return false;
  const uint64_t tag = varint();
  field = {};
  field.number = static_cast<uint32_t>(tag >> 3);
  switch (tag & 7) {
    case 0:
      field.value = varint();
      break;
    case 1:
      field.value = fixed(8);
      break;
    case 2:
      field.bytes = take(varint());
      field.is_bytes = true;
      break;
    case 5:
      field.value = fixed(4);
      break;
    default:
      fail("a field of unknown type " + std::to_string(tag & 7));
  }
  if (field.number == 0) fail("a field without a number");
  return true;
}

bool ProtobufFields::next_varint(uint64_t& value) {
  if (bytes_.empty()) return false;
  value = varint();
  return true;
}

void ProtobufFields::fail(const std::string& found) const {
  throw Error(ErrorCode::invalid_data, path_, ": expected ", expected_, ", found ", found);
}

uint64_t ProtobufFields::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(take(1)[0]);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  fail("a number of more than ten bytes");
}

uint64_t ProtobufFields::fixed(size_t size) {
  const std::string_view bytes = take(size);
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i)
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return value;
}

std::string_view ProtobufFields::take(uint64_t size) {
  if (size > bytes_.size()) fail("the end of the data within a field");
  const std::string_view out = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return out;
}

}  // namespace sightline
