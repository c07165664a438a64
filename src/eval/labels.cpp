#include "eval/labels.h"

#include <sightline/error.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "base/adapter_spec.h"
#include "base/text.h"
#include "models/pair_spec.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// The folders above a model, the nearest one first.
std::vector<std::string> parents_of(const fs::path& model) {
  std::vector<std::string> parents;
  if (model.empty()) return parents;
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(model, error), error);
  if (!path.has_filename()) path = path.parent_path();  // "folder/"
  for (path = path.parent_path(); path.has_filename(); path = path.parent_path())
    parents.push_back(path.filename().string());
  return parents;
}

// Extends the names of `group`, whose models share one name, until those of different paths differ.
void extend(const std::vector<size_t>& group, const std::vector<std::vector<std::string>>& parents,
            std::vector<std::string>& labels) {
  std::set<std::vector<std::string>> paths;
  size_t depth = 0;
  for (const size_t m : group) {
    paths.insert(parents[m]);
    depth = std::max(depth, parents[m].size());
  }
  if (paths.size() < 2) return;
  const std::string name = labels[group.front()];
  for (size_t used = 1; used <= depth; ++used) {
    std::map<std::string, std::set<std::vector<std::string>>> seen;
    for (const size_t m : group) {
      labels[m] = name;
      for (size_t i = 0; i < std::min(used, parents[m].size()); ++i)
        labels[m] = parents[m][i] + "/" + labels[m];
      seen[labels[m]].insert(parents[m]);
    }
    if (std::ranges::all_of(seen, [](const auto& same) { return same.second.size() == 1; })) return;
  }
}

}  // namespace

ModelToLabel model_to_label(const std::string& name, const std::string& spec,
                            const std::string& suffix) {
  const LabeledSpec labeled = split_label(spec);
  if (!labeled.label.empty() || parse_pair_spec(labeled.spec)) return {name, {}, suffix};
  const auto adapter = split_adapter(labeled.spec);
  if (!adapter) return {name, labeled.spec, suffix};
  const size_t plus = name.rfind('+');
  if (plus == std::string::npos) return {name, {}, suffix};
  return {name.substr(plus + 1), adapter->adapter, suffix, name.substr(0, plus + 1)};
}

std::vector<std::string> distinct_labels(const std::vector<ModelToLabel>& models) {
  std::vector<std::string> labels;
  std::vector<std::vector<std::string>> parents;
  std::map<std::pair<std::string, std::string>, std::vector<size_t>> by_name;
  for (const ModelToLabel& model : models) {
    by_name[{model.prefix, model.name}].push_back(labels.size());
    labels.push_back(model.name);
    parents.push_back(parents_of(model.path));
  }
  for (const auto& [name, group] : by_name) extend(group, parents, labels);
  std::set<std::string> taken;
  for (size_t m = 0; m < models.size(); ++m) {
    const std::string label = models[m].prefix + labels[m] + models[m].suffix;
    labels[m] = label;
    for (int n = 2; !taken.insert(labels[m]).second; ++n)
      labels[m] = label + " (" + std::to_string(n) + ")";
  }
  return labels;
}

std::string unique_label(const std::string& name, const std::vector<ModelResult>& models) {
  std::string label = name;
  const auto taken = [&](const ModelResult& model) { return model.label == label; };
  for (int n = 2; std::ranges::any_of(models, taken); ++n)
    label = name + " (" + std::to_string(n) + ")";
  return label;
}

void check_given_labels(const std::vector<LabeledSpec>& specs) {
  std::map<std::string, std::string> given;
  for (const LabeledSpec& labeled : specs) {
    if (labeled.label.empty()) continue;
    if (labeled.label == "chance") {
      throw Error(ErrorCode::invalid_argument,
                  "the label 'chance' is taken: it names the expected values of a random ranking");
    }
    const auto [first, is_new] = given.emplace(labeled.label, labeled.spec);
    if (is_new) continue;
    throw Error(ErrorCode::invalid_argument, "the label '", printable(labeled.label),
                "' is given to '", printable(first->second), "' and to '", printable(labeled.spec),
                "'; labels must differ");
  }
}

void set_labels(std::vector<ModelResult>& results, const std::vector<ModelToLabel>& models) {
  std::vector<std::string> labels = distinct_labels(models);
  for (size_t m = 0; m < models.size(); ++m) results[m].label = std::move(labels[m]);
}

}  // namespace sightline
