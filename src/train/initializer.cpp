#include "train/initializer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/hash.h"
#include "base/random.h"

namespace sightline {
namespace {

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

double Initializer::scale(const std::string& name) const {
  const TransformerConfig& tower = name.starts_with("vision") || name.starts_with("visual") ? config_.vision : config_.text;
  const double width = 1 / std::sqrt(static_cast<double>(tower.width));
  // Whatever is added to the residual stream is scaled down by the number of additions.
  const double residual = width / std::sqrt(2.0 * static_cast<double>(tower.layers));
  if (contains(name, "token_embedding")) return 0.02;
  if (contains(name, "text_model.embeddings.position")) return 0.01;
  if (contains(name, "class_embedding") || contains(name, "position_embedding")) return width;
  if (contains(name, "patch_embedding")) return 0.02;
  if (contains(name, "out_proj") || contains(name, "fc2")) return residual;
  if (contains(name, "fc1")) return width / std::sqrt(2.0);
  return width;  // q, k, v and the two projections
}

Tensor Initializer::take(const std::string& name, const Shape& shape) {
  Tensor result(shape, DType::f32);
  float* values = result.data<float>();
  const int64_t count = result.count();
  if (name == "logit_scale") {
    std::fill_n(values, count, config_.logit_scale_init);
  } else if (name.ends_with(".bias")) {
    std::fill_n(values, count, 0.0f);
  } else if (contains(name, "norm")) {  // also "pre_layrnorm"
    std::fill_n(values, count, 1.0f);
  } else {
    const Digest digest = Sha256().update(name).digest();
    uint64_t key;
    std::memcpy(&key, digest.data(), sizeof key);
    Random random{seed_, key};
    const double sigma = scale(name);
    for (int64_t i = 0; i < count; ++i) values[i] = static_cast<float>(random.normal() * sigma);
  }
  return result;
}

}  // namespace sightline
