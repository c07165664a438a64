// A table in place of a model.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "eval/experiment.h"

namespace sightline::test {

// Maps an image file or a text to the unit vector of its first letter. Fails to decode files that
// begin with '!' or with the letter `undecodable`.
class LetterEncoder : public DualEncoder {
 public:
  explicit LetterEncoder(const std::string& name, char undecodable = '!')
      : undecodable_(undecodable) {
    info_.name = name;
    info_.fingerprint = "fingerprint of " + name;
    info_.embedding_dim = 26;
    info_.context_length = 8;
  }
  const ModelInfo& info() const override { return info_; }
  std::string image_profile() const override { return "letters"; }
  std::string text_profile() const override { return "letters"; }
  Computation computation() const override { return {}; }
  EncodedImages encode_images(std::span<const ImageInput> inputs) override {
    EncodedImages out{Matrix(static_cast<int64_t>(inputs.size()), 26), {}};
    out.errors.resize(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      const char letter = static_cast<char>(inputs[i].bytes[0]);
      if (letter == '!' || letter == undecodable_) {
        out.errors[i] = "'" + inputs[i].id + "': not for " + info_.name;
      } else {
        out.vectors.row(static_cast<int64_t>(i))[static_cast<size_t>(letter - 'a')] = 1;
      }
    }
    return out;
  }
  // One id: the first letter. Texts of more than 30 bytes count as truncated.
  std::vector<TokenIds> tokenize(std::span<const std::string> texts) override {
    std::vector<TokenIds> out;
    for (const std::string& text : texts) out.push_back({{text[0] - 'a'}, text.size() > 30, ""});
    return out;
  }
  Matrix encode_tokens(std::span<const TokenIds> texts,
                       const std::function<std::string(int64_t)>& /*name*/) override {
    Matrix out(static_cast<int64_t>(texts.size()), 26);
    for (size_t i = 0; i < texts.size(); ++i) {
      out.row(static_cast<int64_t>(i))[static_cast<size_t>(texts[i].ids[0])] = 1;
    }
    return out;
  }

 private:
  ModelInfo info_;
  char undecodable_;
};

}  // namespace sightline::test
