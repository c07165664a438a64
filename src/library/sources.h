// The data sets of a library.
#pragma once

#include <sightline/rows.h>

#include <span>
#include <string>
#include <vector>

#include "library/catalogue/records.h"

namespace sightline::library {

struct DatasetSource {
  int64_t id = 0;    // of the catalogue
  std::string name;  // VectorItem::dataset
  DatasetInput input;
};

// Data sets and vector sets; each is named after its folder or file, made unique.
std::vector<DatasetSource> dataset_sources(std::span<const SourceRecord> sources);

// Null if there is none.
const DatasetSource* find_source(std::span<const DatasetSource> sources, const std::string& name);
const DatasetSource* find_source(std::span<const DatasetSource> sources, int64_t id);

}  // namespace sightline::library
