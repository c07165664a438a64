#include "weights/checkpoint.h"

#include <sightline/error.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "weights/wrapper_names.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kMaxShards = 1024;

// Reads {"weight_map": {tensor: file}}. Files must be in the directory of the index.
std::map<std::string, std::string> read_index(const fs::path& path) {
  std::map<std::string, std::string> map;
  const json index = parse_json(read_text_file(path, 64 << 20), path.string());
  try {
    for (const auto& [tensor, file] : index.at("weight_map").items())
      map[tensor] = file.get<std::string>();
  } catch (const json::exception& error) {
    throw Error(ErrorCode::invalid_data,
                "'" + path.string() +
                    "' is not a shard index ({\"weight_map\": {tensor: file}}): " + error.what());
  }
  for (const auto& [tensor, file] : map) {
    if (file.empty() || fs::path(file).filename() != fs::path(file) || file == "." ||
        file == "..") {
      throw Error(ErrorCode::invalid_data, "'", path.string(), "' maps tensor '", tensor, "' to '",
                  file, "', which is not a file in the same folder");
    }
  }
  return map;
}

constexpr std::string_view kIndexSuffix = ".index.json";

// Returns the first of `names` that exists; empty if none does.
fs::path find_weights(const fs::path& directory, const WeightNames& names) {
  std::error_code error;  // a file whose status cannot be read counts as missing
  for (const std::string& name : names) {
    if (fs::exists(directory / name, error)) return directory / name;
  }
  return {};
}

// Elements used in place in the mapped file, which this storage keeps open. The destructor releases
// their pages, since weights are not read again once they are packed.
class MappedStorage : public Storage {
 public:
  MappedStorage(std::shared_ptr<const WeightsFile> file, std::span<const uint8_t> bytes)
      : file_(std::move(file)), mapped_(file_->file_with(bytes)), bytes_(bytes) {}
  ~MappedStorage() override {
    if (mapped_ != nullptr) mapped_->release(bytes_);
  }
  void* host() override { return const_cast<uint8_t*>(bytes_.data()); }
  void prefetch() override {
    if (mapped_ != nullptr) mapped_->populate(bytes_);
  }

 private:
  std::shared_ptr<const WeightsFile> file_;
  const MappedFile* mapped_;  // null: the elements are in memory of file_
  std::span<const uint8_t> bytes_;
};

// Returns whether a tensor is used in place. Large f32 tensors are: a query reads only a few rows
// of a token table of 100 MB. Small tensors are copied, so that they do not keep whole pages in
// memory.
bool can_stay_mapped(const TensorEntry& entry) {
  constexpr size_t kMinMappedBytes = 1 << 16;
  return entry.dtype == "F32" && entry.strides.empty() && entry.bytes.size() >= kMinMappedBytes &&
         reinterpret_cast<uintptr_t>(entry.bytes.data()) % alignof(float) == 0;
}

}  // namespace

const WeightNames& huggingface_weight_names() {
  static const WeightNames names = {"model.safetensors", "model.safetensors.index.json",
                                    "pytorch_model.bin", "pytorch_model.bin.index.json"};
  return names;
}

bool Checkpoint::has_weights(const fs::path& directory, const WeightNames& names) {
  return !find_weights(directory, names).empty();
}

Checkpoint::Checkpoint(const fs::path& path, const WeightNames& names) : path_(path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    add_file(open_weights_file(path));
    remove_wrappers();
    return;
  }
  const fs::path found = find_weights(path, names);
  if (found.empty()) {
    std::string expected;
    for (const auto& name : names) expected += (expected.empty() ? "" : " or ") + name;
    throw Error(ErrorCode::not_found, "'", path.string(), "' has no weights; expected ", expected);
  }
  if (found.string().ends_with(kIndexSuffix)) {
    add_shards(found);
  } else {
    add_file(open_weights_file(found));
  }
  remove_wrappers();
}

Checkpoint::Checkpoint(const fs::path& path, std::vector<std::shared_ptr<WeightsFile>> files)
    : path_(path) {
  for (auto& file : files) add_file(std::move(file));
  remove_wrappers();
}

template <typename Rename>
void Checkpoint::rename(const Rename& rename) {
  std::map<std::string, const TensorEntry*> entries;
  std::map<std::string, size_t> file_of;
  for (const auto& [name, entry] : entries_) {
    const std::string now = rename(name);
    if (now.empty()) continue;
    if (!entries.emplace(now, entry).second) {
      throw Error(ErrorCode::invalid_data, "'", where(), "' has tensor '", now, "' twice: as '",
                  name, "' and with another prefix");
    }
    file_of[now] = file_of_.at(name);
  }
  entries_ = std::move(entries);
  file_of_ = std::move(file_of);
}

void Checkpoint::remove_wrappers() {
  rename([](const std::string& name) { return without_wrappers(name); });
  while (all_in_module(entries_)) {
    rename([](const std::string& name) { return name.substr(name.find('.') + 1); });
  }
}

