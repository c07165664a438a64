#include "weights/gguf.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/little_endian.h"
#include "base/text.h"
#include "base/utf8.h"
#include "weights/ggml_types.h"

namespace sightline {
namespace {

constexpr uint64_t kMaxSize = std::numeric_limits<int64_t>::max();
constexpr uint32_t kMaxDimensions = 4;     // GGML_MAX_DIMS
constexpr uint64_t kMaxItems = 200'000;    // tensors, or keys
constexpr uint64_t kMaxStrings = 4 << 20;  // in all arrays of a file; vocabularies have up to 2^20
constexpr uint32_t kDefaultAlignment = 32, kMaxAlignment = 1 << 16;
constexpr std::string_view kAlignmentKey = "general.alignment";

// The types of values, by their numbers.
enum ValueType : uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64
};

// The bytes of a number or flag; 0 for strings, arrays and unknown types.
uint64_t value_bytes(uint32_t type) {
  constexpr std::array<uint8_t, 13> kBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return type < kBytes.size() ? kBytes[type] : 0;
}

double read_float(uint32_t type, std::span<const uint8_t> bytes) {
  if (type == kF32) return std::bit_cast<float>(read_little<uint32_t>(bytes, 0));
  return std::bit_cast<double>(read_little<uint64_t>(bytes, 0));
}

// Reads the file from front to back. Every length is compared with the bytes that are left.
class Reader {
 public:
  explicit Reader(const MappedFile& file) : file_(file), all_(file.bytes()) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::invalid_data, "'", file_.path().string(),
                "' is not a valid GGUF file: ", what);
  }

  uint64_t position() const { return at_; }
  uint64_t left() const { return all_.size() - at_; }

  std::span<const uint8_t> take(uint64_t bytes, const std::string& what) {
    if (bytes > left()) {
      fail(message(what, " at byte ", at_, " has ", bytes, " bytes, but the file has only ", left(),
                   " more"));
    }
    const auto part = all_.subspan(at_, bytes);
    at_ += bytes;
    return part;
  }

  uint32_t u32(const std::string& what) { return read_little<uint32_t>(take(4, what), 0); }
  uint64_t u64(const std::string& what) { return read_little<uint64_t>(take(8, what), 0); }

  std::string_view text(const std::string& what) {
    const auto bytes = take(u64("the length of " + what), what);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!is_valid_utf8(text)) fail(what + " is not UTF-8");
    return text;
  }

  // A number of things of at least `least` bytes each.
  uint64_t count(uint64_t least, const std::string& what) {
    const uint64_t count = u64("the number of " + what);
    if (count > left() / least) {
      fail(message("it claims ", count, " ", what, " at byte ", at_, ", but has only ", left(),
                   " more bytes"));
    }
    return count;
  }

  // The number of strings in an array. Throws limit_exceeded, since each takes memory.
  uint64_t count_strings(const std::string& what) {
    const uint64_t strings = count(8, "strings in " + what);
    if (strings > strings_left_) {
      throw Error(ErrorCode::limit_exceeded, "'", file_.path().string(), "': the arrays up to ",
                  what, " have more than ", kMaxStrings, " strings");
    }
    strings_left_ -= strings;
    return strings;
  }

 private:
  const MappedFile& file_;
  std::span<const uint8_t> all_;
  uint64_t at_ = 0, strings_left_ = kMaxStrings;
};

GgufValue read_number(Reader& in, uint32_t type, const std::string& what) {
  const auto bytes = in.take(value_bytes(type), what);
  switch (type) {
    case kU8:
      return static_cast<int64_t>(bytes[0]);
    case kI8:
      return static_cast<int64_t>(static_cast<int8_t>(bytes[0]));
    case kU16:
      return static_cast<int64_t>(read_little<uint16_t>(bytes, 0));
    case kI16:
      return static_cast<int64_t>(read_little<int16_t>(bytes, 0));
    case kU32:
      return static_cast<int64_t>(read_little<uint32_t>(bytes, 0));
    case kI32:
      return static_cast<int64_t>(read_little<int32_t>(bytes, 0));
    case kU64:
    case kI64: {
      const auto value = read_little<uint64_t>(bytes, 0);
      if (type == kU64 && value > kMaxSize) in.fail(what + " is larger than 2^63 - 1");
      return static_cast<int64_t>(value);
    }
    case kBool:
      if (bytes[0] > 1) in.fail(message(what, " is a flag of value ", int{bytes[0]}));
      return bytes[0] == 1;
    default:
      return read_float(type, bytes);
  }
}

