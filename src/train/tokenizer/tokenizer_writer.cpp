#include "train/tokenizer/tokenizer_writer.h"

#include <sightline/error.h>

#include "base/file.h"
#include "train/tokenizer/writer_parts.h"

namespace sightline {
namespace {

std::string merges_json(const MergeList& merges, const std::string& indent) {
  std::string out = "[";
  for (size_t i = 0; i < merges.size(); ++i) {
    out +=
        (i ? ",\n" : "\n") + indent + "  " + json_string(merges[i].first + " " + merges[i].second);
  }
  return out + (merges.empty() ? "]" : "\n" + indent + "]");
}

Json special_token(std::string_view content, bool normalized) {
  return {{"content", content},
          {"lstrip", false},
          {"normalized", normalized},
          {"rstrip", false},
          {"single_word", false}};
}

// Returns tokenizer.json without its model.
Json pipeline(size_t start_id, size_t end_id) {
  const std::string pattern =
      "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}"
      "\\p{N}]+";
  Json file;
  file["version"] = "1.0";
  file["truncation"] = nullptr;
  file["padding"] = nullptr;
  file["added_tokens"] = {added_token(kStartToken, start_id, true),
                          added_token(kEndToken, end_id, false)};
  file["normalizer"] = {{"type", "Sequence"},
                        {"normalizers",
                         {{{"type", "NFC"}},
                          {{"type", "Replace"}, {"pattern", {{"Regex", "\\s+"}}}, {"content", " "}},
                          {{"type", "Lowercase"}}}}};
  file["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Split"},
         {"pattern", {{"Regex", pattern}}},
         {"behavior", "Removed"},
         {"invert", true}},
        {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}}}}};
  file["post_processor"] = {{"type", "RobertaProcessing"},
                            {"sep", Json::array({kEndToken, end_id})},
                            {"cls", Json::array({kStartToken, start_id})},
                            {"trim_offsets", false},
                            {"add_prefix_space", false}};
  file["decoder"] = {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}};
  return file;
}

std::string tokenizer_json(const std::vector<std::string>& tokens, const MergeList& merges) {
  std::string text = open_object(pipeline(tokens.size() - 2, tokens.size() - 1));
  text += ",\n  \"model\": {\n    \"type\": \"BPE\",\n    \"dropout\": null,\n    \"unk_token\": " +
          json_string(std::string(kEndToken)) +
          ",\n    \"continuing_subword_prefix\": \"\",\n    \"end_of_word_suffix\": \"</w>\",\n"
          "    \"fuse_unk\": false,\n    \"vocab\": ";
  return text + vocab_json(tokens, "    ") + ",\n    \"merges\": " + merges_json(merges, "    ") +
         "\n  }\n}\n";
}

}  // namespace

void write_tokenizer_files(const std::vector<std::string>& tokens, const MergeList& merges,
                           const BpeTrainerOptions& options,
                           const std::filesystem::path& directory) {
  make_folder(directory);

  Json specials;
  specials["bos_token"] = special_token(kStartToken, true);
  for (const char* key : {"eos_token", "pad_token", "unk_token"})
    specials[key] = special_token(kEndToken, false);
  Json config;
  config["tokenizer_class"] = "CLIPTokenizer";
  config["model_max_length"] = options.context_length;
  config["do_lower_case"] = true;
  config["errors"] = "replace";
  config["add_prefix_space"] = false;
  config["bos_token"] = kStartToken;
  for (const char* key : {"eos_token", "pad_token", "unk_token"}) config[key] = kEndToken;
  if (options.profile == TokenizerProfile::openai) config["sightline_profile"] = "openai";

  std::string merges_text = "#version: 0.2\n";
  for (const auto& [left, right] : merges) merges_text += left + " " + right + "\n";
  write_file_atomic(directory / "vocab.json", vocab_json(tokens, "") + "\n");
  write_file_atomic(directory / "merges.txt", merges_text);
  write_file_atomic(directory / "special_tokens_map.json", specials.dump(2) + "\n");
  write_file_atomic(directory / "tokenizer_config.json", config.dump(2) + "\n");
  write_file_atomic(directory / "tokenizer.json", tokenizer_json(tokens, merges));
}

}  // namespace sightline
