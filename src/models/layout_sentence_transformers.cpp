// A directory as sentence-transformers' save writes it: modules.json lists the modules that a text
// or image passes, each in a directory of its own. Documented in
// docs/formats/sentence_transformers.md.
// Source: sentence-transformers base/model.py, base/modules and sentence_transformer/modules (6.2),
// models (2 to 4).
#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "models/config_section.h"
#include "models/layouts.h"
#include "models/model_type.h"
#include "text/tokenizers/load_tokenizer.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Module {
  std::string type;    // "Pooling": the last part of the class name
  fs::path directory;  // absolute, or relative to the working directory
  std::string where;   // "'dir/modules.json' module 1": for messages
};

[[noreturn]] void fail(ErrorCode code, const Module& module, const std::string& what) {
  throw Error(code, module.where, " ", what);
}

json read_object(const fs::path& path) {
  json root = parse_json(read_text_file(path, kMaxModelConfigBytes), path.string());
  if (!root.is_object())
    throw Error(ErrorCode::invalid_data, "'", path.string(), "' is not a JSON object");
  return root;
}

// Null where there is no such file.
json read_if_exists(const fs::path& path) {
  std::error_code ignored;  // an unreadable file fails when it is read
  return fs::exists(path, ignored) ? read_object(path) : json();
}

// A path within the model's directory.
fs::path module_directory(const fs::path& model, const std::string& path, const Module& module) {
  const fs::path relative(path);
  bool inside = !relative.is_absolute();
  for (const fs::path& part : relative) inside = inside && part != "..";
  if (!inside)
    fail(ErrorCode::invalid_data, module,
         "has the path '" + path + "', expected a directory within the model's");
  return path.empty() ? model : model / relative;
}

Module read_module(const fs::path& model, const json& entry, const std::string& where) {
  Module module{"", model, where};
  const auto text = [&](const char* key) {
    const auto found = entry.is_object() ? entry.find(key) : entry.end();
    if (!entry.is_object() || found == entry.end() || !found->is_string())
      fail(ErrorCode::invalid_data, module, std::string("has no '") + key + "' that is a string");
    return found->get<std::string>();
  };
  const std::string type = text("type");
  if (!type.starts_with("sentence_transformers.")) {
    fail(ErrorCode::unsupported, module,
         "is of the class '" + type + "', which is code of its own; it is never executed");
  }
  module.type = type.substr(type.rfind('.') + 1);
  module.directory = module_directory(model, text("path"), module);
  return module;
}

std::vector<Module> read_modules(const fs::path& model, const std::string& text) {
  constexpr size_t kMaxModules = 100;
  const fs::path path = model / kModulesFile;
  const json root = parse_json(text, path.string());
  if (!root.is_array() || root.empty() || root.size() > kMaxModules) {
    throw Error(ErrorCode::invalid_data, "'", path.string(), "' is not a list of 1 to ",
                kMaxModules, " modules of sentence-transformers");
  }
  std::vector<Module> modules;
  for (const json& entry : root) {
    modules.push_back(read_module(
        model, entry, "'" + path.string() + "' module " + std::to_string(modules.size())));
  }
  if (modules[0].type != "Transformer" && modules[0].type != "CLIPModel") {
    fail(ErrorCode::unsupported, modules[0],
         "is a " + modules[0].type + ", expected a Transformer or CLIPModel first");
  }
  return modules;
}

// --- Transformer ---------------------------------------------------------------------------------

// Older versions name the file after the model's type.
json read_transformer_config(const fs::path& directory) {
  for (const char* name : {"sentence_bert_config.json", "sentence_roberta_config.json",
                           "sentence_distilbert_config.json", "sentence_camembert_config.json",
                           "sentence_albert_config.json", "sentence_xlm-roberta_config.json",
                           "sentence_xlnet_config.json"}) {
    json config = read_if_exists(directory / name);
    if (!config.is_null()) return config;
  }
  return json::object();
}

// Texts are truncated to max_seq_length, where it is missing to the tokenizer's model_max_length,
// and to the number of positions.
int64_t read_max_length(const fs::path& directory, const ConfigSection& config) {
  int64_t length = config.size("max_seq_length", 0, 3);
  const json tokenizer = read_if_exists(directory / "tokenizer_config.json");
  const auto told = tokenizer.is_object() ? tokenizer.find("model_max_length") : tokenizer.end();
  // 1e30 means that there is no limit.
  if (length == 0 && tokenizer.is_object() && told != tokenizer.end() && told->is_number() &&
      told->get<double>() >= 3 && told->get<double>() <= kMaxConfigExtent)
    length = static_cast<int64_t>(told->get<double>());
  const json model = read_object(directory / "config.json");
  const json& text = model.contains("text_config") ? model["text_config"] : model;
  const auto positions = text.is_object() ? text.find("max_position_embeddings") : text.end();
  if (!text.is_object() || positions == text.end() || !positions->is_number_integer())
    return length;
  const auto most = positions->get<int64_t>();
  return length == 0 ? most : std::min(length, most);
}

