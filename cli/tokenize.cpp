// sightline tokenize: prints the token ids and tokens of texts, and where texts are truncated.
#include <sightline/error.h>
#include <sightline/tokenizer.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/adapter_spec.h"
#include "base/file.h"
#include "base/json.h"
#include "base/spec_label.h"
#include "base/text_encoding.h"
#include "command.h"
#include "console.h"
#include "locate.h"
#include "models/model_source.h"
#include "models/pair_spec.h"
#include "read_lines.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;
struct Options {
  std::string model;
  std::vector<std::string> texts;
  std::string file;
  std::string profile;
  int context_length = 0;  // 0: that of config.json, else the tokenizer's default
  bool json = false, pull = false;
};

// Returns max_position_embeddings from the model's config.json (for CLIP, from its text_config), or
// 0 if there is none.
int context_length_of(const fs::path& model) {
  std::ifstream file(model / "config.json");
  if (!file) return 0;
  Json config = Json::parse(file, nullptr, false);
  if (config.is_object() && config.contains("text_config")) config = Json(config["text_config"]);
  if (!config.is_object() || !config.contains("max_position_embeddings")) return 0;
  const Json& length = config["max_position_embeddings"];
  return length.is_number_integer() ? length.get<int>() : 0;
}

// Whether the tokenizer can be loaded without the model. The modules of sentence-transformers limit
// the length of texts.
bool has_tokenizer_files(const fs::path& model) {
  if (fs::exists(file_status(model / "modules.json"))) return false;
  for (const char* name : {"tokenizer.json", "vocab.json", "vocab.txt", "spiece.model",
                           "sentencepiece.bpe.model", "tokenizer.model"}) {
    if (fs::exists(file_status(model / name))) return true;
  }
  return false;
}

// Loads the tokenizer of a checkpoint layout other than transformers'.
std::unique_ptr<Tokenizer> tokenizer_of_model(const fs::path& model, int length) {
  const ModelSource source = open_model(model);
  if (!source.tokenizer) {
    throw Error(ErrorCode::unsupported, "the model '", model.string(), "' (family ", source.family,
                ") has no text tower");
  }
  if (length == 0 && source.head) length = static_cast<int>(source.head->max_length);
  if (length == 0) length = context_length_of(model);
  return source.tokenizer(length > 0 ? length : 77);
}

bool is_weights_file(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".pt" || extension == ".pth" || extension == ".bin" ||
         extension == ".safetensors" || extension == ".gguf" || extension == ".onnx";
}

std::unique_ptr<Tokenizer> open_tokenizer(const Options& options) {
  fs::path model = split_label(locate_model(options.model, options.pull)).spec;
  if (const auto pair = find_pair(model)) model = pair->text;
  model = without_adapters(model.string());
  const fs::file_status status = file_status(model);
  if (!fs::exists(status)) {
    throw Error(ErrorCode::not_found, "there is no model folder or vocabulary file '",
                model.string(), "'");
  }
  const bool file = fs::is_regular_file(status);
  if (file && is_weights_file(model)) return tokenizer_of_model(model, options.context_length);
  const int length = options.context_length > 0 ? options.context_length : context_length_of(model);
  if (!file && options.profile.empty() && !has_tokenizer_files(model))
    return tokenizer_of_model(model, options.context_length);
  if (options.profile.empty()) return load_tokenizer(model, length);
  for (const auto profile :
       {TokenizerProfile::openai, TokenizerProfile::hf, TokenizerProfile::wordpiece,
        TokenizerProfile::unigram, TokenizerProfile::bpe, TokenizerProfile::byte_level}) {
    if (options.profile == profile_name(profile)) return load_tokenizer(model, profile, length);
  }
  throw Error(ErrorCode::invalid_argument, "there is no profile '", options.profile, "'");
}

// Reads one text per line. In a .jsonl file, each line is a JSON string, which may contain line
// breaks.
std::vector<std::string> read_texts(const std::string& path) {
  std::vector<std::string> texts = read_lines(path);
  if (!path.ends_with(".jsonl")) return texts;
  for (size_t i = 0; i < texts.size(); ++i) {
    JsonParse parsed = try_parse_json(texts[i]);
    if (!parsed.problem.empty() || !parsed.value.is_string()) {
      throw Error(ErrorCode::invalid_data, path, ": line ", i + 1, " is not a JSON string");
    }
    texts[i] = parsed.value.get<std::string>();
  }
  return texts;
}

