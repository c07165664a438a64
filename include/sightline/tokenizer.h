// Text to token ids, exactly as the reference tokenizers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Which cleaning comes before the splitting. CLIP's two agree on ASCII text without html entities.
// Ids equal those of the references under Unicode 16.0 (ftfy 6.3 and regex on Python 3.14;
// tokenizers 0.23), whatever Unicode version the machine's libraries have.
//   openai: ftfy, html unescape twice, white space folded, lower case (clip/simple_tokenizer.py)
//   hf:     NFC, white space folded, lower case (tokenizers' CLIP pipeline)
//   wordpiece: BERT's: control characters dropped, Chinese characters apart; uncased models also
//           drop accents and lower the case (tokenizers 0.23, BertNormalizer)
enum class TokenizerProfile { openai, hf, wordpiece };

// "openai", "hf", "wordpiece".
const char* profile_name(TokenizerProfile profile);

struct TokenIds {
  std::vector<int32_t> ids;  // start token, the text's tokens, end token; never padded
  bool truncated = false;    // tokens were cut to fit context_length
  std::string kept_text;     // when truncated: the part of the cleaned text that was kept
};

// Byte-pair encoding with CLIP's conventions, or WordPiece with BERT's. Immutable; one object may
// serve many threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Ids of `text` (UTF-8; invalid bytes become U+FFFD), at most context_length() of them: a longer
  // text is cut and its last id is the end token. Text never becomes a special token: a literal
  // "<|endoftext|>" or "[MASK]" is encoded as the words it is made of, where the references would
  // emit the token. That is the one intended difference from them.
  virtual TokenIds encode(std::string_view text) const = 0;

  // The token a person would read for an id, "</w>" kept. Throws invalid_argument for a bad id.
  virtual std::string token(int32_t id) const = 0;
  // The id of a token as the vocabulary spells it ("[MASK]", "##ing", "cat</w>"), -1 where there is
  // none.
  virtual int32_t find(std::string_view token) const = 0;

  virtual int32_t start_id() const = 0;
  virtual int32_t end_id() const = 0;
  virtual int32_t vocab_size() const = 0;
  virtual int context_length() const = 0;
  virtual TokenizerProfile profile() const = 0;
  // Hash of everything that decides ids (vocabulary, merges, profile): hex SHA-256.
  virtual std::string fingerprint() const = 0;
};

// Reads a Hugging Face directory: tokenizer.json (whose model and steps decide the profile), or
// vocab.json + merges.txt (profile hf), or vocab.txt (wordpiece). "sightline_profile" in
// tokenizer_config.json, which train_bpe writes, decides between openai and hf before them, and its
// do_lower_case, strip_accents and tokenize_chinese_chars decide BERT's cleaning.
// context_length 0: 77 for CLIP's, 512 for BERT's. Throws Error: not_found, invalid_data,
// limit_exceeded; unsupported, naming the step, for a tokenizer.json with steps that are neither
// CLIP's nor BERT's; invalid_argument for another context_length below 3.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& directory,
                                          int context_length = 0);
// The same vocabulary with a profile of the caller's choice, openai or hf. Throws invalid_argument
// too where the directory's tokenizer is of the other kind.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& directory,
                                          TokenizerProfile profile, int context_length = 0);

// BERT's vocab.txt, one token a line. A tokenizer_config.json beside it decides the cleaning;
// without one the model is uncased. Throws as load_tokenizer.
std::unique_ptr<Tokenizer> load_wordpiece_tokenizer(const std::filesystem::path& vocab_file,
                                                    int context_length = 0);

// OpenAI's bpe_simple_vocab_16e6.txt.gz or its unpacked text. vocab_size of the original is 49408.
std::unique_ptr<Tokenizer> load_openai_tokenizer(
    const std::filesystem::path& merges_file, int context_length = 77,
    TokenizerProfile profile = TokenizerProfile::openai);

}  // namespace sightline
