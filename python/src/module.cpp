// sightline._native: the C++ library for the package sightline, which documents it.
#include <sightline/version.h>

#include "bindings.h"

NB_MODULE(_native, module) {
  using namespace sightline::python;
  module.attr("library_version") = sightline::kVersion;
  bind_errors(module);
  bind_tokenizer(module);
  bind_model(module);
  bind_encoder(module);
  bind_vector_index(module);
  bind_query(module);
  bind_dataset(module);
  bind_collection(module);
  bind_library(module);
  bind_feedback(module);
  bind_evaluation(module);
}
