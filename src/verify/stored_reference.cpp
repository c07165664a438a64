#include "verify/stored_reference.h"

#include <sightline/error.h>

#include "base/file.h"
#include "base/json.h"
#include "base/npy.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kMaxBytes = 16 << 20;  // limit per file
constexpr size_t kMaxItems = 10'000;

[[noreturn]] void fail(const fs::path& file, const std::string& problem) {
  throw Error(ErrorCode::invalid_data, "'", file.string(), "': ", problem);
}

const json& array_member(const json& root, const char* key, const fs::path& file) {
  static const json none = json::array();
  const auto found = root.find(key);
  if (found == root.end()) return none;
  if (!found->is_array() || found->size() > kMaxItems) {
    fail(file, std::string("'") + key + "' is " + shown(*found) +
                   ", expected an array of at most " + std::to_string(kMaxItems) + " items");
  }
  return *found;
}

std::string string_member(const json& item, const char* key, const fs::path& file) {
  const auto found = item.is_object() ? item.find(key) : item.end();
  if (!item.is_object() || found == item.end() || !found->is_string()) {
    fail(file, std::string("an entry has no string '") + key + "': " + shown(item));
  }
  return found->get<std::string>();
}

// Returns the path of a file in `folder`. Rejects names that refer to another folder.
fs::path path_in_folder(const fs::path& folder, const std::string& name, const fs::path& file) {
  if (name.empty() || fs::path(name).filename() != fs::path(name) || name == "." || name == "..") {
    fail(file, "'" + name + "' is not a file name in the same folder");
  }
  return folder / name;
}

Matrix read_vectors(const fs::path& path, size_t rows) {
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  const NpyArray array = read_npy(path);
  if (array.shape.size() != 2 || array.shape[0] != static_cast<int64_t>(rows)) {
    fail(path, "expected an array (" + std::to_string(rows) + ", D)");
  }
  Matrix result(array.shape[0], array.shape[1]);
  const auto values = array.f32();
  std::copy(values.begin(), values.end(), result.values.begin());
  return result;
}

std::vector<int32_t> read_ids(const json& item, const fs::path& file) {
  const auto found = item.find("ids");
  if (found == item.end() || !found->is_array() || found->size() > kMaxItems)
    fail(file, "an entry has no array 'ids': " + shown(item));
  std::vector<int32_t> ids;
  for (const json& id : *found) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > INT32_MAX)
      fail(file, "an id is " + shown(id) + ", expected a non-negative integer");
    ids.push_back(id.get<int32_t>());
  }
  return ids;
}

}  // namespace

StoredReference read_stored_reference(const fs::path& folder) {
  const fs::path file = folder / "reference.json";
  const json root = parse_json(read_text_file(file, kMaxBytes), file.string());
  if (!root.is_object() || root.value("format", json()) != 1) {
    fail(file, "expected an object with \"format\": 1");
  }
  StoredReference reference;
  reference.made_with = string_member(root, "made_with", file);
  for (const json& item : array_member(root, "images", file)) {
    StoredImage image;
    image.name = string_member(item, "file", file);
    image.bytes = read_file(path_in_folder(folder, image.name, file), kMaxBytes);
    const fs::path pixels = path_in_folder(folder, string_member(item, "pixels", file), file);
    image.pixels = decode_image(read_file(pixels, kMaxBytes), pixels.string());
    reference.images.push_back(std::move(image));
  }
  for (const json& item : array_member(root, "texts", file)) {
    StoredText text;
    text.text = string_member(item, "text", file);
    text.ids = read_ids(item, file);
    reference.texts.push_back(std::move(text));
  }
  reference.image_vectors = read_vectors(folder / "image.npy", reference.images.size());
  reference.text_vectors = read_vectors(folder / "text.npy", reference.texts.size());
  return reference;
}

}  // namespace sightline
