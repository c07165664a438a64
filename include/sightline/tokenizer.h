// Tokenizers of text towers: text to token ids, identical to the reference implementations.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Text cleaning applied before a text is split into words.
//   openai     ftfy, HTML unescaping (twice), whitespace collapsed, lower case
//              Source: openai/CLIP clip/simple_tokenizer.py
//   hf         NFC, whitespace collapsed, lower case
//              Source: the CLIP pipeline of Hugging Face's tokenizers
//   wordpiece  control characters removed, Chinese characters split off as single words; for
//              uncased models also accents stripped and lower case
//              Source: BertNormalizer of Hugging Face's tokenizers
//   unigram    SentencePiece's unigram model (T5, SigLIP, XLM-R, mT5); the files say which cleaning
//   bpe        byte-pair encoding of characters (Gemma, NLLB); the same
//   byte_level byte-pair encoding of bytes, with the spaces between words (GPT-2, RoBERTa); the
//   same
// openai and hf agree on ASCII text without HTML entities. Token ids equal those of the references
// with Unicode 16.0 (ftfy 6.3 and regex on Python 3.14; tokenizers 0.23) and do not depend on the
// Unicode version of installed libraries.
enum class TokenizerProfile { openai, hf, wordpiece, unigram, bpe, byte_level };

// Returns the enumerator's name: "openai".
const char* profile_name(TokenizerProfile profile);

struct TokenIds {
  std::vector<int32_t> ids;  // start token, tokens of the text, end token; not padded. Some models
                             // have only one of the two.
  bool truncated = false;    // the text was truncated to fit context_length
  std::string kept_text;     // if truncated: the part of the cleaned text that was kept
};

// Immutable and thread-safe.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Returns the token ids of `text` (UTF-8; invalid bytes become U+FFFD), at most
  // context_length() of them. A longer text is truncated; its last id is still the end token, if
  // the model has one. Text never produces a special token: a literal "<|endoftext|>" or "[MASK]"
  // is encoded like any other text, whereas the references emit the special token. This is the only
  // intended difference from the references.
  virtual TokenIds encode(std::string_view text) const = 0;

  // Returns the readable form of a token, including "</w>" at the end of a word. Throws
  // invalid_argument if `id` is not in the vocabulary.
  virtual std::string token(int32_t id) const = 0;
  // Returns the id of a token as the vocabulary spells it ("[MASK]", "##ing", "cat</w>"), or -1 if
  // there is none.
  virtual int32_t find(std::string_view token) const = 0;

  virtual int32_t start_id() const = 0;  // -1: the model has none
  virtual int32_t end_id() const = 0;    // -1: the model has none
  virtual int32_t vocab_size() const = 0;
  virtual int context_length() const = 0;
  virtual TokenizerProfile profile() const = 0;
  // Returns the hex SHA-256 of everything that determines token ids (vocabulary, merges, profile).
  virtual std::string fingerprint() const = 0;
};

// Loads a tokenizer. `path` is a tokenizer.json, a SentencePiece model, a vocab.txt of BERT or
// OpenAI's vocabulary file, told apart by content; or a Hugging Face model directory with one of
// these, the first that exists:
//   tokenizer.json              its model and steps determine the profile
//   vocab.json and merges.txt   profile hf
//   vocab.txt                   profile wordpiece
//   spiece.model, sentencepiece.bpe.model or tokenizer.model
//                               profile unigram or bpe; the second has the ids of XLM-R or NLLB
// tokenizer_config.json takes precedence: "sightline_profile" (written by train_bpe) selects openai
// or hf; do_lower_case, strip_accents and tokenize_chinese_chars configure BERT's cleaning;
// tokenizer_class, src_lang, add_bos_token and add_eos_token do what they do in transformers.
// context_length 0 selects the default: 77 for CLIP, 512 for BERT, and for the other profiles
// tokenizer_config.json's model_max_length, or 512. Throws not_found, invalid_data, limit_exceeded;
// unsupported, naming the step, if tokenizer.json has a step that is not implemented;
// invalid_argument for any other context_length below 3.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& path,
                                          int context_length = 0);
// Loads the same tokenizer with a profile chosen by the caller: openai or hf for CLIP's byte-pair
// encoding, otherwise the files' own. Also throws invalid_argument if the profile does not fit the
// tokenizer.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& path,
                                          TokenizerProfile profile, int context_length = 0);

// Loads BERT's vocab.txt, one token per line. tokenizer_config.json in the same directory
// configures the cleaning; without it the model is taken to be uncased. Throws the same errors as
// load_tokenizer.
std::unique_ptr<Tokenizer> load_wordpiece_tokenizer(const std::filesystem::path& vocab_file,
                                                    int context_length = 0);

// Loads OpenAI's bpe_simple_vocab_16e6.txt.gz, compressed or uncompressed. Its first line contains
// "#version". The original has a vocabulary of 49408 tokens. Throws the same errors as
// load_tokenizer, and invalid_argument for context_length 0.
std::unique_ptr<Tokenizer> load_openai_tokenizer(
    const std::filesystem::path& merges_file, int context_length = 77,
    TokenizerProfile profile = TokenizerProfile::openai);

}  // namespace sightline
