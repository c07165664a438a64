// What the pipeline needs of a model. ModelEncoder wraps Model and Encoder; tests provide a fake.
#pragma once

#include <sightline/encode.h>
#include <sightline/encoder.h>
#include <sightline/model.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

class DualEncoder {
 public:
  virtual ~DualEncoder() = default;
  virtual const ModelInfo& info() const = 0;
  virtual Computation computation() const = 0;
  // One line each that identifies the preprocessing; parts of the cache's keys.
  virtual std::string image_profile() const = 0;
  virtual std::string text_profile() const = 0;
  // Inputs that cannot be decoded have their reason in `errors`.
  virtual EncodedImages encode_images(std::span<const ImageInput> inputs) = 0;
  virtual std::vector<TokenIds> tokenize(std::span<const std::string> texts) = 0;
  // name(i) returns the text of texts[i] for messages.
  virtual Matrix encode_tokens(std::span<const TokenIds> texts,
                               const std::function<std::string(int64_t)>& name) = 0;
};

class ModelEncoder : public DualEncoder {
 public:
  // Of a model that outlives this object.
  explicit ModelEncoder(const Model& model, const EncoderOptions& options = {});
  // Of a model that it owns.
  explicit ModelEncoder(std::unique_ptr<const Model> model, const EncoderOptions& options = {});

  const ModelInfo& info() const override { return model_.info(); }
  Computation computation() const override { return model_.computation(); }
  std::string image_profile() const override;
  std::string text_profile() const override;
  EncodedImages encode_images(std::span<const ImageInput> inputs) override;
  std::vector<TokenIds> tokenize(std::span<const std::string> texts) override;
  Matrix encode_tokens(std::span<const TokenIds> texts,
                       const std::function<std::string(int64_t)>& name) override;

 private:
  std::unique_ptr<const Model> owned_;
  const Model& model_;
  Encoder encoder_;
};

// Throws unsupported where the model lacks one of the two towers; the message says how to pair it.
// `path`: as it was given, with its label if it has one.
void require_both_towers(const ModelInfo& info, const std::string& path);

}  // namespace sightline
