// Configurations of retrieval: the settings that `index`, `search` and `eval` read from a file, and
// that the tuner varies.
#pragma once

#include <sightline/model.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Query expansion (average query expansion: Chum et al., Total Recall, 2007). The query becomes
// unit(q + weight * unit(sum of the vectors of its `hits` best items)), and is searched again.
struct ExpansionOptions {
  int hits = 0;       // 0: no expansion
  double weight = 0;  // at least 0

  bool active() const { return hits > 0 && weight > 0; }
  bool operator==(const ExpansionOptions&) const = default;
};

// Fusion of images with texts about them: an item's vector becomes
// unit((1 - weight) * image + weight * unit(mean of the vectors of its texts)), so that its
// similarity to a query is the weighted sum of both similarities, up to the item's scale. Texts are
// the parts, separated by '|', of the column's value, without those that equal a caption of the
// item: captions are what queries are measured with. Items without texts keep their image's vector.
struct FusionOptions {
  std::string column;
  double weight = 0;  // 0..1; 0: images alone

  bool active() const { return !column.empty() && weight > 0; }
  bool operator==(const FusionOptions&) const = default;
};

// Absent members keep the default of the command that reads the file.
struct Configuration {
  std::string model;  // as Model::load reads it; empty: given otherwise
  std::optional<Precision> precision;
  std::optional<OrientationProfile> orientation;
  std::optional<DecodeProfile> decode;
  std::optional<PreprocessSpec::Resize> resize;
  std::optional<std::vector<std::string>> templates;
  ExpansionOptions expansion;
  FusionOptions fusion;
  std::optional<bool> half_precision_store;  // of a library's vectors

  bool operator==(const Configuration&) const = default;
};

// Reads a configuration (docs/formats/tuning_plan.md); "./PATH" of a model is in the file's folder.
// Throws invalid_data, naming the key, what was expected and found; not_found, io.
Configuration read_configuration(const std::filesystem::path& path);
Configuration parse_configuration(std::string_view json, const std::string& name);

// Returns the members that are set as a JSON object, which parse_configuration reads again.
std::string configuration_json(const Configuration& configuration);

}  // namespace sightline
