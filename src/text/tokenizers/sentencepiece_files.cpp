#include "text/tokenizers/sentencepiece_files.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/file.h"
#include "base/hash.h"
#include "text/tokenizers/bpe_pieces.h"
#include "text/tokenizers/json_steps.h"
#include "text/tokenizers/pipeline_json.h"
#include "text/tokenizers/sentencepiece_model.h"
#include "text/tokenizers/tokenizer_files.h"

namespace sightline {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

int32_t control_id(const SentencePieceModel& model, const std::string& text) {
  for (size_t i = 0; i < model.pieces.size(); ++i) {
    if (model.pieces[i].kind == PieceKind::special && model.pieces[i].text == text)
      return static_cast<int32_t>(i);
  }
  return -1;
}

// The vocabulary of fairseq's models: four special tokens of its own in front, in another order
// than the model's <unk>, <s>, </s>; after the model's pieces the language codes and <mask>.
// Source: transformers models/xlm_roberta/tokenization_xlm_roberta.py (v4), fairseq_tokens_to_ids
void use_fairseq_ids(const SentencePieceModel& model, const json& config, const std::string& path,
                     TextPipeline& pipeline) {
  constexpr int32_t kModelSpecials = 3;
  if (model.pieces.size() < kModelSpecials || model.unknown_id != 0) {
    throw Error(ErrorCode::invalid_data, path,
                ": expected <unk>, <s> and </s> as the first pieces, found ", model.pieces.size(),
                " pieces and <unk> as ", model.unknown_id);
  }
  pipeline.tokens = {"<s>", "<pad>", "</s>", "<unk>"};
  for (size_t i = kModelSpecials; i < model.pieces.size(); ++i)
    pipeline.tokens.push_back(model.pieces[i].text);
  pipeline.id_offset = 1;
  pipeline.unknown_piece = 0;
  pipeline.unknown_id = 3;
  pipeline.prefix = {0};
  pipeline.suffix = {2};
  if (config.is_object()) {
    for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
      const auto codes = config.find(key);
      if (codes == config.end() || !codes->is_array()) continue;
      for (const json& code : *codes) {
        const std::string text =
            code.is_string() ? code.get<std::string>() : string_of(code, "content");
        if (text != "<mask>") pipeline.tokens.push_back(text);
      }
      break;
    }
  }
  pipeline.tokens.push_back("<mask>");
}

void use_own_ids(const SentencePieceModel& model, const std::string& type, TextPipeline& pipeline) {
  for (const ScoredPiece& piece : model.pieces) pipeline.tokens.push_back(piece.text);
  const int32_t start = control_id(model, model.start_piece);
  const int32_t end = control_id(model, model.end_piece);
  // Source: transformers models/gemma/tokenization_gemma.py
  const bool starts = type.starts_with("Gemma");
  if (starts && start >= 0) pipeline.prefix = {start};
  if (!starts && end >= 0) pipeline.suffix = {end};
}

SentencePieceNormalizer normalizer_of(const SentencePieceModel& model) {
  SentencePieceNormalizer out;
  if (!model.charsmap.empty()) out.rules = std::make_shared<const Charsmap>(model.charsmap);
  std::vector<std::pair<std::string_view, int32_t>> user_defined;
  for (const ScoredPiece& piece : model.pieces) {
    if (piece.kind == PieceKind::user_defined) user_defined.emplace_back(piece.text, 0);
  }
  if (!user_defined.empty())
    out.user_defined = std::make_shared<const PieceTrie>(std::move(user_defined));
  out.add_dummy_prefix = model.add_dummy_prefix;
  out.remove_extra_whitespaces = model.remove_extra_whitespaces;
  out.escape_whitespaces = model.escape_whitespaces;
  out.whitespace_as_suffix = model.whitespace_as_suffix;
  return out;
}

std::shared_ptr<const PieceModel> model_of(SentencePieceModel model) {
  if (model.is_unigram) {
    return std::make_shared<const UnigramModel>(
        model.pieces,
        UnigramSettings{UnigramFlavor::sentencepiece, model.unknown_id, model.byte_fallback});
  }
  return std::make_shared<const SentencePieceBpe>(std::move(model.pieces), model.unknown_id,
                                                  model.byte_fallback);
}

}  // namespace

std::optional<fs::path> find_sentencepiece(const fs::path& directory) {
  std::error_code ignored;
  for (const char* name : {"spiece.model", "sentencepiece.bpe.model", "tokenizer.model"}) {
    if (fs::exists(directory / name, ignored)) return directory / name;
  }
  return std::nullopt;
}

bool is_sentencepiece(std::string_view bytes) {
  // Field 1, a message, that starts with field 1, a string.
  return bytes.size() > 3 && bytes[0] == 0x0A && bytes[2] == 0x0A;
}

std::unique_ptr<Tokenizer> sentencepiece_tokenizer(std::string_view bytes, const std::string& path,
                                                   const json& config, int context_length) {
  SentencePieceModel model = parse_sentencepiece(bytes, path);
  const std::string type = string_of(config, "tokenizer_class");
  TextPipeline pipeline;
  pipeline.profile = model.is_unigram ? TokenizerProfile::unigram : TokenizerProfile::bpe;
  const bool fairseq = type.starts_with("XLMRoberta") || type.starts_with("Nllb") ||
                       (type.empty() && path.ends_with("sentencepiece.bpe.model"));
  fairseq ? use_fairseq_ids(model, config, path, pipeline) : use_own_ids(model, type, pipeline);
  pipeline.context_length = pipeline_context(config, context_length);
  pipeline.identity = to_hex(Sha256().update(bytes).digest());
  apply_tokenizer_config(config, path, pipeline);
  try {
    pipeline.normalizers.emplace_back(normalizer_of(model));
    pipeline.model = model_of(std::move(model));
  } catch (const Error& error) {
    throw Error(error.code(), path, ": ", error.what());
  }
  return std::make_unique<PipelineTokenizer>(std::move(pipeline));
}

std::unique_ptr<Tokenizer> load_sentencepiece(const fs::path& path, const json& config,
                                              int context_length) {
  const std::vector<uint8_t> bytes = read_file(path, kMaxTokenizerFileBytes);
  return sentencepiece_tokenizer({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                 path.string(), config, context_length);
}

}  // namespace sightline
