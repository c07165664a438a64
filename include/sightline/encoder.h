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
  bool normalize = true;    // vectors of unit length; false: as the tower returns them
  ImageLimits limits = {};
};

// One image file in memory. `id` appears in messages; `bytes` must outlive the call.
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
  std::vector<TokenIds> tokens;  // of each input; `truncated`: the model sees only its beginning
};

// Decodes and preprocesses images on all cores and runs the image tower; tokenizes texts and runs
// the text tower. The model must outlive the object. Keeps workspaces between calls.
// Thread-safety: calls on one object may overlap, also with calls on its model. Each has a
// workspace of its own, so memory grows with the number of calls that overlap. Moving and
// destroying the object must not overlap with a call.
class Encoder {
 public:
  explicit Encoder(const Model& model, const EncoderOptions& options = {});
  Encoder(Encoder&&) noexcept;
  ~Encoder();

  // Encodes any number of images; at most batch_size of them are in memory as pixels. An image that
  // cannot be decoded has its reason in `errors`. Throws unsupported where the model has no image
  // tower; what `progress` throws.
  EncodedImages encode_images(std::span<const ImageInput> inputs,
                              const ProgressFn& progress = {}) const;

  // Throws unsupported where the model has no text tower; what `progress` throws.
  EncodedTexts encode_texts(std::span<const std::string> texts,
                            const ProgressFn& progress = {}) const;

  // The two halves of encode_texts.
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
