#include "train/tokenizer/wordpiece_writer.h"

#include <algorithm>

#include "base/file.h"
#include "train/tokenizer/tokenizer_writer.h"
#include "train/tokenizer/writer_parts.h"

namespace sightline {
namespace {

Json template_piece(const char* kind, std::string_view id) {
  return {{kind, {{"id", id}, {"type_id", 0}}}};
}

Json template_token(std::string_view token, int id) {
  return {{"id", token}, {"ids", Json::array({id})}, {"tokens", Json::array({token})}};
}

// Returns tokenizer.json without its model.
Json pipeline(bool lowercase) {
  Json file;
  file["version"] = "1.0";
  file["truncation"] = nullptr;
  file["padding"] = nullptr;
  file["added_tokens"] = Json::array();
  for (size_t id = 0; id < kBertSpecialTokens.size(); ++id)
    file["added_tokens"].push_back(added_token(kBertSpecialTokens[id], id, false));
  file["normalizer"] = {{"type", "BertNormalizer"},
                        {"clean_text", true},
                        {"handle_chinese_chars", true},
                        {"strip_accents", nullptr},
                        {"lowercase", lowercase}};
  file["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  Json pair = {template_piece("SpecialToken", "[CLS]"), template_piece("Sequence", "A"),
               template_piece("SpecialToken", "[SEP]")};
  const Json single = pair;
  for (Json piece : {template_piece("Sequence", "B"), template_piece("SpecialToken", "[SEP]")}) {
    piece.begin()->at("type_id") = 1;
    pair.push_back(std::move(piece));
  }
  file["post_processor"] = {
      {"type", "TemplateProcessing"},
      {"single", single},
      {"pair", pair},
      {"special_tokens",
       {{"[CLS]", template_token("[CLS]", 2)}, {"[SEP]", template_token("[SEP]", 3)}}}};
  file["decoder"] = {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}};
  return file;
}

std::string tokenizer_json(const std::vector<std::string>& tokens, bool lowercase) {
  return open_object(pipeline(lowercase)) +
         ",\n  \"model\": {\n    \"type\": \"WordPiece\",\n    \"unk_token\": \"[UNK]\",\n"
         "    \"continuing_subword_prefix\": \"##\",\n    \"max_input_chars_per_word\": 100,\n"
         "    \"vocab\": " +
         vocab_json(tokens, "    ") + "\n  }\n}\n";
}

}  // namespace

void write_wordpiece_files(const std::vector<std::string>& tokens,
                           const WordPieceTrainerOptions& options,
                           const std::filesystem::path& directory) {
  make_folder(directory);
  constexpr const char* kKeys[] = {"pad_token", "unk_token", "cls_token", "sep_token",
                                   "mask_token"};
  static_assert(std::size(kKeys) == kBertSpecialTokens.size());
  Json specials, config;
  config["tokenizer_class"] = "BertTokenizer";
  config["model_max_length"] = options.context_length;
  config["do_lower_case"] = options.lowercase;
  config["strip_accents"] = nullptr;
  config["tokenize_chinese_chars"] = true;
  for (size_t i = 0; i < kBertSpecialTokens.size(); ++i) {
    config[kKeys[i]] = kBertSpecialTokens[i];
    specials[kKeys[i]] = kBertSpecialTokens[i];
  }
  std::string lines;
  for (const std::string& token : tokens) lines += token + "\n";
  write_file_atomic(directory / "vocab.txt", lines);
  write_file_atomic(directory / "special_tokens_map.json", specials.dump(2) + "\n");
  write_file_atomic(directory / "tokenizer_config.json", config.dump(2) + "\n");
  write_file_atomic(directory / "tokenizer.json", tokenizer_json(tokens, options.lowercase));
}

}  // namespace sightline
