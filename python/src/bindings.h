// The parts of the module sightline._native, one function for each source.
#pragma once

#include <nanobind/nanobind.h>

namespace sightline::python {

void bind_errors(nanobind::module_& module);
void bind_tokenizer(nanobind::module_& module);
void bind_model(nanobind::module_& module);
void bind_encoder(nanobind::module_& module);
void bind_vector_index(nanobind::module_& module);
void bind_query(nanobind::module_& module);
void bind_dataset(nanobind::module_& module);
void bind_collection(nanobind::module_& module);
void bind_library(nanobind::module_& module);
void bind_feedback(nanobind::module_& module);
void bind_evaluation(nanobind::module_& module);

}  // namespace sightline::python
