// Loads WordPiece tokenizers from the files of BERT models.
#include "text/tokenizers/wordpiece_files.h"

#include <sightline/error.h>

#include <optional>

#include "base/file.h"
#include "base/json.h"
#include "text/cleaning/clean_bert.h"
#include "text/tokenizers/tokenizer_files.h"
#include "text/tokenizers/tokenizer_json.h"
#include "text/tokenizers/wordpiece.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

using nlohmann::json;

[[noreturn]] void fail(ErrorCode code, const std::string& where, const std::string& what) {
  throw Error(code, where, ": ", what);
}

// Returns a boolean member; none if it is missing or null.
std::optional<bool> flag(const json& object, const char* key, const std::string& where) {
  const auto it = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || it == object.end() || it->is_null()) return std::nullopt;
  if (!it->is_boolean())
    fail(ErrorCode::invalid_data, where,
         std::string(key) + " must be true or false, found " + shown(*it));
  return it->get<bool>();
}

// Returns a token of tokenizer_config.json, which is a string or an object with "content".
std::string token_of(const json& config, const char* key, const std::string& fallback) {
  const auto it = config.is_object() ? config.find(key) : config.end();
  if (!config.is_object() || it == config.end()) return fallback;
  const json& value = it->is_object() ? it->value("content", json()) : *it;
  return value.is_string() ? value.get<std::string>() : fallback;
}

// Returns the only step of a normalizer or pre_tokenizer, possibly wrapped in a Sequence. Throws
// unsupported if it is not of the given type.
const json& single_step(const json& file, const char* part, const char* list,
                        const std::string& type, const std::string& path) {
  static const json kNone;
  const auto it = file.find(part);
  const json* step = it == file.end() ? &kNone : &*it;
  if (step->is_object() && step->value("type", json()) == "Sequence") {
    const auto steps = step->find(list);
    if (steps != step->end() && steps->is_array() && steps->size() == 1) step = &(*steps)[0];
  }
  if (!step->is_object() || step->value("type", json()) != type) {
    fail(ErrorCode::unsupported, path,
         std::string(part) + " of a WordPiece tokenizer must be " + type + ", found " +
             shown(*step));
  }
  return *step;
}

// Unless set explicitly, strip_accents follows lowercase.
void apply(std::optional<bool> lowercase, std::optional<bool> strip_accents,
           std::optional<bool> ideographs, BertCleaning& cleaning) {
  if (lowercase) cleaning.lowercase = *lowercase;
  cleaning.strip_accents = strip_accents.value_or(cleaning.lowercase);
  if (ideographs) cleaning.isolate_chinese_chars = *ideographs;
}

// Reads the cleaning from `file` (tokenizer.json, or null for vocab.txt) and `config`
// (tokenizer_config.json), which takes precedence.
void read_cleaning(const json& file, const std::string& path, const json& config,
                   BertCleaning& cleaning) {
  std::optional<bool> lowercase, accents, ideographs;
  if (!file.is_null()) {
    const json& step = single_step(file, "normalizer", "normalizers", "BertNormalizer", path);
    cleaning.remove_controls = flag(step, "clean_text", path).value_or(true);
    lowercase = flag(step, "lowercase", path);
    accents = flag(step, "strip_accents", path);
    ideographs = flag(step, "handle_chinese_chars", path);
    single_step(file, "pre_tokenizer", "pretokenizers", "BertPreTokenizer", path);
  }
  const std::string where = "tokenizer_config.json next to " + path;
  if (const auto value = flag(config, "do_lower_case", where)) lowercase = value;
  if (const auto value = flag(config, "strip_accents", where)) accents = value;
  if (const auto value = flag(config, "tokenize_chinese_chars", where)) ideographs = value;
  apply(lowercase, accents, ideographs, cleaning);
}

void read_special_tokens(const json& config, WordPieceSettings& settings) {
  settings.unknown_token = token_of(config, "unk_token", settings.unknown_token);
  settings.start_token = token_of(config, "cls_token", settings.start_token);
  settings.end_token = token_of(config, "sep_token", settings.end_token);
  settings.special_tokens = {token_of(config, "pad_token", "[PAD]"),
                             token_of(config, "mask_token", "[MASK]")};
}

void read_model(const json& model, const std::string& path, WordPieceSettings& settings) {
  const json unknown = model.value("unk_token", json());
  if (unknown.is_string()) settings.unknown_token = unknown.get<std::string>();
  const json prefix = model.value("continuing_subword_prefix", json());
  if (prefix.is_string()) settings.continuation = prefix.get<std::string>();
  const json length = model.value("max_input_chars_per_word", json(settings.max_word_length));
  if (!length.is_number_integer() || length.get<double>() < 0 || length.get<double>() > 1 << 20) {
    fail(ErrorCode::invalid_data, path,
         "model.max_input_chars_per_word must be 0 to 1048576, found " + shown(length));
  }
  settings.max_word_length = length.get<int64_t>();
}

std::unique_ptr<Tokenizer> make(std::vector<std::string> tokens, WordPieceSettings settings,
                                const std::string& path) try {
  return std::make_unique<WordPieceTokenizer>(std::move(tokens), std::move(settings));
} catch (const Error& error) {
  if (error.code() != ErrorCode::invalid_data) throw;
  fail(error.code(), path, error.what());
}

}  // namespace

bool is_wordpiece(const json& file) {
  const auto model = file.is_object() ? file.find("model") : file.end();
  if (!file.is_object() || model == file.end() || !model->is_object()) return false;
  // Older files do not name the type.
  if (!model->contains("type")) return model->contains("max_input_chars_per_word");
  return (*model)["type"] == "WordPiece";
}

std::unique_ptr<Tokenizer> wordpiece_from_json(const json& file, const std::string& path,
                                               const json& config, int context_length,
                                               bool lowercase) {
  const json& model = file["model"];
  WordPieceSettings settings;
  settings.context_length = context_length;
  read_special_tokens(config, settings);
  read_model(model, path, settings);
  read_cleaning(file, path, config, settings.cleaning);
  settings.cleaning.lowercase |= lowercase;
  read_post_processor(file, path, settings.start_token, settings.end_token);
  std::vector<std::string> tokens =
      tokens_by_id(model.value("vocab", json()), path + ": model.vocab");
  for (std::string& special : add_tokens(file, path, tokens))
    settings.special_tokens.push_back(std::move(special));
  return make(std::move(tokens), std::move(settings), path);
}

std::unique_ptr<Tokenizer> wordpiece_from_vocab(const std::filesystem::path& vocab,
                                                const json& config, int context_length,
                                                bool lowercase) {
  const std::string path = vocab.string();
  const std::string text = read_text_file(vocab, kMaxTokenizerFileBytes);
  if (!unicode::is_valid_utf8(text)) fail(ErrorCode::invalid_data, path, "not valid UTF-8");
  std::vector<std::string> tokens;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.pop_back();
    if (tokens.size() == kMaxVocabulary) {
      fail(ErrorCode::limit_exceeded, path,
           "more than " + std::to_string(kMaxVocabulary) + " tokens");
    }
    tokens.push_back(std::move(line));
  }
  WordPieceSettings settings;
  settings.context_length = context_length;
  read_special_tokens(config, settings);
  read_cleaning(json(), path, config, settings.cleaning);
  settings.cleaning.lowercase |= lowercase;
  return make(std::move(tokens), std::move(settings), path);
}

}  // namespace sightline
