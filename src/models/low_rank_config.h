// adapter_config.json of PEFT, for low-rank adapters (LoRA).
// Source: huggingface/peft src/peft/tuners/lora/config.py, tuners/tuners_utils.py
// (check_target_module_exists), utils/other.py (get_pattern_key).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sightline {

inline constexpr const char* kAdapterConfigFile = "adapter_config.json";

struct LowRankConfig {
  // Values for the modules whose names end with a text, or, after '^', are the text.
  using Patterns = std::vector<std::pair<std::string, double>>;

  double rank = 8, alpha = 8;
  bool rank_stabilized = false;      // the scale is alpha / sqrt(rank)
  std::vector<std::string> targets;  // the last parts of modules' names; empty: not listed
  std::vector<int64_t> layers;       // numbers of the blocks; empty: all
  Patterns rank_pattern, alpha_pattern;
  std::string base_model;  // base_model_name_or_path; may be empty

  // Throw unsupported where several patterns with different values fit.
  int64_t rank_of(const std::string& module) const;
  // The factor on the product of both matrices: alpha / rank.
  double scale_of(const std::string& module) const;
  // Whether the targets and layers include the module.
  bool selects(const std::string& module) const;
};

// `name`: of the file, for messages. Throws invalid_data (the key, expected and found) and
// unsupported: a key with a value that changes what the adapter computes in a way that is not
// implemented.
LowRankConfig parse_low_rank_config(std::string_view json, const std::string& name);

}  // namespace sightline
