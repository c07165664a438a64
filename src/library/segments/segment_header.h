// The header of a segment file. Little endian, no padding.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "index/quantize.h"
#include "index/row_set.h"

namespace sightline::library {

inline constexpr char kSegmentMagic[8] = {'s', 'l', '-', 's', 'e', 'g', 'm', 't'};
inline constexpr uint32_t kSegmentVersion = 1;
inline constexpr uint64_t kSegmentAlign = 4096;

enum class SectionKind { vectors, codes, scales, residuals, mean, contents };
inline constexpr size_t kSections = 6;
inline constexpr std::array<const char*, kSections> kSectionNames = {
    "vectors", "codes", "scales", "residuals", "mean", "content ids"};

struct SegmentSection {
  uint64_t offset, size;  // bytes
  Digest digest;          // section_digest
};

struct SegmentHeader {
  char magic[8];
  uint32_t version;
  uint32_t element;  // 1: f32, 2: f16
  int64_t rows, dim;
  double max_norm, mean_norm, max_code_norm, max_residual;
  std::array<SegmentSection, kSections> section;
  Digest digest;  // of all before it
};
static_assert(sizeof(SegmentHeader) == 64 + kSections * 48 + 32);
static_assert(sizeof(SegmentHeader) <= kSegmentAlign);

inline Digest header_digest(const SegmentHeader& header) {
  return sha256(bytes_of(&header, 1).first(sizeof header - sizeof header.digest));
}

// SHA-256 of the SHA-256 of every 8 MiB, which all cores compute. Releases the pages that it read.
inline Digest section_digest(std::span<const uint8_t> bytes, const MappedFile& file) {
  const auto digests =
      block_digests(bytes, [&](std::span<const uint8_t> block) { file.release(block); });
  return sha256(bytes_of(digests.data(), digests.size()));
}

// The sizes in bytes of the sections of rows of this shape; nothing for an impossible shape.
using SectionSizes = std::optional<std::array<uint64_t, kSections>>;
inline SectionSizes section_sizes(const SegmentHeader& header) {
  constexpr int64_t kMostRows = int64_t{1} << 32;
  if ((header.element != 1 && header.element != 2) || header.rows < 1 || header.rows > kMostRows ||
      header.dim < 1 || header.dim > index::kMaxCodeDim)
    return std::nullopt;
  const auto rows = static_cast<uint64_t>(header.rows), dim = static_cast<uint64_t>(header.dim);
  const auto stride =
      static_cast<uint64_t>(index::quantized_stride(index::RowType::i8, header.dim));
  return std::array<uint64_t, kSections>{rows * dim * (header.element == 1 ? 4 : 2),
                                         rows * stride,
                                         rows * 4,
                                         rows * 4,
                                         dim * 4,
                                         rows * 8};
}

}  // namespace sightline::library
