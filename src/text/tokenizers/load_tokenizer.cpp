#include "text/tokenizers/load_tokenizer.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "text/tokenizers/clip_tokenizer.h"
#include "text/tokenizers/pipeline_json.h"
#include "text/tokenizers/sentencepiece_files.h"
#include "text/tokenizers/tokenizer_files.h"
#include "text/tokenizers/tokenizer_json.h"
#include "text/tokenizers/vocab_and_merges.h"
#include "text/tokenizers/wordpiece.h"
#include "text/tokenizers/wordpiece_files.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

int32_t special_id(const BytePairModel& model, std::initializer_list<std::string_view> names,
                   const std::string& where) {
  for (const std::string_view name : names) {
    const int32_t id = name.empty() ? -1 : model.find(name);
    if (id >= 0) return id;
  }
  std::string expected;
  for (const std::string_view name : names) {
    if (!name.empty()) expected += (expected.empty() ? "'" : " or '") + std::string(name) + "'";
  }
  throw Error(ErrorCode::invalid_data, where, ": the vocabulary has no special token ", expected);
}

// Rejects a truncated list of merges: every token but the bytes' symbols and special tokens is the
// result of a merge.
void check_merge_count(size_t tokens, size_t merges, const std::string& where) {
  constexpr size_t kByteSymbols = 512, kMaxSpecialTokens = 256;
  if (tokens <= kByteSymbols + merges + kMaxSpecialTokens &&
      (merges > 0 || tokens <= kByteSymbols + 2))
    return;
  throw Error(ErrorCode::invalid_data, where, ": ", tokens, " tokens need about ",
              tokens - std::min(tokens, kByteSymbols + 2), " merges, found ", merges);
}

std::unique_ptr<Tokenizer> make_tokenizer(std::vector<std::string> tokens, const MergeList& merges,
                                          const std::string& start_token,
                                          const std::string& end_token,
                                          ClipTokenizerSettings settings,
                                          const std::string& where) try {
  check_merge_count(tokens.size(), merges.size(), where);
  BytePairModel model(std::move(tokens), merges);
  settings.start_id = special_id(model, {start_token, "<|startoftext|>", "<start_of_text>"}, where);
  settings.end_id = special_id(model, {end_token, "<|endoftext|>", "<end_of_text>"}, where);
  return std::make_unique<ClipTokenizer>(std::move(model), std::move(settings));
} catch (const Error& error) {
  if (error.code() != ErrorCode::invalid_data || std::string_view(error.what()).starts_with(where))
    throw;
  throw Error(error.code(), where + ": " + error.what());
}

// Default context lengths: those of the original models.
constexpr int kClipContext = 77, kBertContext = 512;

[[noreturn]] void wrong_profile(const fs::path& directory, const char* found,
                                const char* expected) {
  throw Error(ErrorCode::invalid_argument, "'", directory.string(), "' has a ", found,
              " tokenizer: the profile must be ", expected);
}

// A JSON file, or null if there is none.
nlohmann::json read_if_exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) ? read_json_file(path) : nlohmann::json();
}

// Returns tokenizer_config.json, or null if there is none. Published SigLIP 2 models with images
// of different sizes name the class GemmaTokenizer, which transformers replaces.
// Source: transformers models/auto/tokenization_auto.py, MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS
nlohmann::json read_config(const fs::path& directory) {
  nlohmann::json config = read_if_exists(directory / "tokenizer_config.json");
  const nlohmann::json model = read_if_exists(directory / "config.json");
  if (config.is_object() && model.is_object() &&
      model.value("model_type", nlohmann::json()) == "siglip2")
    config["tokenizer_class"] = "Siglip2Tokenizer";
  return config;
}

