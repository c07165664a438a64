// Low-rank adapters (LoRA) in PEFT's files: a linear layer's weight W (N, K) becomes
// W + scale * B A with B (N, r) and A (r, K). Reading, writing, and loading a model with one.
// Source: Hu et al. 2021; huggingface/peft src/peft/tuners/lora/layer.py (get_delta_weight),
// utils/save_and_load.py (names of tensors).
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>

#include "models/low_rank_config.h"
#include "models/parameter_source.h"

namespace sightline {

// adapter_config.json and adapter_model.safetensors (or .bin). Its tensors are
// base_model.model.MODULE.lora_A.weight (r, K) and .lora_B.weight (N, r).
class LowRankAdapter {
 public:
  // Throws not_found, and what parse_low_rank_config and Checkpoint throw; invalid_data for a
  // tensor of another name or shape, and for a module that the config does not select.
  explicit LowRankAdapter(const std::filesystem::path& directory);

  const LowRankConfig& config() const { return config_; }
  const std::string& config_text() const { return config_text_; }
  const std::shared_ptr<const Checkpoint>& weights() const { return weights_; }
  // "vision_model.encoder.layers.0.self_attn.q_proj"
  const std::set<std::string>& modules() const { return modules_; }

  // Throws invalid_data where the module's matrices do not fit a weight of that shape.
  void check(const std::string& module, const Shape& weight) const;
  // weight + scale * B A, in fp32.  weight (N, K) -> (N, K)
  Tensor merged(const std::string& module, const Tensor& weight) const;

 private:
  LowRankConfig config_;
  std::string config_text_;
  std::shared_ptr<const Checkpoint> weights_;
  std::set<std::string> modules_;
};

// The weights of `base` with the adapter's additions, under the names that the towers ask for.
class AdaptedSource : public ParameterSource {
 public:
  AdaptedSource(std::unique_ptr<ParameterSource> base, LowRankAdapter adapter)
      : base_(std::move(base)), adapter_(std::move(adapter)) {}

  Tensor take(const std::string& name, const Shape& shape) override;
  void check(const std::string& name, const Shape& shape) override;
  // Also throws invalid_data for modules that the model does not have.
  void finish() const override;
  bool uses(const std::string& file_name) const override { return base_->uses(file_name); }
  FileTensor locate(const std::string& name, const Shape& shape) const override {
    return base_->locate(name, shape);
  }
  bool has_addition(const std::string& name) const override {
    return !module_of(name).empty() || base_->has_addition(name);
  }

 private:
  // The adapter's module of a weight; empty where it has none.
  std::string module_of(const std::string& name) const;
  // The same, as a use of the module. Checks the shapes.
  std::string used_module(const std::string& name, const Shape& shape);

  std::unique_ptr<ParameterSource> base_;
  LowRankAdapter adapter_;
  std::set<std::string> used_;
};

// The matrices of one layer, host f32.
struct LowRankFactors {
  std::string module;
  Tensor a, b;  // (r, K), (N, r)
};

// Writes a directory that PEFT loads for a CLIPModel of transformers. All layers have the same
// rank. `base_model`: becomes base_model_name_or_path. Throws io.
void write_low_rank_adapter(const std::filesystem::path& directory, const std::string& base_model,
                            double alpha, std::span<const LowRankFactors> layers);

}  // namespace sightline
