// The types behind the handles of the C API.
#pragma once

#include <sightline/encoder.h>
#include <sightline/image_encoder.h>
#include <sightline/index.h>
#include <sightline/library.h>
#include <sightline/model.h>
#include <sightline/search.h>
#include <sightline_c.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "null_models.h"

namespace sightline::c {

struct Failure {
  int64_t input = 0;
  std::string id, reason;
};

}  // namespace sightline::c

struct sightline_failures {
  std::vector<sightline::c::Failure> failures;
};

struct sightline_model {
  std::string spec;  // by which a library remembers the model
  std::shared_ptr<const sightline::Model> model;
};

struct sightline_encoder {
  std::shared_ptr<const sightline::Model> model;
  sightline::EncoderOptions options;
  sightline::Encoder texts;
  sightline::ImageEncoder images;
};

struct sightline_index {
  std::vector<float> values;  // of an index that owns them
  sightline::VectorIndex index;
};

struct sightline_library {
  sightline::Library library;
  bool wait = false;
  std::string purpose;
  mutable sightline::c::NullModels null_models = {};
};

struct sightline_library_state {
  sightline::LibraryInfo info;
  std::string path;
  std::vector<std::string> roots;
  std::vector<sightline::LibraryFailure> failures;
};

struct sightline_changes {
  sightline::IndexSummary summary;
};

struct sightline_hits {
  sightline::SearchResult result;
  std::shared_ptr<const sightline::Collection> collection;
  struct Place {
    std::string path;
    int64_t key = 0;
  };
  // Per query and hit: of the hit, then of its duplicates.
  std::vector<std::vector<std::vector<Place>>> places;
};