GgufValue read_array(Reader& in, const std::string& what) {
  const uint32_t type = in.u32("the type of the elements of " + what);
  if (type == kString) {
    std::vector<std::string_view> texts(in.count_strings(what));
    for (std::string_view& text : texts) text = in.text("a string of " + what);
    return texts;
  }
  const uint64_t size = value_bytes(type);
  if (size == 0) in.fail(message(what, " is an array of elements of type ", type));
  GgufNumbers numbers{.type = type, .count = in.count(size, "elements of " + what), .bytes = {}};
  numbers.bytes = in.take(numbers.count * size, what);
  return numbers;
}

void read_metadata(Reader& in, uint64_t count, GgufMetadata& metadata) {
  for (uint64_t i = 0; i < count; ++i) {
    const std::string_view key = in.text("a key");
    const std::string what = "'" + printable(key, 80) + "'";
    const uint32_t type = in.u32("the type of " + what);
    if (type != kString && type != kArray && value_bytes(type) == 0)
      in.fail(message(what, " has the unknown type ", type));
    GgufValue value = type == kString  ? GgufValue(in.text(what))
                      : type == kArray ? read_array(in, what)
                                       : read_number(in, type, what);
    if (!metadata.add(key, std::move(value))) in.fail("the key " + what + " appears twice");
  }
}

// A tensor's description; its data begins `offset` bytes after the beginning of all data.
struct Described {
  std::string name;
  TensorEntry entry;
  uint64_t offset = 0, bytes = 0;
};

[[noreturn]] void throw_unread_type(const Reader& in, const std::filesystem::path& path,
                                    const std::string& what, uint32_t number) {
  if (ggml_type_name(number).starts_with("type "))
    in.fail(message(what, " has the unknown type ", number));
  throw Error(ErrorCode::unsupported, "'", path.string(), "': ", what, " has the type ",
              ggml_type_name(number),
              "; F32, F16, BF16, F64, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 and Q2_K to Q6_K are read");
}

Described read_description(Reader& in, const std::filesystem::path& path) {
  Described tensor;
  tensor.name = std::string(in.text("the name of a tensor"));
  if (tensor.name.size() > kLongestName) {
    in.fail(message("a tensor has a name of ", tensor.name.size(), " bytes, expected at most ",
                    kLongestName));
  }
  const std::string what = "tensor '" + printable(tensor.name, 80) + "'";
  const uint32_t rank = in.u32("the number of dimensions of " + what);
  if (rank > kMaxDimensions)
    in.fail(message(what, " has ", rank, " dimensions, at most ", kMaxDimensions, " are allowed"));
  tensor.entry.shape.resize(rank);
  // The other extents of an empty tensor must not overflow either, since callers multiply extents
  // in any order. 8 bytes are the largest element.
  uint64_t elements = 1;
  bool empty = false;
  for (uint32_t axis = 0; axis < rank; ++axis) {
    const uint64_t extent = in.u64("an extent of " + what);
    if (extent > kMaxSize || (extent != 0 && elements > kMaxSize / 8 / extent))
      in.fail("the size of " + what + " overflows");
    if (extent != 0) elements *= extent;
    empty = empty || extent == 0;
    tensor.entry.shape[rank - 1 - axis] = static_cast<int64_t>(extent);
  }
  const uint32_t number = in.u32("the type of " + what);
  const GgmlType* type = find_ggml_type(number);
  if (type == nullptr) throw_unread_type(in, path, what, number);
  tensor.entry.dtype = type->name;
  const int64_t row = rank == 0 ? 1 : tensor.entry.shape[rank - 1];
  if (row % type->block_elements != 0) {
    in.fail(message(what, " of type ", type->name, " has rows of ", row,
                    " elements, expected a multiple of ", type->block_elements));
  }
  if (empty) elements = 0;
  tensor.bytes = elements / static_cast<uint64_t>(type->block_elements) *
                 static_cast<uint64_t>(type->block_bytes);
  tensor.offset = in.u64("the offset of " + what);
  return tensor;
}

uint64_t aligned(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// The magic bytes and the version, which other byte orders show reversed.
void read_start(Reader& in, const std::filesystem::path& path) {
  const auto magic = in.take(4, "the magic number");
  if (std::string_view(reinterpret_cast<const char*>(magic.data()), 4) != "GGUF")
    in.fail("it does not begin with 'GGUF'");
  const uint32_t version = in.u32("the version");
  if (version == 2 || version == 3) return;
  if (version == 1)
    throw Error(
        ErrorCode::unsupported, "'", path.string(),
        "' has version 1 of GGUF, which only programs of August 2023 read; expected 2 or 3");
  if (version != 0 && (version & 0xffffff) == 0)
    throw Error(ErrorCode::unsupported, "'", path.string(),
                "' is a big-endian GGUF file; expected little-endian");
  throw Error(ErrorCode::unsupported, "'", path.string(), "' has version ", version,
              " of GGUF; expected 2 or 3");
}

}  // namespace

const GgufValue* GgufMetadata::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

