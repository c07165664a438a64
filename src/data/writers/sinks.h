// Writers that convert_dataset() uses, one for each format.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <string>

namespace sightline {

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void add(const Row& row) = 0;
  virtual void finish() = 0;
};

// Returns whether the text column is written as lists. A data set without captions has empty lists.
inline bool wants_lists(const DatasetColumns& columns) {
  return columns.list_captions || columns.text.empty();
}

}  // namespace sightline
