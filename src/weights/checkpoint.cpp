#include "weights/checkpoint.h"

#include <sightline/error.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/parallel.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kMaxShards = 1024;

// {"weight_map": {tensor: file}}; a file must lie in the directory itself.
std::map<std::string, std::string> read_index(const fs::path& path) {
  std::map<std::string, std::string> map;
  const json index = parse_json(read_text_file(path, 64 << 20), path.string());
  try {
    for (const auto& [tensor, file] : index.at("weight_map").items()) map[tensor] = file.get<std::string>();
  } catch (const json::exception& error) {
    throw Error(ErrorCode::invalid_data, "'" + path.string() + "' is not an index of shards ({\"weight_map\": {tensor: file}}): " + error.what());
  }
  for (const auto& [tensor, file] : map) {
    if (file.empty() || fs::path(file).filename() != fs::path(file) || file == "." || file == "..") {
      throw Error(ErrorCode::invalid_data, "'" + path.string() + "' puts tensor '" + tensor + "' in '" + file + "', which is not a file of the same folder");
    }
  }
  return map;
}

DType float_type(const SafetensorsEntry& entry, const std::string& name, const std::string& where) {
  if (entry.dtype == "F32") return DType::f32;
  if (entry.dtype == "F16") return DType::f16;
  if (entry.dtype == "BF16") return DType::bf16;
  throw Error(ErrorCode::invalid_data, "tensor '" + name + "' in '" + where + "' has type " + entry.dtype + ", expected F32, F16 or BF16");
}

}  // namespace

Checkpoint::Checkpoint(const fs::path& directory) : directory_(directory) {
  const fs::path single = directory / "model.safetensors";
  const fs::path index = directory / "model.safetensors.index.json";
  std::error_code error;  // what cannot be looked at is not there, or fails to open below
  if (fs::exists(single, error)) {
    files_.reserve(1);
    add_file(single);
  } else if (fs::exists(index, error)) {
    const auto map = read_index(index);
    std::set<std::string> shards;
    for (const auto& [tensor, file] : map) shards.insert(file);
    if (shards.size() > kMaxShards) {
      throw Error(ErrorCode::limit_exceeded, "'" + index.string() + "' names " + std::to_string(shards.size()) + " shards, at most " + std::to_string(kMaxShards) + " are read");
    }
    files_.reserve(shards.size());  // entries_ points into the files: they must not move
    for (const auto& shard : shards) add_file(directory / shard);
    check_index(index, map);
  } else {
    throw Error(ErrorCode::not_found, "'" + directory.string() + "' has no weights: expected model.safetensors or model.safetensors.index.json");
  }
}

void Checkpoint::add_file(const fs::path& path) {
  files_.emplace_back(path);
  for (const auto& [name, entry] : files_.back().entries()) {
    if (!entries_.emplace(name, &entry).second) {
      throw Error(ErrorCode::invalid_data, "tensor '" + name + "' is in two shards of '" + directory_.string() + "'");
    }
    file_of_[name] = files_.size() - 1;
  }
}

void Checkpoint::check_index(const fs::path& index_path, const std::map<std::string, std::string>& map) const {
  for (const auto& [tensor, file] : map) {
    const auto found = file_of_.find(tensor);
    if (found == file_of_.end() || files_[found->second].file().path().filename() != file) {
      throw Error(ErrorCode::invalid_data, "'" + index_path.string() + "' says that tensor '" + tensor + "' is in '" + file + "', but it is not");
    }
  }
}

const SafetensorsEntry& Checkpoint::check(const std::string& name, const Shape& expected) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    throw Error(ErrorCode::invalid_data, "tensor '" + name + "' is missing in '" + where() +
                                             "', expected with shape " + shape_text(expected));
  }
  const SafetensorsEntry& entry = *found->second;
  if (entry.shape != expected) {
    throw Error(ErrorCode::invalid_data, "tensor '" + name + "' in '" + where() + "' has shape " +
                                             shape_text(entry.shape) + ", expected " +
                                             shape_text(expected) + " from config.json");
  }
  float_type(entry, name, where());
  return entry;
}

Tensor Checkpoint::load(const std::string& name, const Shape& expected) const {
  const SafetensorsEntry& entry = check(name, expected);
  const DType type = float_type(entry, name, where());
  Tensor result = to_f32(Tensor::borrow(entry.shape, type, entry.bytes.data()));
  files_[file_of_.at(name)].file().release(entry.bytes);
  return result;
}

Digest Checkpoint::digest() const {
  constexpr size_t kBlock = 8 << 20;
  Sha256 all;
  for (const auto& file : files_) {
    const auto bytes = file.file().bytes();
    const auto blocks = static_cast<int64_t>((bytes.size() + kBlock - 1) / kBlock);
    std::vector<Digest> digests(static_cast<size_t>(blocks));
    parallel_for(blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const size_t at = static_cast<size_t>(i) * kBlock;
        const auto part = bytes.subspan(at, std::min(kBlock, bytes.size() - at));
        digests[static_cast<size_t>(i)] = sha256(part);
        file.file().release(part);
      }
    });
    for (const Digest& digest : digests) all.update(digest);
  }
  return all.digest();
}

}  // namespace sightline
