// Encodes image files and texts that are in memory. encode.h encodes whole data sets.
#pragma once

#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/progress.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct EncoderOptions {
  int64_t batch_size = 32;  // images that go through the tower at once
  bool normalize = true;    // rows of unit length; false: as the tower gives them
  ImageLimits limits = {};
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
  Matrix vectors;                // (inputs, D)
  std::vector<TokenIds> tokens;  // per input; `truncated` says that text was cut
};

// Images: decode, preprocess (both on all cores), tower. Texts: tokenizer, tower. Holds a
// reference to the model, which must outlive it, and between calls the memory that a batch needs:
// encoding slice after slice with one object costs no more than all at once.
// Thread-safety: calls on one object may overlap, also with calls on its model. Each has a
// workspace of its own, so memory grows with the number of calls that overlap. Moving and
// destroying the object must not overlap with a call.
class Encoder {
 public:
  explicit Encoder(const Model& model, const EncoderOptions& options = {});
  Encoder(Encoder&&) noexcept;
  ~Encoder();

  // Any number of inputs; batch_size of them are in memory as pixels at a time. A file that is no
  // image fails alone. Throws Error only for what concerns all (out of memory, cancelled).
  EncodedImages encode_images(std::span<const ImageInput> inputs,
                              const ProgressFn& progress = {}) const;

  // Tokenizes on all cores, encodes, and keeps the ids.
  EncodedTexts encode_texts(std::span<const std::string> texts,
                            const ProgressFn& progress = {}) const;

  // The two halves of encode_texts. Throw unsupported where the model has no text tower.
  std::vector<TokenIds> tokenize(std::span<const std::string> texts) const;
  Matrix encode_tokens(std::span<const TokenIds> texts) const;

 private:
  struct Workspace;
  struct Workspaces;
  int64_t fill(std::span<const ImageInput> inputs, EncodedImages& result, int64_t begin,
               int64_t size, Workspace& work) const;

  const Model& model_;
  EncoderOptions options_;
  std::unique_ptr<Workspaces> workspaces_;
};

}  // namespace sightline