// Newer versions say which function of the model is called and what they take of its result.
void check_transformer(const Module& module, const ConfigSection& config, bool has_image) {
  const std::string task = config.text("transformer_task", "feature-extraction");
  if (task != "feature-extraction")
    config.fail("transformer_task", "\"feature-extraction\", what this build has");
  const json* modality = config.find("modality_config");
  if (modality == nullptr || has_image) return;
  const ConfigSection text = config.child("modality_config").child("text");
  if (text.text("method", "forward") != "forward" ||
      text.text("method_output_name", "last_hidden_state") != "last_hidden_state") {
    fail(ErrorCode::unsupported, module,
         "takes another result than the last hidden states: its text is " +
             shown((*modality)["text"]));
  }
}

// --- modules after it ----------------------------------------------------------------------------

PoolingKind pooling_kind(const Module& module, const std::string& mode) {
  if (mode == "mean") return PoolingKind::mean;
  if (mode == "cls") return PoolingKind::first;
  if (mode == "max") return PoolingKind::max;
  if (mode == "lasttoken") return PoolingKind::last;
  fail(ErrorCode::unsupported, module,
       "pools by '" + printable(mode) + "', this build has mean, cls, max and lasttoken");
}

// "pooling_mode": "mean" or a list; older files have a flag for each mode.
PoolingKind read_pooling(const Module& module, const ConfigSection& config) {
  constexpr std::array<std::pair<const char*, const char*>, 6> kFlags = {
      {{"pooling_mode_cls_token", "cls"},
       {"pooling_mode_max_tokens", "max"},
       {"pooling_mode_mean_tokens", "mean"},
       {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"},
       {"pooling_mode_weightedmean_tokens", "weightedmean"},
       {"pooling_mode_lasttoken", "lasttoken"}}};
  std::vector<std::string> modes;
  const json* mode = config.find("pooling_mode");
  if (mode != nullptr && mode->is_array()) {
    for (const json& one : *mode) modes.push_back(one.is_string() ? one.get<std::string>() : "?");
  } else if (mode != nullptr) {
    modes.push_back(config.text("pooling_mode", ""));
  } else {
    for (const auto& [flag, name] : kFlags) {
      if (config.flag(flag, false)) modes.emplace_back(name);
    }
    if (modes.empty()) modes.emplace_back("mean");
  }
  if (modes.size() == 1) return pooling_kind(module, modes[0]);
  std::string list;
  for (const std::string& one : modes) list += (list.empty() ? "" : ", ") + printable(one);
  fail(ErrorCode::unsupported, module,
       "concatenates the results of several pooling modes (" + list +
           "), this build has one of mean, cls, max and lasttoken");
}

// Modules that read or write anything but the sentence's vector are refused.
void check_names(const ConfigSection& config) {
  for (const char* key : {"module_input_name", "module_output_name"}) {
    if (config.text(key, "sentence_embedding") != "sentence_embedding")
      config.fail(key, "\"sentence_embedding\", what this build has");
  }
}

HeadStep read_dense(const Module& module, const ConfigSection& config) {
  HeadStep step;
  step.kind = HeadStep::Kind::dense;
  check_names(config);
  step.in = config.size("in_features", 0);
  step.out = config.size("out_features", 0);
  if (step.in == 0) config.fail("in_features", "a size");
  if (step.out == 0) config.fail("out_features", "a size");
  step.bias = config.flag("bias", true);
  step.residual = config.flag("use_residual", false);
  const std::string name = config.text("activation_function", "torch.nn.modules.activation.Tanh");
  const std::string function = name.substr(name.rfind('.') + 1);
  const bool torch = name.starts_with("torch.nn.");
  if (torch && function == "Identity") {
    step.function = HeadStep::Function::none;
  } else if (torch && function == "Tanh") {
    step.function = HeadStep::Function::tanh;
  } else if (torch && function == "ReLU") {
    step.function = HeadStep::Function::relu;
  } else if (torch && function == "GELU") {
    step.function = HeadStep::Function::gelu;
  } else {
    fail(ErrorCode::unsupported, module,
         "has the activation '" + printable(name) +
             "', this build has torch.nn's Identity, Tanh, ReLU and GELU");
  }
  step.weights = std::make_shared<const Checkpoint>(module.directory);
  return step;
}

// Adds a module after the first to the head.
void add_module(const Module& module, bool first_after, bool pools, ModelSource& source) {
  const fs::path path = module.directory / "config.json";
  json config = read_if_exists(path);
  if (!config.is_null()) source.facts.emplace_back(module.type, config.dump());
  if (config.is_null() && (module.type == "Pooling" || module.type == "Dense")) {
    throw Error(ErrorCode::not_found, quoted(path), " is missing: a ", module.type,
                " of sentence-transformers needs it");
  }
  if (config.is_null()) config = json::object();
  const ConfigSection section{config, "'" + path.string() + "'"};
  EmbeddingHead& head = *source.head;
  if (module.type == "Pooling") {
    if (!pools || !first_after)
      fail(ErrorCode::unsupported, module, "is a Pooling, expected once, after a text transformer");
    head.pooling = read_pooling(module, section);
  } else if (module.type == "Dense") {
    head.steps.push_back(read_dense(module, section));
  } else if (module.type == "Normalize") {
    check_names(section);
    head.steps.emplace_back().kind = HeadStep::Kind::normalize;
  } else if (module.type != "Dropout") {  // of training only
    fail(ErrorCode::unsupported, module,
         "is a " + printable(module.type) + ", this build has Pooling, Dense and Normalize");
  }
}

// Texts without the prompt would get other vectors.
void check_prompt(const fs::path& model) {
  const json config = read_if_exists(model / "config_sentence_transformers.json");
  if (!config.is_object()) return;
  const json name = config.value("default_prompt_name", json());
  const json prompts = config.value("prompts", json());
  if (!name.is_string() || !prompts.is_object()) return;
  const json prompt = prompts.value(name.get<std::string>(), json());
  if (!prompt.is_string() || prompt == "") return;
  throw Error(ErrorCode::unsupported, "'", model.string(), "' puts the prompt ", shown(prompt),
              " before each text, which this build does not");
}

// Jina-CLIP's modules are code of its own around what transformers' files say.
bool has_modules(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / kModulesFile, ignored) && model_type(path) != "\"jina_clip\"";
}

