#include "models/low_rank_config.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/json.h"

namespace sightline {
namespace {

using nlohmann::json;

// Keys that are read, or that say nothing about the vectors.
const std::set<std::string>& known_keys() {
  static const std::set<std::string> keys = {"peft_type",
                                             "task_type",
                                             "auto_mapping",
                                             "peft_version",
                                             "revision",
                                             "inference_mode",
                                             "r",
                                             "target_modules",
                                             "lora_alpha",
                                             "lora_dropout",
                                             "rank_pattern",
                                             "alpha_pattern",
                                             "use_rslora",
                                             "layers_pattern",
                                             "exclude_modules",
                                             "bias",
                                             "eva_config",
                                             "init_lora_weights",
                                             "qalora_group_size",
                                             "runtime_config",
                                             "layers_to_transform",
                                             "base_model_name_or_path",
                                             "megatron_core"};
  return keys;
}

// Whether a key is as if it were not there.
bool is_neutral(const json& value) {
  return value.is_null() || value == false ||
         ((value.is_object() || value.is_array() || value.is_string()) && value.empty());
}

// The module `name` or one whose name ends with ".name".
bool ends_in(const std::string& module, const std::string& name) {
  return module == name || module.ends_with("." + name);
}

class Reader {
 public:
  Reader(const json& root, const std::string& name) : root_(root), name_(name) {}

  [[noreturn]] void fail(const std::string& key, const std::string& expected,
                         ErrorCode code = ErrorCode::invalid_data) const {
    throw Error(code, "'", name_, "': '", key, "' is ",
                (root_.contains(key) ? shown(root_[key]) : "missing"), ", expected ", expected);
  }

  const json* find(const std::string& key) const {
    const auto found = root_.find(key);
    return found == root_.end() || found->is_null() ? nullptr : &*found;
  }

  double number(const std::string& key, double most, bool whole) const {
    const json* value = find(key);
    if (value == nullptr || !value->is_number() || !(*value > 0) || !(*value <= most) ||
        (whole && !value->is_number_integer())) {
      fail(key, std::string(whole ? "a whole number" : "a number") + " above 0 and at most " +
                    shown(most));
    }
    return value->get<double>();
  }

  LowRankConfig::Patterns patterns(const std::string& key, bool whole) const;
  std::vector<std::string> targets() const;
  std::vector<int64_t> layers() const;
  void require_supported() const;

