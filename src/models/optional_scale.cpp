#include "models/optional_scale.h"

#include <algorithm>
#include <limits>

namespace sightline {
namespace {

constexpr const char *kScale = "logit_scale", *kBias = "logit_bias";

class OptionalScale : public ParameterSource {
 public:
  OptionalScale(std::unique_ptr<ParameterSource> base, const Checkpoint& checkpoint)
      : base_(std::move(base)), checkpoint_(checkpoint) {}

  Tensor take(const std::string& name, const Shape& shape) override {
    if (!is_missing(name)) return base_->take(name, shape);
    Tensor tensor(shape, DType::f32);
    std::fill_n(tensor.data<float>(), tensor.count(),
                name == kScale ? -std::numeric_limits<float>::infinity() : 0.0f);
    return tensor;
  }
  void check(const std::string& name, const Shape& shape) override {
    if (!is_missing(name)) base_->check(name, shape);
  }
  void finish() const override { base_->finish(); }
  bool uses(const std::string& file_name) const override { return base_->uses(file_name); }
  FileTensor locate(const std::string& name, const Shape& shape) const override {
    return base_->locate(name, shape);
  }

 private:
  bool is_missing(const std::string& name) const {
    return (name == kScale || name == kBias) && checkpoint_.find(name) == nullptr;
  }

  std::unique_ptr<ParameterSource> base_;
  const Checkpoint& checkpoint_;
};

}  // namespace

std::unique_ptr<ParameterSource> with_optional_scale(std::unique_ptr<ParameterSource> base,
                                                     const Checkpoint& checkpoint) {
  return std::make_unique<OptionalScale>(std::move(base), checkpoint);
}

}  // namespace sightline
