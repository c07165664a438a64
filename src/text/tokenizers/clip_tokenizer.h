// CLIP's tokenizer: text cleaning, word splitting and byte-pair encoding.
#pragma once

#include <sightline/tokenizer.h>

#include <vector>

#include "text/cleaning/clean_hf.h"
#include "text/tokenizers/bpe.h"

namespace sightline {

struct ClipTokenizerSettings {
  TokenizerProfile profile = TokenizerProfile::hf;
  std::vector<NormalizerStep> steps{std::begin(kHfSteps), std::end(kHfSteps)};  // for profile hf
  int32_t start_id = 0;
  int32_t end_id = 0;
  int context_length = 77;
};

class ClipTokenizer final : public Tokenizer {
 public:
  // Throws invalid_argument if context_length is below 3 (start, one token, end).
  ClipTokenizer(BytePairModel model, ClipTokenizerSettings settings);

  TokenIds encode(std::string_view text) const override;
  std::string token(int32_t id) const override;
  int32_t find(std::string_view token) const override { return model_.find(token); }
  int32_t start_id() const override { return settings_.start_id; }
  int32_t end_id() const override { return settings_.end_id; }
  int32_t vocab_size() const override { return static_cast<int32_t>(model_.tokens().size()); }
  int context_length() const override { return settings_.context_length; }
  TokenizerProfile profile() const override { return settings_.profile; }
  std::string fingerprint() const override { return fingerprint_; }

 private:
  BytePairModel model_;
  ClipTokenizerSettings settings_;
  std::string fingerprint_;
};

// Returns the cleaned text that split_words receives. `text` is UTF-8; invalid bytes become U+FFFD.
// `hf_steps` apply to profile hf only.
std::u32string clean_text(std::string_view text, TokenizerProfile profile,
                          std::span<const NormalizerStep> hf_steps = kHfSteps);

}  // namespace sightline
