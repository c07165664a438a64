#include "weights/torch_file.h"

#include <sightline/error.h>

#include <string_view>

#include "base/little_endian.h"
#include "base/zip.h"
#include "weights/torch_tensors.h"

namespace sightline {
namespace {

using Kind = PickleNode::Kind;

[[noreturn]] void fail(const MappedFile& file, const std::string& what) {
  throw Error(ErrorCode::invalid_data, "'", file.path().string(),
              "' is not a valid PyTorch file: ", what);
}

// Returns the archive's single top-level folder: "archive/" for "archive/data.pkl".
std::string find_root(const ZipArchive& archive, const MappedFile& file) {
  constexpr std::string_view kPickle = "data.pkl";
  std::string root;
  int found = 0;
  for (const auto& [name, entry] : archive.entries()) {
    const size_t slash = name.find('/');
    if (slash == name.npos || std::string_view(name).substr(slash + 1) != kPickle) continue;
    root = name.substr(0, slash + 1);
    ++found;
  }
  if (found != 1)
    fail(file,
         "the archive has " + std::to_string(found) + " entries named */data.pkl; expected one");
  return root;
}

// The magic number of the legacy format, as the pickle holds it.
constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr int64_t kLegacyProtocol = 1001;

}  // namespace

TorchZipFile::TorchZipFile(const std::filesystem::path& path) : file_(path) {
  const ZipArchive archive(file_.bytes(), path.string());
  const std::string root = find_root(archive, file_);
  const auto content_of = [&](const ZipEntry& entry) -> std::span<const uint8_t> {
    if (!entry.deflated) return entry.packed;
    const auto [item, is_new] = unpacked_.try_emplace(entry.name);
    if (is_new) item->second = archive.unpack(entry);
    return item->second;
  };
  if (const ZipEntry* order = archive.find(root + "byteorder")) {
    const auto bytes = content_of(*order);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text != "little")
      throw Error(ErrorCode::unsupported,
                  "'" + path.string() +
                      "': the data is big-endian; only little-endian files are supported");
  }
  const ZipEntry& object = *archive.find(root + "data.pkl");
  const auto data = content_of(object);
  const Pickle pickle(data, "'" + path.string() + "' entry '" + object.name + "'",
                      torch_pickle_rules());
  entries_ = read_torch_tensors(pickle, path.string(), [&](const TorchStorage& storage) {
    const ZipEntry* entry = archive.find(root + "data/" + storage.key);
    if (entry == nullptr) fail(file_, "the archive has no storage '" + storage.key + "'");
    return content_of(*entry);
  });
}

TorchLegacyFile::TorchLegacyFile(const std::filesystem::path& path) : file_(path) {
  const auto bytes = file_.bytes();
  const std::string name = "'" + path.string() + "'";
  size_t at = 0;
  const auto next = [&] {
    Pickle pickle(bytes.subspan(at), name, torch_pickle_rules(), at);
    at += pickle.size();
    return pickle;
  };
  const Pickle magic = next();
  if (magic.root().kind != Kind::big_integer || magic.root().text != kMagic) {
    fail(file_, "it does not begin with PyTorch's magic number");
  }
  const Pickle protocol = next();
  if (protocol.root().kind != Kind::integer || protocol.root().integer != kLegacyProtocol)
    fail(file_, "its protocol is not 1001");
  const Pickle machine = next();
  const PickleNode* little = machine.find(machine.root(), "little_endian");
  if (little == nullptr || little->kind != Kind::boolean || little->integer != 1) {
    throw Error(ErrorCode::unsupported, name,
                ": the data is not little-endian; only little-endian files are supported");
  }
  const Pickle object = next();
  const Pickle keys = next();
  if (keys.root().kind != Kind::list) fail(file_, "it has no list of storages");
  // A storage is its number of elements, followed by the elements.
  const auto referenced = torch_storages(object, path.string());
  std::map<std::string, std::span<const uint8_t>> storages;
  for (const PickleIndex index : keys.root().items) {
    const std::string& key = keys[index].text;
    const auto known = referenced.find(key);
    if (known == referenced.end())
      fail(file_, "storage '" + key + "' is listed, but no tensor refers to it");
    if (bytes.size() - at < 8) fail(file_, "it ends before storage '" + key + "'");
    const auto count = read_little<uint64_t>(bytes, at);
    const uint64_t size = known->second.size_bytes();
    at += 8;
    if (count != known->second.count || size > bytes.size() - at) {
      fail(file_, "storage '" + key + "' at byte " + std::to_string(at) + " claims " +
                      std::to_string(count) + " elements; expected " +
                      std::to_string(known->second.count) + ", with " +
                      std::to_string(bytes.size() - at) + " bytes left in the file");
    }
    storages[key] = bytes.subspan(at, size);
    at += size;
  }
  entries_ = read_torch_tensors(object, path.string(), [&](const TorchStorage& storage) {
    const auto found = storages.find(storage.key);
    if (found == storages.end()) fail(file_, "it has no storage '" + storage.key + "'");
    return found->second;
  });
}

}  // namespace sightline
