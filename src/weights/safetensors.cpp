#include "weights/safetensors.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"

namespace sightline {
namespace {

using nlohmann::json;

// The format's own bound on the header.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;
// A header is {name: {key: [number …]}}; deeper nesting is invalid.
constexpr int kMaxDepth = 4;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::invalid_data, "'", path.string(),
              "' is not a valid safetensors file: ", what);
}

uint64_t read_header_size(const MappedFile& file) {
  const auto bytes = file.bytes();
  if (bytes.size() < 8)
    fail(file.path(), "it has " + std::to_string(bytes.size()) + " bytes; expected at least 8");
  uint64_t size = 0;
  for (int i = 7; i >= 0; --i) size = size << 8 | bytes[static_cast<size_t>(i)];
  if (size > kMaxHeaderBytes || size > bytes.size() - 8) {
    fail(file.path(), "its header claims " + std::to_string(size) + " bytes, but the file has " +
                          std::to_string(bytes.size() - 8) + " after the length field");
  }
  return size;
}

json parse_header(const MappedFile& file, uint64_t size) {
  const char* text = reinterpret_cast<const char*>(file.bytes().data()) + 8;
  // The parser would take it as the end of the text.
  if (std::find(text, text + size, '\0') != text + size)
    fail(file.path(), "its header is not JSON: it contains a NUL byte");
  std::set<std::string> names;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxDepth) fail(file.path(), "its header is nested too deeply");
    if (depth == 1 && event == json::parse_event_t::key &&
        !names.insert(parsed.get<std::string>()).second) {
      fail(file.path(), "tensor '" + parsed.get<std::string>() + "' appears twice");
    }
    return true;
  };
  try {
    json header = json::parse(text, text + size, watch);
    if (!header.is_object()) fail(file.path(), "its header is not a JSON object");
    return header;
  } catch (const json::parse_error& error) {
    fail(file.path(),
         message("its header is not ", is_utf8_problem(error) ? "UTF-8" : "JSON",
                 ": the problem is at byte ", std::min(error.byte, size), " of ", size));
  } catch (const json::exception&) {
    fail(file.path(), "its header is not JSON: a number is out of the range of a double");
  }
}

uint64_t unsigned_number(const json& value, const MappedFile& file, const std::string& what) {
  if (!value.is_number_unsigned()) fail(file.path(), what + " is not a non-negative integer");
  return value.get<uint64_t>();
}

TensorEntry parse_entry(const MappedFile& file, const std::string& name, const json& value,
                        std::span<const uint8_t> buffer) {
  const std::string label = "tensor '" + name + "'";
  if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets") || !value["dtype"].is_string() ||
      !value["shape"].is_array() || !value["data_offsets"].is_array() ||
      value["data_offsets"].size() != 2) {
    fail(file.path(), label + " must have dtype, shape and data_offsets [begin, end]");
  }
  TensorEntry entry;
  entry.dtype = value["dtype"].get<std::string>();
  uint64_t bits = element_bits(entry.dtype);
  if (bits == 0) fail(file.path(), label + " has the unknown dtype '" + entry.dtype + "'");
  if (value["shape"].size() > 16) fail(file.path(), label + " has more than 16 dimensions");
  // The other extents of an empty tensor must not overflow either, since callers multiply extents
  // in any order.
  constexpr auto kMaxSize = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  bool empty = false;
  for (const json& extent : value["shape"]) {
    const uint64_t n = unsigned_number(extent, file, "an extent of " + label);
    entry.shape.push_back(static_cast<int64_t>(n));
    empty = empty || n == 0;
    if (n > kMaxSize || (n != 0 && bits > kMaxSize / n))
      fail(file.path(), "the size of " + label + " overflows");
    if (n != 0) bits *= n;
  }
  if (empty) bits = 0;
  if (bits % 8 != 0) fail(file.path(), label + " does not end at the end of a byte");
  const uint64_t size = bits / 8;
  const uint64_t begin = unsigned_number(value["data_offsets"][0], file, "an offset of " + label);
  const uint64_t end = unsigned_number(value["data_offsets"][1], file, "an offset of " + label);
  if (begin > end || end > buffer.size()) {
    fail(file.path(), label + " claims bytes " + std::to_string(begin) + " to " +
                          std::to_string(end) + ", but the data has " +
                          std::to_string(buffer.size()));
  }
  if (end - begin != size) {
    fail(file.path(), label + " has " + std::to_string(end - begin) + " bytes, but its shape " +
                          shape_text(entry.shape) + " of " + entry.dtype + " needs " +
                          std::to_string(size));
  }
  entry.bytes = buffer.subspan(begin, size);
  return entry;
}

