// Encoder: image files and texts in memory to vectors. encode.h encodes whole data sets.
#pragma once

#include <sightline/image_properties.h>
#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/progress.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct EncoderOptions {
  int64_t batch_size = 32;  // images per batch
  bool normalize = true;    // vectors of unit length; false: as the tower returns them
  ImageLimits limits = {};
  bool properties = false;  // fill EncodedImages::properties
};

// One image file in memory. `id` appears in messages; `bytes` must outlive the call.
struct ImageInput {
  std::string id;
  std::span<const uint8_t> bytes;
};

struct EncodedImages {
  Matrix vectors;                                  // (inputs, D); rows of failed inputs are zero
  std::vector<std::optional<std::string>> errors;  // per input: the reason if it failed
  // Per input, from the pixels that encoding decodes anyway; empty unless EncoderOptions asks for
  // them.
  std::vector<ImageProperties> properties = {};
};

struct EncodedTexts {
  Matrix vectors;                // (inputs, D)
  std::vector<TokenIds> tokens;  // per input; `truncated`: only its beginning was encoded
};

// Decodes and preprocesses images on all cores and runs the image tower; tokenizes texts and runs
// the text tower. The model must outlive the object. Keeps workspaces between calls.
// Thread-safe: calls on one object, and on its model, may overlap. Each call uses its own
// workspace, so memory grows with the number of concurrent calls. Moving and destroying the object
// must not overlap with a call.
class Encoder {
 public:
  explicit Encoder(const Model& model, const EncoderOptions& options = {});
  Encoder(Encoder&&) noexcept;
  ~Encoder();

  // Encodes any number of images; the pixels of at most batch_size of them are in memory. If an
  // image cannot be decoded, or its vector has NaN or infinity, `errors` states the reason. Throws
  // unsupported if the model has no image tower, invalid_argument if it was not loaded, and what
  // `progress` throws.
  EncodedImages encode_images(std::span<const ImageInput> inputs,
                              const ProgressFn& progress = {}) const;

  // Encodes any number of texts. Throws unsupported if the model has no text tower,
  // invalid_argument if it was not loaded, invalid_data if a vector has NaN or infinity (the
  // message names the text), and what `progress` throws.
  EncodedTexts encode_texts(std::span<const std::string> texts,
                            const ProgressFn& progress = {}) const;

  // The two steps of encode_texts. `encode_tokens` returns (texts, D). name(i) returns the text of
  // texts[i] for messages.
  std::vector<TokenIds> tokenize(std::span<const std::string> texts) const;
  Matrix encode_tokens(std::span<const TokenIds> texts) const;
  Matrix encode_tokens(std::span<const TokenIds> texts,
                       const std::function<std::string(int64_t)>& name) const;

 private:
  struct Workspaces;

  const Model& model_;
  EncoderOptions options_;
  std::unique_ptr<Workspaces> workspaces_;
};

}  // namespace sightline
