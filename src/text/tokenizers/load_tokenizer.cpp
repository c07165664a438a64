#include "text/tokenizers/load_tokenizer.h"

#include <sightline/error.h>

#include "base/file.h"
#include "base/json.h"
#include "text/tokenizers/clip_tokenizer.h"
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

std::unique_ptr<Tokenizer> make_tokenizer(std::vector<std::string> tokens, const MergeList& merges,
                                          const std::string& start_token,
                                          const std::string& end_token,
                                          ClipTokenizerSettings settings,
                                          const std::string& where) try {
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

// Returns tokenizer_config.json, or null if there is none.
nlohmann::json read_config(const fs::path& directory) {
  const fs::path path = directory / "tokenizer_config.json";
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return nullptr;
  return read_json_file(path);
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
  if (*profile == TokenizerProfile::wordpiece)
    wrong_profile(directory, "byte-pair", "openai or hf");
  settings.profile = *profile;
}

std::unique_ptr<Tokenizer> make_tokenizer(TokenizerJson file, ClipTokenizerSettings settings,
                                          const fs::path& path) {
  settings.steps = std::move(file.steps);
  return make_tokenizer(std::move(file.tokens), file.merges, file.start_token, file.end_token,
                        std::move(settings), path.string());
}

// Loads a byte-pair tokenizer without building a JSON tree of its vocabulary and merges. Returns
// null if anything is unusual or wrong; the full parser then reports the error.
std::unique_ptr<Tokenizer> load_without_tree(const std::string& text, const fs::path& path,
                                             const nlohmann::json& config,
                                             const TokenizerProfile* profile,
                                             ClipTokenizerSettings settings) try {
  auto parsed = read_vocab_and_merges(text);
  if (!parsed) return nullptr;
  const nlohmann::json rest = parse_json(parsed->rest, path.string());
  if (is_wordpiece(rest)) return nullptr;
  set_profile(config, profile, path.parent_path(), settings);
  return make_tokenizer(parse_tokenizer_json(rest, std::move(*parsed), path.string()),
                        std::move(settings), path);
} catch (const Error&) {
  return nullptr;
}

// Loads a directory's tokenizer. `profile` overrides the files' unless it is null.
std::unique_ptr<Tokenizer> load_directory(const fs::path& directory,
                                          const TokenizerProfile* profile, int context_length) {
  const nlohmann::json config = read_config(directory);
  const fs::path json_path = directory / "tokenizer.json", vocab_txt = directory / "vocab.txt";
  const fs::path vocab_path = directory / "vocab.json", merges_path = directory / "merges.txt";
  std::error_code ignored;
  const bool has_json = fs::exists(json_path, ignored);
  ClipTokenizerSettings settings;
  settings.context_length = context_length == 0 ? kClipContext : context_length;
  nlohmann::json json;
  if (has_json) {
    const std::string text = read_text_file(json_path, kMaxTokenizerFileBytes);
    if (auto tokenizer = load_without_tree(text, json_path, config, profile, settings))
      return tokenizer;
    json = parse_json(text, json_path.string());
  }
  const bool has_merges = fs::exists(vocab_path, ignored) && fs::exists(merges_path, ignored);
  if (has_json ? is_wordpiece(json) : !has_merges && fs::exists(vocab_txt, ignored)) {
    if (profile != nullptr && *profile != TokenizerProfile::wordpiece)
      wrong_profile(directory, "WordPiece", "wordpiece");
    const int length = context_length == 0 ? kBertContext : context_length;
    return has_json ? wordpiece_from_json(json, json_path.string(), config, length)
                    : wordpiece_from_vocab(vocab_txt, config, length);
  }
  set_profile(config, profile, directory, settings);
  if (has_json) {
    return make_tokenizer(parse_tokenizer_json(json, json_path.string()), std::move(settings),
                          json_path);
  }
  if (!has_merges) {
    throw Error(ErrorCode::not_found, directory.string(),
                ": no tokenizer found, expected tokenizer.json, vocab.json with merges.txt, or "
                "vocab.txt");
  }
  std::vector<std::string> tokens = tokens_by_id(read_json_file(vocab_path), vocab_path.string());
  const MergeList merges =
      read_merges(read_text_file(merges_path, kMaxTokenizerFileBytes), merges_path.string());
  return make_tokenizer(std::move(tokens), merges, "", "", std::move(settings), directory.string());
}

}  // namespace

nlohmann::json read_json_file(const fs::path& path) {
  return parse_json(read_text_file(path, kMaxTokenizerFileBytes), path.string());
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
    const size_t space = line.find(' ');
    if (space == 0 || space == std::string::npos || space + 1 == line.size() ||
        line.find(' ', space + 1) != std::string::npos) {
      throw Error(ErrorCode::invalid_data, path, ": line ", line_number,
                  " must be two tokens separated by a space");
    }
    if (merges.size() == kMaxVocabulary) {
      throw Error(ErrorCode::limit_exceeded, path, ": more than ", kMaxVocabulary, " merges");
    }
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return merges;
}

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& directory, int context_length) {
  return load_directory(directory, nullptr, context_length);
}

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& directory, TokenizerProfile profile,
                                          int context_length) {
  return load_directory(directory, &profile, context_length);
}

std::unique_ptr<Tokenizer> load_wordpiece_tokenizer(const fs::path& vocab_file,
                                                    int context_length) {
  return wordpiece_from_vocab(vocab_file, read_config(vocab_file.parent_path()),
                              context_length == 0 ? kBertContext : context_length);
}

}  // namespace sightline
