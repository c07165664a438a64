// From files and sentences to unit vectors.
#pragma once

#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/progress.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct EncoderOptions {
  int64_t batch_size = 32;   // pictures that go through the tower at once
  bool normalize = true;     // rows of unit length; false: as the tower gives them
  ImageLimits limits;
};

// One encoded file in memory. `id` appears in messages; `bytes` must live until the call returns.
struct ImageInput {
  std::string id;
  std::span<const uint8_t> bytes;
};

struct EncodedImages {
  Matrix vectors;                                  // (inputs, D); rows of failed inputs are zero
  std::vector<std::optional<std::string>> errors;  // per input: why it failed, or nothing
};

struct EncodedTexts {
  Matrix vectors;                 // (inputs, D)
  std::vector<TokenIds> tokens;   // per input; `truncated` says that text was cut
};

// Pictures: decode, preprocess (both on all cores), tower. Texts: tokenizer, tower. Holds a
// reference to the model, which must outlive it. Calls on one object must not overlap.
class Encoder {
 public:
  explicit Encoder(const Model& model, const EncoderOptions& options = {});

  // Any number of inputs; batch_size of them are in memory as pixels at a time. A file that is no
  // picture fails alone. Throws Error only for what concerns all (out of memory, cancelled).
  EncodedImages encode_images(std::span<const ImageInput> inputs, const ProgressFn& progress = {}) const;

  EncodedTexts encode_texts(std::span<const std::string> texts, const ProgressFn& progress = {}) const;

 private:
  const Model& model_;
  EncoderOptions options_;
};

}  // namespace sightline
