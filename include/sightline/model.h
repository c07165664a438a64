// Models: towers that map images, texts or both to vectors of one space.
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
  Device device;  // cuda: with Backend::torch, where libtorch has it
  // Empty: chosen by data, in functions that have data to choose by (precision.h, experiment.h).
  // Model::load itself refuses an empty one.
  std::optional<Precision> precision = Precision::fp32;
  // Whether an image's EXIF orientation is applied. Part of preprocess(), which is recorded with
  // every vector.
  OrientationProfile orientation = OrientationProfile::parity;
  // How JPEG files are decoded. Part of preprocess() too.
  DecodeProfile decode = DecodeProfile::exact;
  // For a program that encodes only a few queries: fp32 weights are used in place and packed
  // lazily, when larger batches first need them. The last places of vectors differ from a packed
  // model's.
  bool lazy_packing = false;
  bool load_image_tower = true;  // a tower that is not loaded needs neither time nor memory
  bool load_text_tower = true;
  // Folder of remembered digests of weight files, found by path, size, times and inode: a model
  // that was loaded before need not be rehashed. Empty: always computed. An unreadable or
  // unwritable folder is ignored.
  std::filesystem::path digest_cache = {};
};

struct ModelInfo {
  std::string name;           // the directory's name
  std::string family;         // "clip_vit", "bert", …; "pair": two of them
  std::string layout;         // checkpoint layout: "huggingface"
  std::string fingerprint;    // SHA-256 over config, weights, tokenizer and preprocessing
  bool has_image = true;      // the model has an image tower, loaded or not
  bool has_text = true;       // the model has a text tower, loaded or not
  int64_t embedding_dim = 0;  // D
  int64_t parameters = 0;     // of all towers
  int image_size = 0;         // S
  int patch_size = 0;         // P; 0: no vision transformer
  int context_length = 0;     // T at most
  float logit_scale = 0;      // exp of the stored logarithm; not part of any similarity
  std::string activation;     // "quick_gelu" or "gelu"
  // Of a pair: the layer between the text tower and the space of the images,
  // "untrained linear layer 768 -> 1000, seed 0". Else empty.
  std::string projection;
  std::optional<uint64_t> seed;  // of that layer
  // Ambiguities and contradictions in the model's files, one sentence each, to be shown to users.
  std::vector<std::string> warnings;
};

// A model of one of the families, or two single towers as a pair.
// Thread-safety: all const functions may be called on one object from several threads at once. The
// weights are shared and read-only, and each call has a workspace of its own; the vectors are those
// of calls one after the other, except in the last bits with lazy_packing, where a small batch may
// run before or after a larger one has packed the weights. One call uses all cores, so overlapping
// calls share them. Moving and destroying an object must not overlap with a call.
class Model {
 public:
  // A directory or file with a model, a directory with a pair.json, or "text=PATH,image=PATH" with
  // ",seed=N" or ",projection=none" (docs/formats/pair.md).
  // Throws Error: not_found, invalid_data (a missing, extra or misshaped tensor is named, with
  // expected and found), invalid_argument (a spec that makes no pair, options without a precision),
  // unsupported (a backend, device or precision that this build or machine does not have).
  static Model load(const std::filesystem::path& spec, const ModelOptions& options = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  const ModelInfo& info() const;
  const Computation& computation() const;
  // Each throws unsupported where the model has no such tower.
  const PreprocessSpec& preprocess() const;
  const Tokenizer& tokenizer() const;

  // Encodes preprocessed images.
  //   pixels (B, 3, S, S) f32, from preprocess_pixels and normalize_pixels
  //   -> (B, D), not of unit length
  // Throws unsupported where the model has no image tower; invalid_argument where it was not loaded
  // or the size does not fit.
  Matrix encode_pixels(std::span<const float> pixels, int64_t batch) const;

  // Encodes tokenized texts.
  //   texts N results of Tokenizer::encode, of any lengths, without padding
  //   -> (N, D), row i for texts[i], not of unit length
  // Throws as encode_pixels.
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