ModelSource open_with(const fs::path& model, std::shared_ptr<const Checkpoint> checkpoint) {
  const std::string text = read_text_file(model / kModulesFile, kMaxModelConfigBytes);
  const std::vector<Module> modules = read_modules(model, text);
  check_prompt(model);
  const Module& transformer = modules[0];
  ModelSource source = open_huggingface(transformer.directory, std::move(checkpoint));
  const json config = read_transformer_config(transformer.directory);
  const ConfigSection section{config, transformer.where};
  const bool has_image = source.preprocess != nullptr;
  check_transformer(transformer, section, has_image);
  source.head.emplace();
  if (source.tokenizer) {
    source.head->max_length = read_max_length(transformer.directory, section);
    source.tokenizer = [directory = transformer.directory,
                        lowercase = section.flag("do_lower_case", false)](int context_length) {
      return load_directory_tokenizer(directory,
                                      {.context_length = context_length, .lowercase = lowercase});
    };
    source.facts.emplace_back("max_length", std::to_string(source.head->max_length));
  }
  source.facts.emplace_back(kModulesFile, text);
  const bool pools = source.family == "bert" || source.family == "distilbert" ||
                     source.family == "roberta" || source.family == "mpnet";
  for (size_t i = 1; i < modules.size(); ++i) add_module(modules[i], i == 1, pools, source);
  if (pools && !source.head->pooling) {
    fail(ErrorCode::unsupported, transformer,
         "is not followed by a Pooling, so that a text has no single vector");
  }
  return source;
}

ModelSource open(const fs::path& path) {
  return open_with(path, nullptr);
}

// The weights of a transformer that is in the model's own directory.
bool matches_file(const fs::path& file, const Checkpoint&) {
  const fs::path model = file.parent_path();
  if (!has_modules(model)) return false;
  const std::string text = read_text_file(model / kModulesFile, kMaxModelConfigBytes);
  return read_modules(model, text)[0].directory == model;
}

ModelSource open_file(const fs::path& file, std::shared_ptr<const Checkpoint> weights) {
  return open_with(file.parent_path(), std::move(weights));
}

}  // namespace

std::vector<fs::path> module_directories(const fs::path& model) {
  std::vector<fs::path> directories;
  if (!has_modules(model)) return directories;
  const std::string text = read_text_file(model / kModulesFile, kMaxModelConfigBytes);
  for (const Module& module : read_modules(model, text))
    directories.push_back(module.directory.lexically_relative(model));
  return directories;
}

ModelLayout sentence_transformers_layout() {
  return {"sentence_transformers", has_modules, open, matches_file, open_file};
}

}  // namespace sightline