 private:
  const json& root_;
  const std::string& name_;
};

// Nothing where the expression has more than literal text.
std::optional<std::string> literal_of(const std::string& expression) {
  std::string text;
  for (size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\' && i + 1 < expression.size() && expression[i + 1] == '.') continue;
    const bool start = c == '^' && i == 0;
    if (!start && std::string_view("\\^$*+?()[]{}|").find(c) != std::string_view::npos)
      return std::nullopt;
    text += c;
  }
  return text;
}

LowRankConfig::Patterns Reader::patterns(const std::string& key, bool whole) const {
  LowRankConfig::Patterns result;
  const json* value = find(key);
  if (value == nullptr) return result;
  if (!value->is_object()) fail(key, "an object of numbers by modules");
  for (const auto& [expression, number] : value->items()) {
    const auto literal = literal_of(expression);
    if (!literal) fail(key, "names of modules, not regular expressions", ErrorCode::unsupported);
    if (!number.is_number() || !(number > 0) || !(number <= 1e6) ||
        (whole && !number.is_number_integer()))
      fail(key, std::string(whole ? "whole numbers" : "numbers") + " above 0 and at most 1e6");
    result.emplace_back(*literal, number.get<double>());
  }
  return result;
}

std::vector<std::string> Reader::targets() const {
  const json* value = find("target_modules");
  if (value == nullptr || value->is_string()) return {};  // an expression
  std::vector<std::string> names;
  if (!value->is_array()) fail("target_modules", "a list of modules");
  for (const json& name : *value) {
    if (!name.is_string()) fail("target_modules", "a list of modules");
    names.push_back(name.get<std::string>());
  }
  return names;
}

std::vector<int64_t> Reader::layers() const {
  const json* value = find("layers_to_transform");
  if (value == nullptr) return {};
  std::vector<int64_t> numbers;
  const json list = value->is_array() ? *value : json::array({*value});
  for (const json& number : list) {
    if (!number.is_number_integer() || number < 0 || number > 100000)
      fail("layers_to_transform", "the numbers of blocks");
    numbers.push_back(number.get<int64_t>());
  }
  return numbers;
}

void Reader::require_supported() const {
  const auto unsupported = [&](const std::string& key, const std::string& expected) {
    fail(key, expected, ErrorCode::unsupported);
  };
  if (const json* type = find("peft_type"); type == nullptr || *type != "LORA")
    unsupported("peft_type", "\"LORA\"");
  if (const json* bias = find("bias"); bias != nullptr && *bias != "none")
    unsupported("bias", "\"none\"");
  // Other initialisations change the weights of the model that the adapter is added to.
  if (const json* start = find("init_lora_weights"); start != nullptr && !start->is_boolean()) {
    const std::set<json> plain = {"gaussian", "eva", "orthogonal"};
    if (!plain.contains(*start))
      unsupported("init_lora_weights", "true, false, \"gaussian\", \"eva\" or \"orthogonal\"");
  }
  for (const auto& [key, value] : root_.items()) {
    if (!known_keys().contains(key) && !is_neutral(value))
      unsupported(key, "no value, false or an empty one");
  }
}

// The value of the pattern that fits; `all` where there is none. In PEFT the first one counts, but
// the order of a file's keys is lost here.
double value_of(const LowRankConfig::Patterns& patterns, const std::string& module, double all) {
  std::optional<double> found;
  for (const auto& [pattern, value] : patterns) {
    if (pattern.starts_with('^') ? module != pattern.substr(1) : !ends_in(module, pattern))
      continue;
    if (found && *found != value) {
      throw Error(ErrorCode::unsupported, "several entries of the adapter's rank_pattern or ",
                  "alpha_pattern fit the layer '", module, "', with ", *found, " and ", value,
                  "; expected one");
    }
    found = value;
  }
  return found.value_or(all);
}

// The number of the block that a module belongs to: "3" of "encoder.layers.3.mlp.fc1".
std::optional<int64_t> layer_of(const std::string& module) {
  size_t dots = 0;
  for (size_t at = module.find('.'); at != module.npos; at = module.find('.', at + 1)) {
    const size_t end = module.find_first_not_of("0123456789", at + 1);
    if (++dots >= 2 && end != module.npos && end > at + 1 && end < at + 8 && module[end] == '.')
      return std::stoll(module.substr(at + 1, end - at - 1));
  }
  return std::nullopt;
}

}  // namespace

int64_t LowRankConfig::rank_of(const std::string& module) const {
  return static_cast<int64_t>(value_of(rank_pattern, module, rank));
}

double LowRankConfig::scale_of(const std::string& module) const {
  const auto r = static_cast<double>(rank_of(module));
  return value_of(alpha_pattern, module, alpha) / (rank_stabilized ? std::sqrt(r) : r);
}

bool LowRankConfig::selects(const std::string& module) const {
  if (targets.empty() || std::ranges::find(targets, module) != targets.end()) return true;
  if (std::ranges::none_of(targets, [&](const auto& name) { return ends_in(module, name); }))
    return false;
  const auto layer = layer_of(module);
  return layers.empty() || (layer && std::ranges::find(layers, *layer) != layers.end());
}

LowRankConfig parse_low_rank_config(std::string_view text, const std::string& name) {
  const json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  const Reader reader(root, name);
  reader.require_supported();
  LowRankConfig config;
  config.rank = reader.number("r", 65536, true);
  config.alpha = reader.number("lora_alpha", 1e6, false);
  if (const json* value = reader.find("use_rslora")) {
    if (!value->is_boolean()) reader.fail("use_rslora", "true or false");
    config.rank_stabilized = value->get<bool>();
  }
  config.targets = reader.targets();
  config.layers = reader.layers();
  config.rank_pattern = reader.patterns("rank_pattern", true);
  config.alpha_pattern = reader.patterns("alpha_pattern", false);
  if (const json* value = reader.find("base_model_name_or_path")) {
    if (!value->is_string()) reader.fail("base_model_name_or_path", "a text");
    config.base_model = value->get<std::string>();
  }
  return config;
}

}  // namespace sightline
