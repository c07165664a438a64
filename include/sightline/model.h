// A two-tower model: pictures and texts to vectors in one space.
#pragma once

#include <sightline/image.h>
#include <sightline/matrix.h>
#include <sightline/tokenizer.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct ModelOptions {
  std::string backend = "onednn";      // "onednn", or "torch" where built with libtorch
  std::string precision = "fp32";
  // What a picture's orientation tag does; part of preprocess(), so recorded with every vector.
  OrientationProfile orientation = OrientationProfile::parity;
  bool load_image_tower = true;        // a tower that is not loaded costs neither time nor memory
  bool load_text_tower = true;
};

struct ModelInfo {
  std::string name;                    // the directory's name
  std::string family;                  // "clip_vit"
  std::string layout;                  // how its files are kept: "huggingface"
  std::string fingerprint;             // SHA-256 over config, weights, tokenizer and preprocessing
  int64_t embedding_dim = 0;           // D
  int64_t parameters = 0;              // of both towers
  int image_size = 0;                  // S
  int patch_size = 0;                  // P; 0: no vision transformer
  int context_length = 0;              // T at most
  float logit_scale = 0;               // exp of the stored logarithm; not part of any similarity
  std::string activation;              // "quick_gelu" or "gelu"
  // What the files leave in doubt or contradict, one sentence each. Whoever loads a model for a
  // person shows them.
  std::vector<std::string> warnings;
};

// Loads a directory as Hugging Face's CLIPModel.save_pretrained writes it. Encoding calls on one
// object must not overlap (they use all the cores anyway); different objects are independent.
class Model {
 public:
  // Throws Error: not_found, invalid_data (a missing, extra or misshaped tensor is named, with
  // expected and found), unsupported.
  static Model load(const std::filesystem::path& directory, const ModelOptions& options = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  const ModelInfo& info() const;
  const PreprocessSpec& preprocess() const;
  const Tokenizer& tokenizer() const;

  // Pixels that went through preprocess_pixels and normalize_pixels: (B, 3, S, S) f32.
  // -> (B, D), not normalised to unit length.
  Matrix encode_pixels(std::span<const float> pixels, int64_t batch) const;

  // Token ids as Tokenizer::encode gives them, each of its own length. -> (N, D), not normalised,
  // row i for ids[i]. The tower runs only as far as each text's end token.
  Matrix encode_tokens(std::span<const TokenIds> texts) const;

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Scales every row to unit length in place. A row of zeros stays zeros.
void normalize_rows(Matrix& matrix);

}  // namespace sightline
