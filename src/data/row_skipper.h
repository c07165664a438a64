// Passing over rows of a data set without reading their images.
#pragma once

#include <sightline/dataset.h>

#include <cstdint>

#include "base/hash.h"

namespace sightline {

// Implemented by data sets whose rows can be read in parts. Found with dynamic_cast, so that a
// plugin can implement it as well.
class RowSkipper {
 public:
  virtual ~RowSkipper() = default;
  // Passes over the next `rows` rows, those that next() would return. Returns their number, which
  // is smaller at the end. Throws what next() throws.
  virtual int64_t skip(int64_t rows) = 0;
  // Number of rows that the row last returned by next() stands for: more than 1 for a damaged part
  // of a file, of which one broken row is returned.
  virtual int64_t rows_of_last() const { return 1; }
  // Hashes what identifies the rows and their order, without the bytes of images: names, or the
  // files that hold the rows (add_file).
  virtual void identify(Sha256& hash) const = 0;
};

// Passes over rows of any data set, if need be by reading them.
inline int64_t skip_rows(Dataset& dataset, int64_t rows) {
  if (auto* skipper = dynamic_cast<RowSkipper*>(&dataset)) return skipper->skip(rows);
  int64_t passed = 0;
  while (passed < rows && dataset.next()) ++passed;
  return passed;
}

}  // namespace sightline
