// Fuzzes the readers of SentencePiece models, and of tokenizer.json with Unigram or byte-level BPE:
// any bytes yield a tokenizer, which encodes any text, or an Error.
#include <sightline/error.h>
#include <sightline/tokenizer.h>

#include <memory>
#include <string_view>

#include "base/json.h"
#include "text/tokenizers/pipeline_json.h"
#include "text/tokenizers/sentencepiece_files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto encode = [](const std::unique_ptr<Tokenizer>& tokenizer) {
    for (const char* text :
         {"", "a cat,  two cats", "\xc3\xa9 \xe3\x81\xad\xe3\x81\x93 \xff\t1234"})
      tokenizer->encode(text);
  };
  try {
    encode(sentencepiece_tokenizer(bytes, "spiece.model", nullptr, 16));
  } catch (const Error&) {
  }
  try {
    const auto json = parse_json(bytes, "tokenizer.json");
    if (is_pipeline(json)) encode(pipeline_from_json(json, "tokenizer.json", nullptr, 16));
  } catch (const Error&) {
  }
  return 0;
}
