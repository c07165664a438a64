#include <sightline/error.h>

#include "models/layouts.h"

namespace sightline {

std::unique_ptr<Tokenizer> load_openai_style_tokenizer(const std::filesystem::path& directory,
                                                       int context_length) {
  const auto has = [&](const char* name) {
    std::error_code error;  // an inaccessible file counts as missing, or fails to open
    return std::filesystem::exists(directory / name, error);
  };
  for (const char* name : {"bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"}) {
    if (has(name)) return load_openai_tokenizer(directory / name, context_length);
  }
  if (!has("tokenizer.json") && !(has("vocab.json") && has("merges.txt"))) {
    throw Error(ErrorCode::not_found, "the model's tokenizer is not in '", directory.string(),
                "': expected bpe_simple_vocab_16e6.txt.gz, tokenizer.json, or vocab.json and "
                "merges.txt beside the weights");
  }
  return load_tokenizer(directory, TokenizerProfile::openai, context_length);
}

}  // namespace sightline
