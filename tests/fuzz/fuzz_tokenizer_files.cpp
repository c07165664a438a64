// Fuzzes the readers of tokenizer.json and merges.txt: any bytes yield a tokenizer or an Error.
#include <sightline/error.h>

#include <string>
#include <string_view>

#include "base/json.h"
#include "text/tokenizers/load_tokenizer.h"
#include "text/tokenizers/tokenizer_files.h"
#include "text/tokenizers/tokenizer_json.h"
#include "text/tokenizers/wordpiece_files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sightline;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    read_merges(std::string(bytes), "merges.txt");
  } catch (const Error&) {
  }
  try {
    const auto json = parse_json(bytes, "tokenizer.json");
    if (is_wordpiece(json)) {
      wordpiece_from_json(json, "tokenizer.json", nullptr, 16)->encode("a cat, two cats");
    } else {
      parse_tokenizer_json(json, "tokenizer.json");
    }
  } catch (const Error&) {
  }
  return 0;
}
