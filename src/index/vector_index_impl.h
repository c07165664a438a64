// The data of a VectorIndex.
#pragma once

#include <sightline/index.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "index/npy_vectors.h"
#include "index/quantize.h"
#include "index/quantized_file.h"
#include "index/row_numbers.h"
#include "index/segments.h"

namespace sightline {

struct VectorIndex::Impl {
  index::Segments segments;
  std::shared_ptr<const void> owner;  // keeps the memory of segments; null: the members below do
  bool segmented = false;             // made by a function of segmented_index.h
  index::RowNumbers numbers;          // of the rows of `segments`

  // Of one segment, in memory or in a file:
  std::optional<index::NpyVectors> npy;
  std::vector<float> converted;  // the vectors, if they are not scanned in the mapped file
  std::optional<index::QuantizedFile> file;
  std::array<std::optional<index::OwnedQuantizedRows>, index::kRowTypes> owned;
  std::vector<std::string> warnings;

  void set_rows(const index::FullRows& full) {
    index::IndexSegment segment;
    segment.full = full;
    segments = index::Segments({segment}, full.dim);
  }
  void set_quantized(const index::QuantizedRows& rows) {
    (rows.type == index::RowType::i8 ? segments[0].i8 : segments[0].bf16) = rows;
  }
  const index::FullRows& full() const { return segments[0].full; }
};

}  // namespace sightline