// Sets settings.profile from `config`, or from `profile` if it is not null.
void set_profile(const nlohmann::json& config, const TokenizerProfile* profile,
                 const fs::path& directory, ClipTokenizerSettings& settings) {
  const auto it = config.is_object() ? config.find("sightline_profile") : config.end();
  if (config.is_object() && it != config.end()) {
    if (*it != "openai" && *it != "hf") {
      throw Error(ErrorCode::invalid_data, (directory / "tokenizer_config.json").string(),
                  ": sightline_profile must be openai or hf");
    }
    if (*it == "openai") settings.profile = TokenizerProfile::openai;
  }
  if (profile == nullptr) return;
  if (*profile != TokenizerProfile::openai && *profile != TokenizerProfile::hf)
    wrong_profile(directory, "byte-pair", "openai or hf");
  settings.profile = *profile;
}

std::unique_ptr<Tokenizer> make_tokenizer(TokenizerJson file, ClipTokenizerSettings settings,
                                          const fs::path& path) {
  settings.steps = std::move(file.steps);
  return make_tokenizer(std::move(file.tokens), file.merges, file.start_token, file.end_token,
                        std::move(settings), path.string());
}

// Checks that the caller's profile is that of the files.
std::unique_ptr<Tokenizer> with_profile(std::unique_ptr<Tokenizer> tokenizer, const fs::path& path,
                                        const TokenizerProfile* profile) {
  const char* own = profile_name(tokenizer->profile());
  if (profile != nullptr && *profile != tokenizer->profile()) wrong_profile(path, own, own);
  return tokenizer;
}

// Loads a byte-pair tokenizer without building a JSON tree of its vocabulary and merges. Returns
// null if anything is unusual or wrong; the full parser then reports the error.
std::unique_ptr<Tokenizer> load_without_tree(const std::string& text, const fs::path& path,
                                             const nlohmann::json& config,
                                             const TokenizerRequest& request,
                                             ClipTokenizerSettings settings) try {
  auto parsed = read_vocab_and_merges(text);
  if (!parsed) return nullptr;
  const nlohmann::json rest = parse_json(parsed->rest, path.string());
  if (is_wordpiece(rest)) return nullptr;
  if (is_pipeline(rest)) {
    return with_profile(
        pipeline_from_json(rest, std::move(*parsed), path.string(), config, request.context_length),
        path, request.profile);
  }
  set_profile(config, request.profile, path.parent_path(), settings);
  return make_tokenizer(parse_tokenizer_json(rest, std::move(*parsed), path.string()),
                        std::move(settings), path);
} catch (const Error&) {
  return nullptr;
}

// Default context lengths where the caller gives none.
int context_or(int context_length, int otherwise) {
  return context_length == 0 ? otherwise : context_length;
}

void require_wordpiece(const fs::path& directory, const TokenizerProfile* profile) {
  if (profile != nullptr && *profile != TokenizerProfile::wordpiece)
    wrong_profile(directory, "WordPiece", "wordpiece");
}

