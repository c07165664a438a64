#include "text/tokenizers/cleaned_tokenizer.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/hash.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

class CleanedTokenizer final : public Tokenizer {
 public:
  CleanedTokenizer(std::unique_ptr<Tokenizer> base, OpenClipTokenizerSettings settings)
      : base_(std::move(base)), settings_(std::move(settings)) {
    if (settings_.language.empty()) return;
    language_id_ = base_->find(settings_.language);
    if (language_id_ < 0 || base_->start_id() < 0) {
      throw Error(ErrorCode::invalid_argument, "the tokenizer has no language '",
                  settings_.language, "'");
    }
  }

  TokenIds encode(std::string_view text) const override {
    TokenIds out = base_->encode(
        unicode::encode_utf8(clean_open_clip(unicode::decode_utf8(text), settings_.cleaning)));
    if (settings_.strip_sep_token) std::ranges::replace(out.ids, base_->end_id(), 0);
    if (language_id_ >= 0 && !out.ids.empty()) out.ids.front() = language_id_;
    return out;
  }
  std::string token(int32_t id) const override { return base_->token(id); }
  int32_t find(std::string_view token) const override { return base_->find(token); }
  int32_t start_id() const override { return language_id_ >= 0 ? language_id_ : base_->start_id(); }
  int32_t end_id() const override { return settings_.strip_sep_token ? 0 : base_->end_id(); }
  int32_t vocab_size() const override { return base_->vocab_size(); }
  int context_length() const override { return base_->context_length(); }
  TokenizerProfile profile() const override { return base_->profile(); }
  std::string fingerprint() const override {
    const std::string text = "open_clip " + std::to_string(static_cast<int>(settings_.cleaning)) +
                             (settings_.strip_sep_token ? " stripped " : " ") + settings_.language +
                             "\n" + base_->fingerprint();
    return to_hex(Sha256().update(text).digest());
  }

 private:
  std::unique_ptr<Tokenizer> base_;
  OpenClipTokenizerSettings settings_;
  int32_t language_id_ = -1;
};

}  // namespace

std::optional<TextCleaning> text_cleaning(const std::string& name) {
  if (name == "whitespace") return TextCleaning::whitespace;
  if (name == "lower") return TextCleaning::lower;
  if (name == "canonicalize") return TextCleaning::canonicalize;
  return std::nullopt;
}

std::unique_ptr<Tokenizer> load_open_clip_tokenizer(const std::filesystem::path& directory,
                                                    int context_length,
                                                    const OpenClipTokenizerSettings& settings) {
  return std::make_unique<CleanedTokenizer>(load_tokenizer(directory, context_length), settings);
}

}  // namespace sightline
