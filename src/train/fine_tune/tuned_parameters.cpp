#include "train/fine_tune/tuned_parameters.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "models/weight_builder.h"

namespace sightline {
namespace {

// The last linear layers of the towers.
constexpr std::array<std::string_view, 5> kHeads = {"text_projection", "visual_projection",
                                                    "visual.attnpool.c_proj", "fc", "classifier"};

// The linear layer of a pair whose vectors differ in size (models/pair.h).
constexpr std::string_view kUntrained = "projection.";

// Names of BERT's layers within a block, for those of CLIP's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kBertTargets = {
    {{"q_proj", "attention.self.query"},
     {"k_proj", "attention.self.key"},
     {"v_proj", "attention.self.value"},
     {"out_proj", "attention.output.dense"},
     {"fc1", "intermediate.dense"},
     {"fc2", "output.dense"}}};

bool is_number(std::string_view part) {
  return !part.empty() &&
         std::ranges::all_of(part, [](unsigned char c) { return std::isdigit(c); });
}

// The name up to its first numbers: "blocks.1.0" of "blocks.1.0.conv_pw.weight"; empty without one.
std::string block_of(const std::string& name) {
  size_t end = 0;
  for (size_t begin = 0; begin < name.size();) {
    const size_t dot = std::min(name.find('.', begin), name.size());
    const bool number = is_number(std::string_view(name).substr(begin, dot - begin));
    if (!number && end > 0) break;
    if (number) end = dot;
    begin = dot + 1;
  }
  return name.substr(0, end);
}

std::string layer_of(const std::string& parameter) {
  return parameter.substr(0, parameter.rfind('.'));
}

bool ends_in(std::string_view name, std::string_view part) {
  return name == part || (name.ends_with(part) && name[name.size() - part.size() - 1] == '.');
}

bool is_target(const std::string& name, const std::string& target) {
  for (const auto& [clip, bert] : kBertTargets) {
    // "attention.output.dense" ends in fc2's name, too.
    const bool other = clip == "fc2" && ends_in(name, "attention.output.dense");
    if (target == clip && ends_in(name, bert) && !other) return true;
  }
  return ends_in(name, target);
}

}  // namespace

bool is_low_rank(const std::string& name) {
  return name.ends_with(kLowRankA) || name.ends_with(kLowRankB);
}

void ParameterPlaces::add_tower(Tower tower, std::span<const std::string> names) {
  // Groups in order: 0 before the blocks, then one for each block, then one after them.
  std::vector<int64_t> group;
  std::vector<bool> in_block;
  int64_t last = 0, blocks = 0;
  std::string block;
  for (const std::string& name : names) {
    const std::string own = block_of(name);
    if (!own.empty() && own != block) {
      ++last;
      ++blocks;
    } else if (own.empty() && !block.empty()) {
      ++last;
    }
    block = own;
    group.push_back(last);
    in_block.push_back(!own.empty());
  }
  for (size_t i = 0; i < names.size(); ++i) {
    ParameterPlace place;
    place.tower = tower;
    place.block = in_block[i] ? group[i] - 1 : -1;
    place.distance = last - group[i];
    place.head = std::ranges::find(kHeads, layer_of(names[i])) != kHeads.end();
    place.fixed = names[i].starts_with(kUntrained);
    places_[names[i]] = place;
  }
  blocks_[tower] = blocks;
  furthest_[tower] = last;
}

void ParameterPlaces::add_prompt() {
  ParameterPlace place;
  place.tower = Tower::text;
  place.distance = furthest_.at(Tower::text);
  places_[kPromptName] = place;
}

const ParameterPlace& ParameterPlaces::at(const std::string& name) const {
  std::string own = name;
  if (is_low_rank(name)) own = name.substr(0, name.rfind(".lora_")) + ".weight";
  auto found = places_.find(own);
  if (found == places_.end()) {
    // A part of a stacked layer: the place of the stack.
    const std::string layer = layer_of(own);
    for (const char* stack : {"qkv_proj", "kv_proj", "query_key_value"}) {
      const std::string whole = layer.substr(0, layer.rfind('.') + 1) + stack;
      const auto parts = stacked_layers(whole);
      if (std::ranges::find(parts, layer) == parts.end()) continue;
      found = places_.find(whole + ".weight");
      if (found != places_.end()) break;
    }
  }
  if (found == places_.end())
    throw Error(ErrorCode::internal, "the parameter '", name, "' is of no tower");
  return found->second;
}

