#include "text/tokenizers/pipeline_json.h"

#include <sightline/error.h>

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "text/tokenizers/bpe_pieces.h"
#include "text/tokenizers/json_steps.h"
#include "text/tokenizers/pipeline_steps.h"
#include "text/tokenizers/tokenizer_json.h"
#include "text/tokenizers/unigram.h"

namespace sightline {
namespace {

using nlohmann::json;

[[noreturn]] void fail(ErrorCode code, const std::string& path, const std::string& what) {
  throw Error(code, path, ": ", what);
}

// Unlike value(), does not copy hundreds of thousands of tokens.
const json& part_of(const json& object, const char* key) {
  static const json kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

struct AddedTokens {
  std::vector<bool> special;  // by id
  std::vector<std::pair<std::string, int32_t>> raw, normalized;
};

// Returns an id of added_tokens.
int32_t added_id(const json& entry, const std::string& path) {
  const json& id = part_of(entry, "id");
  if (!entry.is_object() || !id.is_number_integer() || id.get<int64_t>() < 0 ||
      id.get<int64_t>() >= static_cast<int64_t>(kMaxVocabulary)) {
    fail(ErrorCode::invalid_data, path,
         "added_tokens: expected id and content, found " + shown(entry));
  }
  return id.get<int32_t>();
}

// Adds one of added_tokens to `tokens`, if the vocabulary lacks it.
void add_token(const json& entry, const std::string& path, std::vector<std::string>& tokens,
               AddedTokens& out) {
  const auto id = static_cast<size_t>(added_id(entry, path));
  const std::string content = string_of(entry, "content");
  if (content.empty())
    fail(ErrorCode::invalid_data, path, "added token " + std::to_string(id) + " has no content");
  if (id == tokens.size()) tokens.push_back(content);
  if (id > tokens.size() || tokens[id] != content) {
    fail(ErrorCode::invalid_data, path,
         "added token '" + content + "' has id " + std::to_string(id) +
             ", which differs from the vocabulary");
  }
  out.special.resize(std::max(out.special.size(), tokens.size()));
  if (flag_of(entry, "special", false)) {
    out.special[id] = true;
    return;
  }
  for (const char* key : {"single_word", "lstrip", "rstrip"}) {
    if (flag_of(entry, key, false)) {
      fail(ErrorCode::unsupported, path,
           "added token '" + content + "' has " + key +
               ", which is implemented for special tokens "
               "only");
    }
  }
  (flag_of(entry, "normalized", false) ? out.normalized : out.raw)
      .emplace_back(content, static_cast<int32_t>(id));
}

AddedTokens read_added_tokens(const json& file, const std::string& path,
                              std::vector<std::string>& tokens) {
  const json& added = part_of(file, "added_tokens");
  if (!added.is_array() && !added.is_null())
    fail(ErrorCode::invalid_data, path, "added_tokens must be a list");
  std::vector<const json*> entries;
  for (const json& entry : added) entries.push_back(&entry);
  std::stable_sort(entries.begin(), entries.end(), [&](const json* a, const json* b) {
    return added_id(*a, path) < added_id(*b, path);
  });
  AddedTokens out;
  for (const json* entry : entries) add_token(*entry, path, tokens, out);
  out.special.resize(tokens.size());
  return out;
}

PieceTrie trie_of(const std::vector<std::pair<std::string, int32_t>>& tokens) {
  std::vector<std::pair<std::string_view, int32_t>> pieces(tokens.begin(), tokens.end());
  return PieceTrie(std::move(pieces));
}

std::vector<ScoredPiece> read_unigram_vocab(const json& vocab, const std::string& path) {
  if (!vocab.is_array() || vocab.size() > kMaxVocabulary) {
    fail(vocab.is_array() ? ErrorCode::limit_exceeded : ErrorCode::invalid_data, path,
         "model.vocab of Unigram must be a list of up to " + std::to_string(kMaxVocabulary) +
             " [token, score]");
  }
  std::vector<ScoredPiece> pieces;
  pieces.reserve(vocab.size());
  for (const json& entry : vocab) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number()) {
      fail(ErrorCode::invalid_data, path,
           "model.vocab: entry " + std::to_string(pieces.size()) +
               " must be [token, score], found " + shown(entry));
    }
    pieces.push_back({entry[0].get<std::string>(), entry[1].get<double>()});
  }
  return pieces;
}

// Sets `pipeline`'s special tokens to those of the step TemplateProcessing.
void read_template(const json& step, const std::string& path, TextPipeline& pipeline) {
  const json& single = part_of(step, "single");
  const json& specials = part_of(step, "special_tokens");
  bool after = false;
  for (const json& piece : single) {
    if (piece.is_object() && piece.contains("Sequence") && !after) {
      after = true;
      continue;
    }
    const json& token = piece.is_object() ? part_of(piece, "SpecialToken") : piece;
    const json& entry =
        specials.is_object() ? part_of(specials, string_of(token, "id").c_str()) : specials;
    const json& ids = entry.is_object() ? part_of(entry, "ids") : entry;
    if (!ids.is_array() || ids.empty()) {
      fail(ErrorCode::unsupported, path,
           "post_processor: expected a text between special tokens, found " + shown(piece));
    }
    for (const json& id : ids) {
      if (!id.is_number_integer() || id.get<int64_t>() < 0 ||
          id.get<int64_t>() >= static_cast<int64_t>(pipeline.tokens.size()))
        fail(ErrorCode::invalid_data, path, "post_processor: " + shown(id) + " is no id");
      (after ? pipeline.suffix : pipeline.prefix).push_back(id.get<int32_t>());
    }
  }
  if (!after) fail(ErrorCode::unsupported, path, "post_processor has no Sequence");
}

int32_t id_of(const TextPipeline& pipeline, const std::string& token, const std::string& path) {
  const auto found = std::find(pipeline.tokens.rbegin(), pipeline.tokens.rend(), token);
  if (found == pipeline.tokens.rend())
    fail(ErrorCode::invalid_data, path, "the vocabulary has no special token '" + token + "'");
  return static_cast<int32_t>(pipeline.tokens.rend() - found) - 1;
}

void read_special_ids(const json& file, const std::string& path, TextPipeline& pipeline) {
  const json step = post_processor_of(file, path);
  if (string_of(step, "type") == "TemplateProcessing") return read_template(step, path, pipeline);
  std::string start, end;
  read_post_processor(file, path, start, end);
  if (!start.empty()) pipeline.prefix = {id_of(pipeline, start, path)};
  if (!end.empty()) pipeline.suffix = {id_of(pipeline, end, path)};
}

std::optional<bool> flag_in(const json& config, const char* key) {
  if (!config.is_object() || !part_of(config, key).is_boolean()) return std::nullopt;
  return part_of(config, key).get<bool>();
}

std::string token_in(const json& config, const char* key, const std::string& fallback) {
  const json& value = part_of(config, key);
  return value.is_object() ? string_of(value, "content", fallback)
                           : string_of(config, key, fallback);
}

std::unique_ptr<Tokenizer> finish(const json& file, const std::string& path, const json& config,
                                  int context_length, const AddedTokens& added,
                                  TextPipeline pipeline) {
  pipeline.normalizers = read_normalizers(file, path);
  pipeline.pre_tokenizers = read_pre_tokenizers(file, path);
  pipeline.raw_tokens = trie_of(added.raw);
  auto in_text = added.normalized;
  for (auto& [content, id] : in_text) content = normalized(pipeline.normalizers, content);
  pipeline.normalized_tokens = trie_of(in_text);
  read_special_ids(file, path, pipeline);
  pipeline.context_length = pipeline_context(config, context_length);
  for (const char* part : {"normalizer", "pre_tokenizer", "added_tokens"})
    pipeline.identity += json_text(part_of(file, part)) + "\n";
  apply_tokenizer_config(config, path, pipeline);
  return std::make_unique<PipelineTokenizer>(std::move(pipeline));
}

// Errors of the model, which does not know the file.
template <typename Make>
auto naming(const std::string& path, const Make& make) try {
  return make();
} catch (const Error& error) {
  if (error.code() != ErrorCode::invalid_data || std::string_view(error.what()).starts_with(path))
    throw;
  fail(error.code(), path, error.what());
}

std::unique_ptr<Tokenizer> unigram_from_json(const json& file, const std::string& path,
                                             const json& config, int context_length) {
  const json& model = file["model"];
  std::vector<ScoredPiece> pieces = read_unigram_vocab(part_of(model, "vocab"), path);
  const json& unknown = part_of(model, "unk_id");
  if (!unknown.is_number_integer() || unknown.get<int64_t>() < 0 ||
      unknown.get<int64_t>() >= static_cast<int64_t>(pieces.size()))
    fail(ErrorCode::invalid_data, path, "model.unk_id must be a token, found " + shown(unknown));
  TextPipeline pipeline;
  pipeline.profile = TokenizerProfile::unigram;
  for (const ScoredPiece& piece : pieces) {
    pipeline.identity += std::to_string(piece.text.size()) + ":" + piece.text;
    pipeline.identity.append(reinterpret_cast<const char*>(&piece.score), sizeof piece.score);
    pipeline.tokens.push_back(piece.text);
  }
  const AddedTokens added = read_added_tokens(file, path, pipeline.tokens);
  const UnigramSettings settings{UnigramFlavor::tokenizers, unknown.get<int32_t>(),
                                 flag_of(model, "byte_fallback", false)};
  pieces[static_cast<size_t>(settings.unknown_id)].kind = PieceKind::special;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (added.special[i]) pieces[i].kind = PieceKind::special;
  }
  pipeline.identity += settings.byte_fallback ? "bytes\n" : "unknown\n";
  pipeline.model =
      naming(path, [&] { return std::make_shared<const UnigramModel>(pieces, settings); });
  return finish(file, path, config, context_length, added, std::move(pipeline));
}