std::unique_ptr<Tokenizer> load_vocab_and_merges(const fs::path& directory,
                                                 const nlohmann::json& config,
                                                 const TokenizerRequest& request) {
  const fs::path vocab_path = directory / "vocab.json", merges_path = directory / "merges.txt";
  ClipTokenizerSettings settings;
  settings.context_length = context_or(request.context_length, kClipContext);
  set_profile(config, request.profile, directory, settings);
  std::vector<std::string> tokens = tokens_by_id(read_json_file(vocab_path), vocab_path.string());
  const MergeList merges =
      read_merges(read_text_file(merges_path, kMaxTokenizerFileBytes), merges_path.string());
  return make_tokenizer(std::move(tokens), merges, "", "", std::move(settings), directory.string());
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer_json(const fs::path& path,
                                               const TokenizerRequest& request) {
  const nlohmann::json config = read_config(path.parent_path());
  ClipTokenizerSettings settings;
  settings.context_length = context_or(request.context_length, kClipContext);
  const std::string text = read_text_file(path, kMaxTokenizerFileBytes);
  if (auto tokenizer = load_without_tree(text, path, config, request, settings)) return tokenizer;
  const nlohmann::json json = parse_json(text, path.string());
  if (is_wordpiece(json)) {
    require_wordpiece(path.parent_path(), request.profile);
    return wordpiece_from_json(json, path.string(), config,
                               context_or(request.context_length, kBertContext), request.lowercase);
  }
  if (is_pipeline(json)) {
    return with_profile(pipeline_from_json(json, path.string(), config, request.context_length),
                        path, request.profile);
  }
  set_profile(config, request.profile, path.parent_path(), settings);
  return make_tokenizer(parse_tokenizer_json(json, path.string()), std::move(settings), path);
}

std::unique_ptr<Tokenizer> load_vocab_txt(const fs::path& path, const TokenizerRequest& request) {
  require_wordpiece(path.parent_path(), request.profile);
  return wordpiece_from_vocab(path, read_config(path.parent_path()),
                              context_or(request.context_length, kBertContext), request.lowercase);
}

std::unique_ptr<Tokenizer> load_sentencepiece_model(const fs::path& path,
                                                    const TokenizerRequest& request) {
  return with_profile(
      load_sentencepiece(path, read_config(path.parent_path()), request.context_length), path,
      request.profile);
}

std::unique_ptr<Tokenizer> load_directory_tokenizer(const fs::path& directory,
                                                    const TokenizerRequest& request) {
  std::error_code ignored;  // an inaccessible file counts as missing, or fails to open
  const auto has = [&](const char* name) { return fs::exists(directory / name, ignored); };
  if (has("tokenizer.json")) return load_tokenizer_json(directory / "tokenizer.json", request);
  if (has("vocab.json") && has("merges.txt"))
    return load_vocab_and_merges(directory, read_config(directory), request);
  if (has("vocab.txt")) return load_vocab_txt(directory / "vocab.txt", request);
  if (const auto model = find_sentencepiece(directory))
    return load_sentencepiece_model(*model, request);
  throw Error(ErrorCode::not_found, directory.string(),
              ": no tokenizer found, expected tokenizer.json, vocab.json with merges.txt, "
              "vocab.txt, or a SentencePiece model (spiece.model, sentencepiece.bpe.model, "
              "tokenizer.model)");
}

nlohmann::json read_json_file(const fs::path& path) {
  return parse_json(read_text_file(path, kMaxTokenizerFileBytes), path.string());
}

std::unique_ptr<Tokenizer> make_clip_tokenizer(std::vector<std::string> tokens,
                                               const MergeList& merges, int context_length,
                                               const std::string& where) {
  ClipTokenizerSettings settings;
  settings.context_length = context_or(context_length, kClipContext);
  return make_tokenizer(std::move(tokens), merges, "", "", std::move(settings), where);
}

std::pair<std::string, std::string> split_merge(const std::string& line, const std::string& where) {
  const size_t space = line.find(' ');
  if (space == 0 || space == std::string::npos || space + 1 == line.size() ||
      line.find(' ', space + 1) != std::string::npos) {
    throw Error(ErrorCode::invalid_data, where, " must be two tokens separated by a space");
  }
  return {line.substr(0, space), line.substr(space + 1)};
}

MergeList read_merges(const std::string& text, const std::string& path) {
  if (!unicode::is_valid_utf8(text))
    throw Error(ErrorCode::invalid_data, path, ": not valid UTF-8");
  MergeList merges;
  size_t line_number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    ++line_number;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with("#version")) continue;
    if (merges.size() == kMaxVocabulary) {
      throw Error(ErrorCode::limit_exceeded, path, ": more than ", kMaxVocabulary, " merges");
    }
    merges.push_back(split_merge(line, message(path, ": line ", line_number)));
  }
  return merges;
}

std::unique_ptr<Tokenizer> load_wordpiece_tokenizer(const fs::path& vocab_file,
                                                    int context_length) {
  return load_vocab_txt(vocab_file, {.context_length = context_length});
}

}  // namespace sightline
