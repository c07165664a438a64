// Labels that distinguish the models of an experiment.
#pragma once

#include <sightline/experiment.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/spec_label.h"

namespace sightline {

struct ModelToLabel {
  std::string name;
  std::filesystem::path path;  // empty: the name is not extended
  std::string suffix;          // appended to the label, such as " int8"; may be empty
  std::string prefix = {};     // stays in front of the parents, such as "model+" of an adapter
};

// `spec`: what the model was loaded from. A label given with it (NAME=PATH) is not extended, nor is
// the name of a pair. Of a model with an adapter, `path` is the adapter's.
ModelToLabel model_to_label(const std::string& name, const std::string& spec,
                            const std::string& suffix);

// Returns one label per model: its name, or "PARENT/NAME" ("MODEL+PARENT/ADAPTER") with as many
// parent folders as tell models of the same name and different paths apart. Labels that are still
// equal are numbered: "NAME (2)".
std::vector<std::string> distinct_labels(const std::vector<ModelToLabel>& models);

// Returns `name`, with a number if a model has that label already.
std::string unique_label(const std::string& name, const std::vector<ModelResult>& models);

// Throws invalid_argument if two of `specs` are given the same label, or the
// label "chance".
void check_given_labels(const std::vector<LabeledSpec>& specs);

// Sets the labels of `results`, which are the results of `models`.
void set_labels(std::vector<ModelResult>& results, const std::vector<ModelToLabel>& models);

}  // namespace sightline