bool has_byte_level(const json& file, const std::string& path) {
  for (const json& step :
       steps_of(file.value("pre_tokenizer", json()), "pretokenizers", path, "pre_tokenizer")) {
    if (string_of(step, "type") == "ByteLevel") return true;
  }
  return false;
}

void check_bpe(const json& model, const std::string& path) {
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!string_of(model, key).empty()) {
      fail(ErrorCode::unsupported, path,
           std::string("model.") + key + " must be empty, found " + shown(part_of(model, key)));
    }
  }
  const json& dropout = part_of(model, "dropout");
  if (dropout.is_number() && dropout.get<double>() != 0.0)
    fail(ErrorCode::unsupported, path, "model.dropout must be 0, found " + shown(dropout));
}

}  // namespace

bool is_pipeline(const json& file) {
  if (!file.is_object() || !part_of(file, "model").is_object()) return false;
  const json& model = part_of(file, "model");
  const std::string type = string_of(model, "type", "BPE");
  if (type == "Unigram") return true;
  // Older files do not name the type of WordPiece.
  return type == "BPE" && string_of(model, "end_of_word_suffix").empty() &&
         !model.contains("max_input_chars_per_word");
}

int pipeline_context(const json& config, int context_length) {
  constexpr int kDefault = 512, kHighest = 1 << 20;
  if (context_length != 0) return context_length;
  const json none;
  const json& length = config.is_object() ? part_of(config, "model_max_length") : none;
  const double value = length.is_number() ? length.get<double>() : 0;  // may be 1e30
  return value >= 3 && value <= kHighest ? static_cast<int>(value) : kDefault;
}

