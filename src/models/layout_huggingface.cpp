// A directory as transformers' save_pretrained writes it.
// Source: transformers, configuration_utils.py and modeling_utils.py (file names).
#include <sightline/error.h>

#include <exception>
#include <optional>

#include "base/file.h"
#include "base/json.h"
#include "models/layouts.h"
#include "models/model_type.h"
#include "models/openai_names.h"
#include "models/prefixed_checkpoint.h"
#include "models/towers.h"
#include "text/tokenizers/tokenizer_files.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// A model_type and the family that registered it.
struct KnownType {
  const ModelFamily* family = nullptr;
  const HuggingfaceType* type = nullptr;
};

std::optional<KnownType> find_type(const fs::path& directory) {
  const auto found = model_type(directory);
  for (const ModelFamily& family : model_families()) {
    for (const HuggingfaceType& type : family.huggingface) {
      if (found == type.model_type) return KnownType{&family, &type};
    }
  }
  return std::nullopt;
}

// Repositories of OpenCLIP models have OpenCLIP's files in addition to transformers' or instead of
// them; the weights decide.
bool matches(const fs::path& path) {
  if (!find_type(path) || is_timm_config(path)) return false;
  std::error_code error;
  return Checkpoint::has_weights(path, huggingface_weight_names()) ||
         !fs::exists(path / "open_clip_config.json", error);
}

// The file that says how images are preprocessed. transformers 5 writes processor_config.json, with
// the image processor as a section, and prefers it; older versions write preprocessor_config.json,
// some with a processor_config.json that has no such section.
struct ProcessorFile {
  fs::path path;
  std::string text;      // of the whole file
  std::string settings;  // of the image processor, as JSON
};

std::optional<ProcessorFile> read_processor(const fs::path& path) {
  std::error_code ignored;  // an unreadable file fails when it is read
  if (!fs::exists(path, ignored)) return std::nullopt;
  std::string text = read_text_file(path, kMaxModelConfigBytes);
  return ProcessorFile{path, text, text};
}

ProcessorFile find_processor(const fs::path& directory) {
  if (auto file = read_processor(directory / "processor_config.json")) {
    const auto root = parse_json(file->text, file->path.string());
    const auto section = root.is_object() ? root.find("image_processor") : root.end();
    if (root.is_object() && section != root.end()) {
      file->settings = section->dump();
      return *std::move(file);
    }
  }
  if (auto file = read_processor(directory / "preprocessor_config.json")) return *std::move(file);
  throw Error(ErrorCode::not_found, "'", directory.string(),
              "' does not say how images are preprocessed: expected preprocessor_config.json, or "
              "processor_config.json with an image_processor");
}

void add_preprocessing(const fs::path& directory, ModelSource& source) {
  try {
    const ProcessorFile file = find_processor(directory);
    source.facts.emplace_back(file.path.filename().string(), file.text);
    source.preprocess = [file] {
      return parse_preprocessor_config(file.settings, file.path.string());
    };
  } catch (const Error&) {
    // Reported by whoever needs the preprocessing: texts can be encoded without it.
    source.preprocess = [error = std::current_exception()]() -> PreprocessSpec {
      std::rethrow_exception(error);
    };
  }
}

// pad_token of tokenizer_config.json; empty where the files have none.
std::string read_pad_token(const fs::path& directory) {
  const fs::path path = directory / "tokenizer_config.json";
  std::error_code ignored;  // an unreadable file fails when the tokenizer is loaded
  if (!fs::exists(path, ignored)) return {};
  const auto root = parse_json(read_text_file(path, kMaxTokenizerFileBytes), path.string());
  if (!root.is_object()) return {};
  auto token = root.find("pad_token");
  if (token == root.end()) return {};
  if (token->is_object() && token->contains("content")) token = token->find("content");
  return token->is_string() ? token->get<std::string>() : "";
}

ModelSource open_with(const fs::path& directory, std::shared_ptr<const Checkpoint> checkpoint) {
  const KnownType known = find_type(directory).value();
  const HuggingfaceType& type = *known.type;
  const fs::path config = directory / "config.json";
  const std::string text = read_text_file(config, kMaxModelConfigBytes);
  ModelSource source;
  source.family = known.family->name;
  source.config = type.parse(text, config.string());
  source.facts.emplace_back("config.json", text);
  source.checkpoint = std::move(checkpoint);
  source.parameters = type.parameters(*source.checkpoint);
  if (type.has_image) add_preprocessing(directory, source);
  if (type.has_text) {
    source.tokenizer = [directory](int context_length) {
      return load_tokenizer(directory, context_length);
    };
    source.pad_token = read_pad_token(directory);
  }
  return source;
}

ModelSource open(const fs::path& directory) {
  return open_with(directory, open_checkpoint(directory));
}

// One of several files of weights with a config: fp16 variants, other formats.
bool matches_file(const fs::path& file, const Checkpoint& weights) {
  return find_type(file.parent_path()).has_value() && !is_timm_config(file.parent_path()) &&
         !has_openai_names(weights);
}

ModelSource open_file(const fs::path& file, std::shared_ptr<const Checkpoint> weights) {
  return open_with(file.parent_path(), std::move(weights));
}

}  // namespace

bool has_known_type(const fs::path& directory) {
  return find_type(directory).has_value() && !is_timm_config(directory);
}

ModelSource open_huggingface(const fs::path& directory,
                             std::shared_ptr<const Checkpoint> checkpoint) {
  if (!find_type(directory)) throw_unknown_type(directory);
  if (checkpoint == nullptr) checkpoint = open_checkpoint(directory);
  ModelSource source = open_with(directory, std::move(checkpoint));
  source.path = directory;
  return source;
}

PreprocessSpec read_huggingface_preprocessing(const fs::path& directory) {
  const ProcessorFile file = find_processor(directory);
  return parse_preprocessor_config(file.settings, file.path.string());
}

ModelLayout huggingface_layout() {
  return {"huggingface", matches, open, matches_file, open_file};
}

}  // namespace sightline