void GgufMetadata::fail(std::string_view key, const std::string& expected) const {
  const GgufValue* value = find(key);
  std::string found = "missing";
  if (value != nullptr) {
    constexpr std::array<const char*, 6> kKinds = {
        "a whole number",      "a number",           "a flag", "a string",
        "an array of numbers", "an array of strings"};
    found = kKinds[value->index()];
    if (const auto* number = std::get_if<int64_t>(value)) found = std::to_string(*number);
    if (const auto* number = std::get_if<double>(value)) found = std::to_string(*number);
    if (const auto* text = std::get_if<std::string_view>(value))
      found = "'" + printable(*text, 60) + "'";
  }
  throw Error(ErrorCode::invalid_data, "'", where_, "': '", key, "' is ", found, ", expected ",
              expected);
}

std::string_view GgufMetadata::text(std::string_view key, std::string_view absent) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return absent;
  if (const auto* text = std::get_if<std::string_view>(value)) return *text;
  fail(key, "a string");
}

bool GgufMetadata::flag(std::string_view key, bool absent) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return absent;
  if (const auto* flag = std::get_if<bool>(value)) return *flag;
  fail(key, "a flag");
}

int64_t GgufMetadata::size(std::string_view key, int64_t absent, int64_t least,
                           int64_t most) const {
  return contains(key) ? size(key, least, most) : absent;
}

int64_t GgufMetadata::size(std::string_view key, int64_t least, int64_t most) const {
  const GgufValue* value = find(key);
  const auto* number = value == nullptr ? nullptr : std::get_if<int64_t>(value);
  if (number == nullptr || *number < least || *number > most)
    fail(key, message("a number from ", least, " to ", most));
  return *number;
}

double GgufMetadata::number(std::string_view key) const {
  const GgufValue* value = find(key);
  const auto* number = value == nullptr ? nullptr : std::get_if<double>(value);
  if (number == nullptr || !std::isfinite(*number)) fail(key, "a finite number");
  return *number;
}

std::vector<float> GgufMetadata::floats(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  const auto* numbers = std::get_if<GgufNumbers>(value);
  if (numbers == nullptr || (numbers->type != kF32 && numbers->type != kF64))
    fail(key, "an array of floating-point numbers");
  std::vector<float> result;
  const size_t size = value_bytes(numbers->type);
  for (size_t i = 0; i < numbers->count; ++i)
    result.push_back(
        static_cast<float>(read_float(numbers->type, numbers->bytes.subspan(i * size))));
  return result;
}

std::vector<std::string_view> GgufMetadata::texts(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  if (const auto* texts = std::get_if<std::vector<std::string_view>>(value)) return *texts;
  fail(key, "an array of strings");
}

GgufFile::GgufFile(const std::filesystem::path& path) : file_(path), metadata_(path.string()) {
  // The least bytes of a tensor's description, and of a key with its value.
  constexpr uint64_t kLeastTensor = 8 + 4 + 4 + 8, kLeastValue = 8 + 4 + 1;
  Reader in(file_);
  read_start(in, path);
  const uint64_t tensors = in.count(kLeastTensor, "tensors");
  const uint64_t values = in.count(kLeastValue, "keys");
  if (tensors > kMaxItems || values > kMaxItems) {
    throw Error(ErrorCode::limit_exceeded, "'", path.string(), "' has ", tensors, " tensors and ",
                values, " keys; expected at most ", kMaxItems, " of each");
  }
  read_metadata(in, values, metadata_);
  std::vector<Described> described;
  for (uint64_t i = 0; i < tensors; ++i) described.push_back(read_description(in, path));

  const auto alignment =
      static_cast<uint64_t>(metadata_.size(kAlignmentKey, kDefaultAlignment, 1, kMaxAlignment));
  if (!std::has_single_bit(alignment)) metadata_.fail(kAlignmentKey, "a power of two");
  const uint64_t start = std::min(aligned(in.position(), alignment), file_.bytes().size());
  const auto data = file_.bytes().subspan(start);
  uint64_t expected = 0;
  for (Described& tensor : described) {
    const std::string what = "tensor '" + printable(tensor.name, 80) + "'";
    if (tensor.offset != expected) {
      in.fail(message(what, " is at offset ", tensor.offset, ", expected ", expected,
                      " after the tensor before it"));
    }
    if (expected > data.size() || tensor.bytes > data.size() - expected) {
      in.fail(message(what, " ends at offset ", tensor.offset + tensor.bytes, ", but the data has ",
                      data.size(), " bytes"));
    }
    tensor.entry.bytes = data.subspan(expected, tensor.bytes);
    expected = aligned(expected + tensor.bytes, alignment);
    if (!entries_.emplace(tensor.name, std::move(tensor.entry)).second)
      in.fail(what + " appears twice");
  }
}

}  // namespace sightline