void apply_tokenizer_config(const json& config, const std::string& path, TextPipeline& pipeline) {
  if (!config.is_object()) return;
  const std::string type = string_of(config, "tokenizer_class");
  if (type.starts_with("Nllb")) {
    // Source: transformers models/nllb/tokenization_nllb.py, set_src_lang_special_tokens
    const int32_t language = id_of(pipeline, string_of(config, "src_lang", "eng_Latn"), path);
    const int32_t end = id_of(pipeline, token_in(config, "eos_token", "</s>"), path);
    const bool legacy = flag_in(config, "legacy_behaviour").value_or(false);
    pipeline.prefix = legacy ? std::vector<int32_t>{} : std::vector{language};
    pipeline.suffix = legacy ? std::vector{end, language} : std::vector{end};
  } else if (flag_in(config, "add_bos_token") || flag_in(config, "add_eos_token")) {
    // Source: transformers tokenization_utils_tokenizers.py, update_post_processor
    const bool start = flag_in(config, "add_bos_token").value_or(false);
    const bool end = flag_in(config, "add_eos_token").value_or(false);
    pipeline.prefix.clear();
    pipeline.suffix.clear();
    if (start) pipeline.prefix = {id_of(pipeline, token_in(config, "bos_token", "<s>"), path)};
    if (end) pipeline.suffix = {id_of(pipeline, token_in(config, "eos_token", "</s>"), path)};
  }
  if (type.starts_with("SiglipTokenizer") && flag_in(config, "do_lower_case").value_or(true)) {
    pipeline.normalizers.insert(pipeline.normalizers.begin(), canonicalize_siglip);
    pipeline.identity += "canonicalize\n";
  }
  // Source: transformers models/siglip2/tokenization_siglip2.py
  if (type.starts_with("Siglip2")) {
    pipeline.normalizers.insert(pipeline.normalizers.begin(), lowercase_step());
    pipeline.identity += "lowercase\n";
  }
}

