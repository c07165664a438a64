#include "verify/stored_reference.h"

#include <sightline/error.h>

#include "base/file.h"
#include "base/json.h"
#include "base/npy.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kMaxBytes = 16 << 20;  // a file of the folder
constexpr size_t kMaxItems = 10'000;

[[noreturn]] void fail(const fs::path& file, const std::string& problem) {
  throw Error(ErrorCode::invalid_data, "'", file.string(), "': ", problem);
}

const json& list_of(const json& root, const char* key, const fs::path& file) {
  static const json none = json::array();
  const auto found = root.find(key);
  if (found == root.end()) return none;
  if (!found->is_array() || found->size() > kMaxItems) {
    fail(file, std::string("'") + key + "' is " + shown(*found) + ", expected a list of at most " +
                   std::to_string(kMaxItems));
  }
  return *found;
}

std::string text_of(const json& item, const char* key, const fs::path& file) {
  const auto found = item.is_object() ? item.find(key) : item.end();
  if (!item.is_object() || found == item.end() || !found->is_string()) {
    fail(file, std::string("an entry has no text '") + key + "': " + shown(item));
  }
  return found->get<std::string>();
}

// A file of the folder itself: the list may not lead elsewhere.
fs::path inside(const fs::path& folder, const std::string& name, const fs::path& file) {
  if (name.empty() || fs::path(name).filename() != fs::path(name) || name == "." || name == "..") {
    fail(file, "'" + name + "' is not the name of a file of the same folder");
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
    fail(file, "an entry has no list 'ids': " + shown(item));
  std::vector<int32_t> ids;
  for (const json& id : *found) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > INT32_MAX)
      fail(file, "an id is " + shown(id) + ", expected a whole number");
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
  reference.made_with = text_of(root, "made_with", file);
  for (const json& item : list_of(root, "images", file)) {
    StoredImage image;
    image.name = text_of(item, "file", file);
    image.bytes = read_file(inside(folder, image.name, file), kMaxBytes);
    const fs::path pixels = inside(folder, text_of(item, "pixels", file), file);
    image.pixels = decode_image(read_file(pixels, kMaxBytes), pixels.string());
    reference.images.push_back(std::move(image));
  }
  for (const json& item : list_of(root, "texts", file)) {
    StoredText text;
    text.text = text_of(item, "text", file);
    text.ids = read_ids(item, file);
    reference.texts.push_back(std::move(text));
  }
  reference.image_vectors = read_vectors(folder / "image.npy", reference.images.size());
  reference.text_vectors = read_vectors(folder / "text.npy", reference.texts.size());
  return reference;
}

}  // namespace sightline