int64_t ParameterPlaces::blocks(Tower tower) const {
  const auto found = blocks_.find(tower);
  return found == blocks_.end() ? 0 : found->second;
}

bool ParameterPlaces::has_head(Tower tower) const {
  return std::ranges::any_of(
      places_, [&](const auto& entry) { return entry.second.tower == tower && entry.second.head; });
}

bool ParameterPlaces::trains(FineTuneMethod method, const std::string& name) const {
  const ParameterPlace& place = at(name);
  if (place.fixed) return false;
  switch (method) {
    case FineTuneMethod::full:
      return true;
    case FineTuneMethod::locked_image:
      return place.tower != Tower::image;
    case FineTuneMethod::locked_text:
      return place.tower != Tower::text;
    case FineTuneMethod::projections:
      return place.head || place.tower == Tower::shared;
    case FineTuneMethod::lora:
      return is_low_rank(name);
    case FineTuneMethod::prompt:
      return name == kPromptName;
    case FineTuneMethod::adapter:
      break;
  }
  return false;
}

namespace {

void check_last_layers(const LowRankSettings& settings, const ParameterPlaces& places) {
  const int64_t image = settings.image_tower ? places.blocks(Tower::image) : 0;
  const int64_t text = settings.text_tower ? places.blocks(Tower::text) : 0;
  if (settings.last_layers <= std::max(image, text)) return;
  throw Error(ErrorCode::invalid_argument, "low-rank additions are wanted in the last ",
              settings.last_layers, " layers of each tower (last_layers), expected at most ",
              std::max(image, text), ", which the deeper of the chosen towers has");
}

void check_rank(const LowRankSettings& settings, const LowRankAddition& addition) {
  const int64_t most = std::min(addition.size, addition.in);
  if (settings.rank <= most) return;
  throw Error(ErrorCode::invalid_argument, "the rank of the low-rank additions is ", settings.rank,
              ", expected at most ", most, ", the smaller side of the layer '", addition.name,
              "' (", addition.size, ", ", addition.in, ")");
}

}  // namespace

std::vector<LowRankAddition> plan_low_rank(std::span<const LinearLayer> layers,
                                           const LowRankSettings& settings,
                                           const ParameterPlaces& places) {
  check_last_layers(settings, places);
  std::vector<LowRankAddition> plan;
  for (const LinearLayer& layer : layers) {
    const ParameterPlace& place = places.at(layer.name + ".weight");
    const bool wanted = place.tower == Tower::image ? settings.image_tower : settings.text_tower;
    const int64_t blocks = places.blocks(place.tower);
    const int64_t block = place.block < 0 ? blocks - 1 : place.block;
    const bool late = settings.last_layers == 0 || block >= blocks - settings.last_layers;
    if (!wanted || !late || place.fixed) continue;
    const std::vector<std::string> parts = stacked_layers(layer.name);
    const int64_t size = layer.out / static_cast<int64_t>(parts.size());
    for (size_t i = 0; i < parts.size(); ++i) {
      const bool target = std::ranges::any_of(
          settings.targets, [&](const std::string& name) { return is_target(parts[i], name); });
      if (!target) continue;
      plan.push_back({layer.name, parts[i], static_cast<int64_t>(i) * size, size, layer.in});
      check_rank(settings, plan.back());
    }
  }
  if (!plan.empty()) return plan;
  std::string names;
  for (const std::string& target : settings.targets)
    names += (names.empty() ? "'" : ", '") + target + "'";
  throw Error(ErrorCode::invalid_argument, "no layer of the model's towers is called ", names,
              ": low-rank additions need the names of linear layers, such as 'q_proj', 'k_proj', "
              "'v_proj', 'out_proj', 'fc1' or 'fc2'");
}

}  // namespace sightline
