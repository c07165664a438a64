#include "weights/checkpoint_scan.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/file.h"

namespace sightline {
namespace {

// Returns the first of elements begin to end that has all bits of `exponent`, or `end`.
template <typename Word>
int64_t first_with_exponent(const uint8_t* bytes, int64_t begin, int64_t end, Word exponent) {
  constexpr int64_t kChunk = 1024;  // a constant number of iterations is vectorized
  const auto is_bad = [&](int64_t i) {
    Word word;
    std::memcpy(&word, bytes + i * static_cast<int64_t>(sizeof(Word)), sizeof(Word));
    return static_cast<Word>(word & exponent) == exponent;
  };
  int64_t i = begin;
  for (; i + kChunk <= end; i += kChunk) {
    Word bad = 0;
    for (int64_t k = 0; k < kChunk; ++k) bad = static_cast<Word>(bad | (is_bad(i + k) ? 1 : 0));
    if (bad != 0) break;
  }
  while (i < end && !is_bad(i)) ++i;
  return i;
}

// Returns the first of elements begin to end that is not finite in f32, or `end`.
int64_t first_not_finite(const TensorEntry& entry, int64_t begin, int64_t end) {
  const uint8_t* bytes = entry.bytes.data();
  if (entry.dtype == "F32") return first_with_exponent<uint32_t>(bytes, begin, end, 0x7f800000u);
  if (entry.dtype == "F16") return first_with_exponent<uint16_t>(bytes, begin, end, 0x7c00u);
  if (entry.dtype == "BF16") return first_with_exponent<uint16_t>(bytes, begin, end, 0x7f80u);
  for (int64_t i = begin; i < end; ++i) {
    double value;
    std::memcpy(&value, bytes + 8 * i, 8);
    if (!std::isfinite(static_cast<float>(value))) return i;
  }
  return end;
}

// The same of a tensor that is copied to f32: the number of its elements if all are finite.
int64_t first_not_finite(const TensorEntry& entry) {
  const Tensor tensor = to_host_f32(entry);
  const float* const values = tensor.data<float>();
  const float* const end = values + tensor.count();
  return std::find_if(values, end, [](float x) { return !std::isfinite(x); }) - values;
}

struct Located {
  const std::string* name;
  const TensorEntry* entry;
  int64_t begin, end;  // bytes in the file
};

// Returns the contiguous tensors of float types that are in these bytes, in the order of their
// ends. Throws limit_exceeded if tensors overlap so often that a scan would not be linear in the
// file.
std::vector<Located> located_in(const Checkpoint& checkpoint, std::span<const uint8_t> bytes) {
  std::vector<Located> located;
  uint64_t sum = 0, count = 0;
  for (const auto& [name, entry] : checkpoint.entries()) {
    if (!is_float_type(entry->dtype) || entry->bytes.empty()) continue;
    const uint8_t* const first = entry->bytes.data();
    if (first < bytes.data() || first >= bytes.data() + bytes.size()) continue;
    sum += readable_bytes(entry->dtype, element_count(entry->shape));
    ++count;
    if (!entry->strides.empty()) continue;
    const int64_t begin = first - bytes.data();
    located.push_back({&name, entry, begin, begin + static_cast<int64_t>(entry->bytes.size())});
  }
  if (sum / kMaxOverlap > bytes.size()) {
    throw Error(ErrorCode::limit_exceeded, "'", checkpoint.where(), "' has ", count,
                " tensors that share the same bytes more than ", kMaxOverlap, " times");
  }
  std::ranges::sort(located, {}, &Located::end);
  return located;
}

class Scanner {
 public:
  explicit Scanner(const Checkpoint& checkpoint)
      : checkpoint_(checkpoint), files_(checkpoint.files()) {}

  CheckpointScan run() {
    Sha256 all;
    for (const MappedFile* file : files_) {
      const auto bytes = file->bytes();
      const auto located = located_in(checkpoint_, bytes);
      const auto done = [&](std::span<const uint8_t> block) {
        check_block(located, block.data() - bytes.data(), static_cast<int64_t>(block.size()));
        file->release(block);
      };
      for (const Digest& digest : block_digests(bytes, done)) all.update(digest);
    }
    for (const auto& [name, entry] : checkpoint_.entries()) check_others(name, *entry);
    scan_.digest = all.digest();
    return std::move(scan_);
  }

 private:
  // Checks the elements whose first byte is in the block.
  void check_block(const std::vector<Located>& located, int64_t begin, int64_t size) {
    const int64_t block_end = begin + size;
    for (auto item = std::ranges::upper_bound(located, begin, {}, &Located::end);
         item != located.end(); ++item) {
      if (item->begin >= block_end) continue;  // storages may overlap, so the order of ends is kept
      const auto width = static_cast<int64_t>(element_size(item->entry->dtype));
      const auto index_at = [&](int64_t byte) {
        return (std::clamp(byte, item->begin, item->end) - item->begin + width - 1) / width;
      };
      const int64_t end = index_at(block_end);
      const int64_t bad = first_not_finite(*item->entry, index_at(begin), end);
      if (bad < end) add(*item->name, bad);
    }
  }

  // Tensors with strides, quantized ones, and those of deflated entries, which are not in the
  // file's bytes.
  void check_others(const std::string& name, const TensorEntry& entry) {
    if (!is_readable_type(entry.dtype) || entry.bytes.empty()) return;
    if (!is_float_type(entry.dtype)) {
      check_blocks(name, entry);
      return;
    }
    const bool in_file = std::ranges::any_of(files_, [&](const MappedFile* file) {
      const auto bytes = file->bytes();
      return entry.bytes.data() >= bytes.data() && entry.bytes.data() < bytes.data() + bytes.size();
    });
    if (entry.strides.empty() && in_file) return;
    const int64_t bad = first_not_finite(entry);
    if (bad < element_count(entry.shape)) add(name, bad);
  }

  // A part at a time: the tensor in f32 may be much larger than the file.
  void check_blocks(const std::string& name, const TensorEntry& entry) {
    constexpr int64_t kPart = 1 << 16;  // a multiple of every block
    const int64_t count = element_count(entry.shape);
    for (int64_t begin = 0; begin < count; begin += kPart) {
      TensorEntry part = entry;
      part.shape = {std::min(kPart, count - begin)};
      part.bytes = entry.bytes.subspan(readable_bytes(entry.dtype, begin),
                                       readable_bytes(entry.dtype, part.shape[0]));
      const int64_t bad = first_not_finite(part);
      if (bad == part.shape[0]) continue;
      add(name, begin + bad);
      return;
    }
  }

  void add(const std::string& name, int64_t index) {
    const std::lock_guard lock(mutex_);
    const auto [known, is_new] = scan_.not_finite.emplace(name, index);
    if (!is_new) known->second = std::min(known->second, index);
  }

  const Checkpoint& checkpoint_;
  const std::vector<const MappedFile*> files_;
  CheckpointScan scan_;
  std::mutex mutex_;
};

}  // namespace

CheckpointScan scan_checkpoint(const Checkpoint& checkpoint) {
  return Scanner(checkpoint).run();
}

std::string position_text(int64_t index, const Shape& shape) {
  Shape position(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    position[axis] = index % shape[axis];
    index /= shape[axis];
  }
  return shape_text(position);
}

}  // namespace sightline
