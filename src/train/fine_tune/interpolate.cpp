#include "train/fine_tune/interpolate.h"

#include <sightline/error.h>

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/file.h"
#include "models/model_source.h"
#include "models/pair.h"
#include "train/fine_tune/changed_weights.h"
#include "train/fine_tune/layout_writer.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const uint8_t>;

// The values between two tensors in the type of `tuned`; nothing if they are those of `tuned`.
std::optional<std::vector<uint8_t>> between(const TensorEntry& start, const TensorEntry& tuned,
                                            double share) {
  if (!is_float_type(tuned.dtype) || share == 1) return std::nullopt;
  const Tensor from = to_host_f32(start), to = to_host_f32(tuned);
  Tensor result(to.shape(), DType::f32);
  bool changed = false;
  for (int64_t i = 0; i < to.count(); ++i) {
    const float a = from.data<float>()[i], b = to.data<float>()[i];
    result.data<float>()[i] =
        a == b ? b : static_cast<float>((1 - share) * a + share * static_cast<double>(b));
    changed = changed || a != b;
  }
  if (!changed) return std::nullopt;
  return in_type(result, tuned.dtype);
}

// Writes a file of weights with some tensors replaced.
void write_patched(const fs::path& target, Bytes file,
                   const std::map<const uint8_t*, std::vector<uint8_t>>& patches) {
  std::vector<Bytes> parts;
  const uint8_t* begin = file.data();
  const uint8_t* const end = begin + file.size();
  for (const auto& [position, bytes] : patches) {
    if (position < begin || position >= end) continue;  // of another file
    parts.emplace_back(begin, position);
    parts.emplace_back(bytes);
    begin = position + bytes.size();
  }
  parts.emplace_back(begin, end);
  write_file_atomic(target, parts);
}

// The weights of one model of `tuned`, whose files were copied into `directory` already.
void interpolate_one(const ModelSource& start, const ModelSource& tuned, double share,
                     const fs::path& root, const fs::path& directory) {
  std::map<const uint8_t*, std::vector<uint8_t>> patches;
  for (const auto& [name, entry] : tuned.checkpoint->entries()) {
    const TensorEntry* before = start.checkpoint->find(name);
    if (before == nullptr || before->shape != entry->shape) {
      throw Error(ErrorCode::invalid_data, "the tensor '", name, "' of '",
                  tuned.checkpoint->where(), "' ", shape_text(entry->shape), " is ",
                  before == nullptr ? "not in" : "of another shape in", " '",
                  start.checkpoint->where(), "': weights between them are not a model");
    }
    if (auto bytes = between(*before, *entry, share))
      patches.emplace(entry->bytes.data(), std::move(*bytes));
  }
  for (const MappedFile* file : tuned.checkpoint->files())
    write_patched(directory / fs::relative(file->path(), root), file->bytes(), patches);
}

}  // namespace

void write_interpolated(const fs::path& start, const fs::path& tuned, double share,
                        const fs::path& directory) {
  const ModelSource before = open_model(start), after = open_model(tuned);
  write_in_layout(after, {}, directory);
  if (share == 1) return;
  if (after.checkpoint) {
    interpolate_one(before, after, share, tuned, directory);
    return;
  }
  const auto &first = before.config_as<PairConfig>(), &second = after.config_as<PairConfig>();
  interpolate_one(*first.image, *second.image, share, tuned, directory);
  interpolate_one(*first.text, *second.text, share, tuned, directory);
}

}  // namespace sightline