// The format does not allow gaps in the data. Checking in file order also finds overlaps.
void check_layout(const MappedFile& file, const std::map<std::string, TensorEntry>& entries,
                  std::span<const uint8_t> buffer) {
  std::vector<std::pair<std::span<const uint8_t>, const std::string*>> order;
  for (const auto& [name, entry] : entries) order.emplace_back(entry.bytes, &name);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.data(), a.first.size()) < std::pair(b.first.data(), b.first.size());
  });
  const uint8_t* expected = buffer.data();
  for (const auto& [bytes, name] : order) {
    if (bytes.data() != expected) {
      fail(file.path(),
           "tensor '" + *name +
               (bytes.data() < expected ? "' overlaps another tensor" : "' has a gap before it"));
    }
    expected = bytes.data() + bytes.size();
  }
  if (expected != buffer.data() + buffer.size()) {
    fail(file.path(), std::to_string(buffer.data() + buffer.size() - expected) +
                          " bytes at its end belong to no tensor");
  }
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : file_(path) {
  const uint64_t header_size = read_header_size(file_);
  const json header = parse_header(file_, header_size);
  const auto buffer = file_.bytes().subspan(8 + header_size);
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      if (value.is_null()) continue;  // as the library of the format accepts it
      if (!value.is_object()) fail(path, "__metadata__ is not an object");
      for (const auto& [key, text] : value.items()) {
        if (!text.is_string()) fail(path, "__metadata__ entry '" + key + "' is not a string");
        metadata_[key] = text.get<std::string>();
      }
    } else {
      if (name.size() > kLongestName)
        fail(path, "a tensor's name has " + std::to_string(name.size()) +
                       " bytes, expected at most " + std::to_string(kLongestName));
      entries_.emplace(name, parse_entry(file_, name, value, buffer));
    }
  }
  check_layout(file_, entries_, buffer);
}

void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> all,
                       FloatStorage storage) {
  const auto is_half = [&](const NamedTensor& item) {
    return item.tensor.dtype() == DType::f32 && storage == FloatStorage::f16 &&
           !item.full_precision;
  };
  std::vector<NamedTensor> tensors(all.begin(), all.end());
  std::stable_partition(tensors.begin(), tensors.end(),
                        [&](const NamedTensor& item) { return !is_half(item); });
  // An ordered object keeps the tensors in file order.
  Json header;
  header["__metadata__"] = {{"format", "pt"}};
  uint64_t offset = 0;
  for (const NamedTensor& item : tensors) {
    if (header.contains(item.name)) {
      throw Error(ErrorCode::invalid_argument, "tensor '", item.name, "' is written twice to '",
                  path.string(), "'");
    }
    const bool half = is_half(item);
    const uint64_t size = static_cast<uint64_t>(item.tensor.count()) * (half ? 2 : 4);
    header[item.name] = {{"dtype", half                                ? "F16"
                                   : item.tensor.dtype() == DType::i32 ? "I32"
                                                                       : "F32"},
                         {"shape", item.tensor.shape()},
                         {"data_offsets", {offset, offset + size}}};
    offset += size;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // data starts at a multiple of 8
  std::string content(8 + text.size() + offset, '\0');
  for (size_t i = 0; i < 8; ++i) content[i] = static_cast<char>(text.size() >> (8 * i));
  std::memcpy(content.data() + 8, text.data(), text.size());
  char* out = content.data() + 8 + text.size();
  for (const NamedTensor& item : tensors) {
    if (is_half(item)) {
      const float* values = item.tensor.data<float>();
      for (int64_t i = 0; i < item.tensor.count(); ++i, out += 2) {
        const uint16_t bits = float_to_half(values[i]);
        std::memcpy(out, &bits, 2);
      }
    } else {
      std::memcpy(out, item.tensor.raw(), item.tensor.bytes());
      out += item.tensor.bytes();
    }
  }
  write_file_atomic(path, content);
}

void write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> all) {
  std::vector<StoredTensor> tensors(all.begin(), all.end());
  std::ranges::stable_sort(tensors, std::greater(),
                           [](const StoredTensor& tensor) { return element_bits(tensor.dtype); });
  Json header;
  header["__metadata__"] = {{"format", "pt"}};
  uint64_t offset = 0;
  for (const StoredTensor& tensor : tensors) {
    if (header.contains(tensor.name)) {
      throw Error(ErrorCode::invalid_argument, "tensor '", tensor.name, "' is written twice to '",
                  path.string(), "'");
    }
    header[tensor.name] = {{"dtype", tensor.dtype},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // data starts at a multiple of 8
  std::string start(8, '\0');
  for (size_t i = 0; i < 8; ++i) start[i] = static_cast<char>(text.size() >> (8 * i));
  start += text;
  std::vector<std::span<const uint8_t>> parts = {
      {reinterpret_cast<const uint8_t*>(start.data()), start.size()}};
  for (const StoredTensor& tensor : tensors) parts.push_back(tensor.bytes);
  write_file_atomic(path, parts);
}

}  // namespace sightline