void Checkpoint::select_prefix(const std::string& prefix) {
  for (const auto& [name, entry] : entries_) {
    if (!name.starts_with(prefix)) outside_.push_back(name);
  }
  rename([&](const std::string& name) {
    return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string();
  });
  prefix_ += prefix;
}

std::string Checkpoint::why_missing(const std::string& name) const {
  for (const auto& file : files_) {
    const std::string other = file->other_value(prefix_ + name);
    if (!other.empty())
      return message("; the file has ", other, " there, which is not read as a tensor");
  }
  std::vector<std::string> names;
  for (const auto& [present, entry] : entries_) names.push_back(present);
  std::string hint = other_prefix_hint(name, names);
  if (prefix_.empty() || !hint.empty()) return hint;
  hint = message("; only tensors with the prefix '", prefix_, "' are read");
  const auto outside = std::ranges::find_if(outside_, [&](const std::string& other) {
    return other == name || other.ends_with("." + name);
  });
  return outside == outside_.end() ? hint : message(hint, ", and not '", *outside, "'");
}

void Checkpoint::add_shards(const fs::path& index) {
  const auto map = read_index(index);
  std::set<std::string> shards;
  for (const auto& [tensor, file] : map) shards.insert(file);
  if (shards.size() > kMaxShards) {
    throw Error(ErrorCode::limit_exceeded, "'", index.string(), "' names ", shards.size(),
                " shards; expected at most ", kMaxShards);
  }
  for (const auto& shard : shards) add_file(open_weights_file(index.parent_path() / shard));
  check_index(index, map);
}

void Checkpoint::add_file(std::shared_ptr<WeightsFile> file) {
  files_.push_back(std::move(file));
  for (const auto& [name, entry] : files_.back()->entries()) {
    if (!entries_.emplace(name, &entry).second) {
      throw Error(ErrorCode::invalid_data, "tensor '", name, "' is in two files of '", where(),
                  "'");
    }
    file_of_[name] = files_.size() - 1;
  }
}

void Checkpoint::check_index(const fs::path& index_path,
                             const std::map<std::string, std::string>& map) const {
  for (const auto& [tensor, file] : map) {
    const auto found = file_of_.find(tensor);
    if (found == file_of_.end() || files_[found->second]->file().path().filename() != file) {
      throw Error(ErrorCode::invalid_data, "'", index_path.string(), "' maps tensor '", tensor,
                  "' to '", file, "', which does not contain it");
    }
  }
}

const TensorEntry* Checkpoint::find(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : found->second;
}

const TensorEntry& Checkpoint::check(const std::string& name, const Shape& expected) const {
  const TensorEntry* entry = find(name);
  if (entry == nullptr) {
    throw Error(ErrorCode::invalid_data, "tensor '", name, "' is missing in '", where(),
                "'; expected shape ", shape_text(expected), why_missing(name));
  }
  if (entry->shape != expected) {
    throw Error(ErrorCode::invalid_data, "tensor '", name, "' in '", where(), "' has shape ",
                shape_text(entry->shape), ", expected ", shape_text(expected),
                " from the model's config");
  }
  if (!is_readable_type(entry->dtype)) {
    throw Error(ErrorCode::invalid_data, "tensor '", name, "' in '", where(), "' has type ",
                entry->dtype, ", expected F32, F16, BF16, F64 or quantized blocks");
  }
  return *entry;
}

Tensor Checkpoint::convert(const TensorEntry& entry, const std::string& name) const {
  const auto& file = files_[file_of_.at(name)];
  if (can_stay_mapped(entry))
    return {entry.shape, DType::f32, std::make_shared<MappedStorage>(file, entry.bytes)};
  Tensor result = to_host_f32(entry);
  if (const MappedFile* mapped = file->file_with(entry.bytes)) mapped->release(entry.bytes);
  return result;
}

Tensor Checkpoint::load(const std::string& name, const Shape& expected) const {
  return convert(check(name, expected), name);
}

Tensor Checkpoint::load_rows(const std::string& name, const Shape& expected, int64_t begin,
                             int64_t count) const {
  TensorEntry part = check(name, expected);
  if (expected.empty() || begin < 0 || count < 0 || begin > expected[0] - count) {
    throw Error(ErrorCode::internal, "tensor '", name, "' has no rows ", begin, " to ",
                begin + count);
  }
  const int64_t row = part.strides.empty()
                          ? (expected[0] == 0 ? 0 : element_count(expected) / expected[0])
                          : part.strides[0];
  part.shape[0] = count;
  const size_t first = readable_bytes(part.dtype, begin * row);
  part.bytes = part.bytes.subspan(std::min(first, part.bytes.size()));
  if (part.strides.empty()) part.bytes = part.bytes.first(readable_bytes(part.dtype, count * row));
  return convert(part, name);
}

const WeightsFile* Checkpoint::only_file() const {
  return files_.size() == 1 ? files_.front().get() : nullptr;
}

std::vector<const MappedFile*> Checkpoint::files() const {
  std::vector<const MappedFile*> files;
  for (const auto& file : files_) {
    for (const MappedFile* mapped : file->files()) files.push_back(mapped);
  }
  return files;
}

}  // namespace sightline