std::unique_ptr<Tokenizer> pipeline_from_json(const json& file, VocabAndMerges lists,
                                              const std::string& path, const json& config,
                                              int context_length) {
  const json& model = file["model"];
  check_bpe(model, path);
  TextPipeline pipeline;
  pipeline.profile =
      has_byte_level(file, path) ? TokenizerProfile::byte_level : TokenizerProfile::bpe;
  pipeline.tokens = std::move(lists.tokens);
  for (const std::string& token : pipeline.tokens)
    pipeline.identity += std::to_string(token.size()) + ":" + token + "\n";
  for (const auto& [left, right] : lists.merges)
    pipeline.identity += std::to_string(left.size()) + ":" + left + right + "\n";
  const AddedTokens added = read_added_tokens(file, path, pipeline.tokens);
  BpeSettings settings;
  const std::string unknown = string_of(model, "unk_token");
  if (!unknown.empty()) settings.unknown_id = id_of(pipeline, unknown, path);
  settings.fuse_unknown = flag_of(model, "fuse_unk", false);
  settings.byte_fallback = flag_of(model, "byte_fallback", false);
  settings.ignore_merges = flag_of(model, "ignore_merges", false);
  for (const char* key : {"fuse_unk", "byte_fallback", "ignore_merges", "unk_token"})
    pipeline.identity += json_text(part_of(model, key)) + "\n";
  pipeline.model = naming(path, [&] {
    return std::make_shared<const BpePieces>(pipeline.tokens, added.special, lists.merges,
                                             settings);
  });
  return finish(file, path, config, context_length, added, std::move(pipeline));
}

std::unique_ptr<Tokenizer> pipeline_from_json(const json& file, const std::string& path,
                                              const json& config, int context_length) {
  const json& model = file["model"];
  if (string_of(model, "type") == "Unigram")
    return unigram_from_json(file, path, config, context_length);
  VocabAndMerges lists;
  lists.tokens = tokens_by_id(part_of(model, "vocab"), path + ": model.vocab");
  lists.merges = merges_of(part_of(model, "merges"), path);
  return pipeline_from_json(file, std::move(lists), path, config, context_length);
}

}  // namespace sightline
