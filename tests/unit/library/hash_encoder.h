// An encoder for tests: the vector of an image depends on its bytes only.
#pragma once

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "base/hash.h"
#include "encode/dual_encoder.h"

namespace sightline::test {

// Images are any bytes; those that begin with "broken" cannot be decoded.
class HashEncoder : public DualEncoder {
 public:
  static constexpr int64_t kDim = 16;

  explicit HashEncoder(const std::string& name = "hash") {
    info_.name = name;
    info_.fingerprint = name + "-fingerprint";
    info_.embedding_dim = kDim;
  }

  // Of unit length.
  static std::vector<float> vector_of(const std::string& model, const std::string& bytes) {
    const Digest digest = Sha256().update(model).update(bytes).digest();
    std::vector<float> out;
    double norm = 0;
    for (int64_t d = 0; d < kDim; ++d) {
      out.push_back(static_cast<float>(digest[static_cast<size_t>(d)]) - 127.5f);
      norm += static_cast<double>(out.back()) * out.back();
    }
    for (float& value : out) value = static_cast<float>(value / std::sqrt(norm));
    return out;
  }

  const ModelInfo& info() const override { return info_; }
  Computation computation() const override { return {}; }
  std::string image_profile() const override { return "bytes"; }
  std::string text_profile() const override { return ""; }

  EncodedImages encode_images(std::span<const ImageInput> inputs) override {
    EncodedImages out;
    out.vectors = Matrix(static_cast<int64_t>(inputs.size()), kDim);
    out.errors.resize(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (fail_after >= 0 && fail_after-- == 0)
        throw Error(ErrorCode::io, "the test ends this process");
      const std::string bytes(inputs[i].bytes.begin(), inputs[i].bytes.end());
      if (bytes.starts_with("broken")) {
        out.errors[i] = "'" + inputs[i].id + "' is not an image";
        continue;
      }
      ++encoded;
      seen.insert(bytes);
      std::ranges::copy(vector_of(info_.name, bytes),
                        out.vectors.row(static_cast<int64_t>(i)).begin());
    }
    return out;
  }
  std::vector<TokenIds> tokenize(std::span<const std::string>) override { return {}; }
  Matrix encode_tokens(std::span<const TokenIds>,
                       const std::function<std::string(int64_t)>&) override {
    return {};
  }

  int64_t encoded = 0;
  std::set<std::string> seen;
  int fail_after = -1;  // throws at this image, counted from 0; -1: never

 private:
  ModelInfo info_;
};

}  // namespace sightline::test