void print_tokens_json(const Options& options, const Tokenizer& tokenizer,
                       const std::vector<std::string>& texts) {
  // Prints text by text, because the JSON of a corpus may not fit into memory.
  const Json head = {{"model", options.model},
                     {"profile", profile_name(tokenizer.profile())},
                     {"vocab_size", tokenizer.vocab_size()},
                     {"context_length", tokenizer.context_length()},
                     {"fingerprint", tokenizer.fingerprint()}};
  std::string text = json_text(head);
  text.pop_back();
  std::printf("%s,\"texts\":[", text.c_str());
  for (size_t i = 0; i < texts.size(); ++i) {
    const TokenIds encoded = tokenizer.encode(texts[i]);
    Json tokens = Json::array();
    for (const int32_t id : encoded.ids) tokens.push_back(tokenizer.token(id));
    Json entry = {{"text", texts[i]},
                  {"ids", encoded.ids},
                  {"tokens", tokens},
                  {"truncated", encoded.truncated}};
    if (encoded.truncated) entry["kept_text"] = encoded.kept_text;
    std::printf("%s\n%s", i ? "," : "", json_text(entry).c_str());
  }
  std::printf("\n]}\n");
}

void print_table(const Tokenizer& tokenizer, const std::string& text) {
  const TokenIds encoded = tokenizer.encode(text);
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < encoded.ids.size(); ++i) {
    rows.push_back(
        {std::to_string(i), std::to_string(encoded.ids[i]), tokenizer.token(encoded.ids[i])});
  }
  std::printf("%s\n%s", text.c_str(), format_table({">position", ">id", "token"}, rows).c_str());
  if (encoded.truncated) {
    std::printf("The text has more than %d tokens and was truncated after: %s\n",
                tokenizer.context_length(), encoded.kept_text.c_str());
  }
}

int run(const Options& options) {
  std::vector<std::string> texts;
  for (const std::string& text : options.texts) texts.push_back(checked_text(text));
  if (!options.file.empty()) {
    const std::vector<std::string> lines = read_texts(options.file);
    texts.insert(texts.end(), lines.begin(), lines.end());
  }
  if (texts.empty() && options.file.empty()) {
    throw Error(ErrorCode::invalid_argument, "tokenize requires a text or --file");
  }
  const auto tokenizer = open_tokenizer(options);
  if (options.json) {
    print_tokens_json(options, *tokenizer, texts);
    return kDone;
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i) std::printf("\n");
    print_table(*tokenizer, texts[i]);
  }
  return kDone;
}

}  // namespace

void add_tokenize(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("tokenize", "Print the tokens of texts");
  command
      ->add_option("--model", options->model,
                   "Model directory, file or name, tokenizer.json, OpenAI's "
                   "bpe_simple_vocab_16e6.txt.gz, or BERT's vocab.txt")
      ->type_name("MODEL")
      ->required();
  command->add_option("TEXT", options->texts, "Texts");
  command
      ->add_option(
          "--file", options->file,
          "File of texts, one per line ('-': standard input; .jsonl: one JSON string per line)")
      ->type_name("FILE");
  command
      ->add_option(
          "--profile", options->profile,
          "Text cleaning, instead of the model's own: openai or hf "
          "(wordpiece: the file is a BERT vocabulary; unigram, bpe, byte_level: as the files "
          "say)")
      ->check(CLI::IsMember({"openai", "hf", "wordpiece", "unigram", "bpe", "byte_level"}));
  command
      ->add_option("--context-length", options->context_length,
                   "Maximum number of tokens (default: the model's, else 77, or 512 for BERT)")
      ->check(CLI::Range(3, 100000000));
  add_pull_flag(*command, options->pull);
  command->add_flag("--json", options->json, "Print the result as JSON");
  command->group("Other");
  command->footer(
      "Example:\n  sightline tokenize --model models/emoji-vit-8 \"a red ball\" \"flying in the "
      "sky\"");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli
