// Segments: immutable files of vectors with the ids of their contents (docs/formats/library.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "index/row_set.h"

namespace sightline::library {

// Type of the stored vectors.
enum class ElementType { f32, f16 };
std::string_view element_name(ElementType type);  // "fp32", "fp16"

// Rows per segment at most: bounds the memory of compaction and of quantizing.
inline constexpr int64_t kMostSegmentRows = int64_t{1} << 18;

// A mapped segment. Thread-safe.
class Segment {
 public:
  // Checks the header and the sizes, not the rows. Throws not_found, io; invalid_data if the file
  // is not the segment with this header digest.
  Segment(const std::filesystem::path& path, const Digest& digest);

  int64_t rows() const { return rows_; }
  int64_t dim() const { return dim_; }
  ElementType element() const { return element_; }
  // (N, D); null for f16.
  const float* f32() const;
  // (N, D); null for f32.
  const uint16_t* f16() const;
  double max_norm() const { return max_norm_; }
  const index::QuantizedRows& quantized() const { return quantized_; }
  // Content id of each row.
  std::span<const int64_t> contents() const { return contents_; }
  // Copies row i, widened to f32.
  void copy_row(int64_t i, std::span<float> out) const;
  const MappedFile& file() const { return file_; }

  // Throws invalid_data if a byte of the rows differs from what was written, naming the section.
  void check() const;

 private:
  MappedFile file_;
  ElementType element_ = ElementType::f32;
  int64_t rows_ = 0, dim_ = 0;
  double max_norm_ = 0;
  const uint8_t* vectors_ = nullptr;
  index::QuantizedRows quantized_;
  std::span<const int64_t> contents_;
};

// Writes a segment row by row. The file gets its name in close(); an object that is destroyed
// earlier removes it. Not thread-safe.
class SegmentWriter {
 public:
  // Throws io.
  SegmentWriter(const std::filesystem::path& path, int64_t dim, ElementType element);
  ~SegmentWriter();

  // Appends a row of finite elements. Throws io.
  void add(std::span<const float> vector, int64_t content);
  int64_t rows() const { return static_cast<int64_t>(contents_.size()); }

  // Quantizes the rows, writes and syncs everything, and returns the header's digest, by which the
  // file is opened. Call once, with at least one row. Throws io.
  Digest close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::vector<int64_t> contents_;
};

// "000123.segment"
std::string segment_name(int64_t id);

}  // namespace sightline::library
