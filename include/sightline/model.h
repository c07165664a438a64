// Model: towers that map images, texts or both to vectors of a common space.
#pragma once

#include <sightline/image.h>
#include <sightline/matrix.h>
#include <sightline/settings.h>
#include <sightline/tokenizer.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct ModelOptions {
  Backend backend = Backend::cpu;
  Device device = {};  // cuda: only with Backend::torch and a libtorch that has CUDA
  // Empty: chosen on data, by the functions that have data (precision.h, encode.h, experiment.h).
  // Model::load itself rejects an empty precision.
  std::optional<Precision> precision = Precision::fp32;
  // Whether the orientation in an image's metadata is applied. Part of preprocess(), which is
  // stored with vectors.
  OrientationProfile orientation = OrientationProfile::upright;
  // How JPEG files are decoded. Also part of preprocess().
  DecodeProfile decode = DecodeProfile::exact;
  // The way to make images square; absent: as the model was published. Also part of preprocess().
  std::optional<PreprocessSpec::Resize> resize = {};
  // For programs that encode only a few queries: fp32 weights are used in place, and packed when
  // the first larger batch needs them. Vectors differ from those of packed weights in the last
  // bits.
  bool lazy_packing = false;
  bool load_image_tower = true;  // false: saves the tower's loading time and memory
  bool load_text_tower = true;
  // Folder of cached digests of weight files, keyed by path, size, times and inode, so that a known
  // file need not be rehashed. Empty: no cache. An unreadable or unwritable folder is ignored.
  std::filesystem::path digest_cache = {};
};

struct ModelInfo {
  std::string name;         // the directory's name, or the one given with the spec
  std::string family;       // model family: "clip_vit", "bert", …; "pair": two towers
  std::string layout;       // checkpoint layout: "huggingface", …
  std::string fingerprint;  // SHA-256 over config, weights, tokenizer and preprocessing
  // Digest of the weights, hex, as in a pair.json (docs/formats/pair.md). Empty for a pair.
  std::string weights_digest;
  bool has_image = true;      // the model has an image tower, loaded or not
  bool has_text = true;       // the model has a text tower, loaded or not
  int64_t embedding_dim = 0;  // D
  int64_t parameters = 0;     // number of parameters of all towers
  int image_size = 0;         // S
  int patch_size = 0;         // P; 0 if the image tower is not a vision transformer
  int context_length = 0;     // maximum T
  float logit_scale = 0;      // exp of the stored logarithm; 0: unknown; not part of similarities
  // Of models with the sigmoid loss (SigLIP): sigmoid(logit_scale * cosine + logit_bias) is the
  // probability that a text describes an image.
  std::optional<float> logit_bias = {};
  std::string activation;  // "quick_gelu" or "gelu"
  // The layer that maps a pair's text vectors to the image space, such as
  // "untrained linear layer 768 -> 1000, seed 0". Empty for other models.
  std::string projection;
  std::optional<uint64_t> seed;  // of that layer
  // Ambiguities and contradictions in the model's files, one sentence each. Show them to users.
  std::vector<std::string> warnings;
};

// A model with an image tower, a text tower or both, possibly a pair of two single towers.
// Thread-safe: const functions of one object may be called concurrently. The weights are shared and
// read-only, each call uses its own workspace, and results equal those of sequential calls. With
// lazy_packing the last bits may differ, because a small batch may run before or after a larger one
// has packed the weights. Each call uses all cores, so concurrent calls share them. Moving and
// destroying an object must not overlap with a call.
class Model {
 public:
  // Loads a model. `spec`: a model directory or file, a directory with a pair.json, or
  // "text=PATH,image=PATH", optionally followed by ",seed=N" or ",projection=none"
  // (docs/formats/pair.md), or "MODEL+ADAPTER" with the directory of an adapter
  // (docs/formats/adapter.md). "NAME=SPEC" names the model NAME.
  // Throws Error: not_found, invalid_data (for a missing, extra or misshaped tensor, the message
  // states its name and the expected and found shape), invalid_argument (an invalid pair, options
  // without a precision), unsupported (a backend, device or precision that this build or machine
  // does not have).
  static Model load(const std::filesystem::path& spec, const ModelOptions& options = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  const ModelInfo& info() const;
  const Computation& computation() const;
  // Both throw unsupported if the model does not have that tower.
  const PreprocessSpec& preprocess() const;
  const Tokenizer& tokenizer() const;

  // Encodes preprocessed images. `pixels`: (B, 3, S, S) f32, from preprocess_pixels and
  // normalize_pixels. Returns (B, D), not normalized. Of a model whose images differ in size
  // (PreprocessSpec::variable_size), encodes images of S x S; ImageEncoder encodes all sizes.
  // Throws unsupported if the model has no image tower; invalid_argument if it was not loaded or
  // the number of pixels does not match `batch`.
  Matrix encode_pixels(std::span<const float> pixels, int64_t batch) const;

  // Encodes tokenized texts. `texts`: N results of Tokenizer::encode of any lengths, not padded.
  // Returns (N, D), row i for texts[i], not normalized.
  // Throws unsupported if the model has no text tower; invalid_argument if it was not loaded or the
  // tokens are not valid for it.
  Matrix encode_tokens(std::span<const TokenIds> texts) const;

 private:
  friend struct ModelAccess;  // of the library itself
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Scales every row to unit length in place. A row of zeros stays zeros.
void normalize_rows(Matrix& matrix);

}  // namespace sightline
