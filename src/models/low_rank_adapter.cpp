#include "models/low_rank_adapter.h"

#include <sightline/error.h>

#include <cmath>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "models/low_rank_product.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeightsFile = "adapter_model.safetensors";
constexpr std::string_view kPrefix = "base_model.model.", kA = ".lora_A.weight",
                           kB = ".lora_B.weight";
constexpr int64_t kMaxConfigBytes = 1 << 20;

std::string tensor_name(const std::string& module, std::string_view matrix) {
  return std::string(kPrefix) + module + std::string(matrix);
}

// The module of a tensor; empty for another name.
std::string module_of_tensor(const std::string& tensor) {
  if (!tensor.starts_with(kPrefix) || (!tensor.ends_with(kA) && !tensor.ends_with(kB))) return {};
  return tensor.substr(kPrefix.size(), tensor.size() - kPrefix.size() - kA.size());
}

}  // namespace

LowRankAdapter::LowRankAdapter(const fs::path& directory) {
  const fs::path file = directory / kAdapterConfigFile;
  config_text_ = read_text_file(file, kMaxConfigBytes);
  config_ = parse_low_rank_config(config_text_, file.string());
  weights_ =
      std::make_shared<Checkpoint>(directory, WeightNames{kWeightsFile, "adapter_model.bin"});
  for (const auto& [name, entry] : weights_->entries()) {
    const std::string module = module_of_tensor(name);
    if (module.empty()) {
      throw Error(ErrorCode::unsupported, "the adapter '", directory.string(), "' has the tensor '",
                  name, "', expected only ", kPrefix, "LAYER", kA, " and ", kB,
                  " of linear layers");
    }
    if (!config_.selects(module)) {
      throw Error(ErrorCode::invalid_data, "the adapter '", directory.string(),
                  "' has matrices for '", module, "', which is not in the target_modules and ",
                  "layers_to_transform of its ", kAdapterConfigFile);
    }
    modules_.insert(module);
  }
  if (modules_.empty())
    throw Error(ErrorCode::invalid_data, "the adapter '", directory.string(), "' has no tensors");
}

void LowRankAdapter::check(const std::string& module, const Shape& weight) const {
  const int64_t rank = config_.rank_of(module);
  if (weight.size() != 2) {
    throw Error(ErrorCode::unsupported, "the adapter '", weights_->where(), "' has matrices for '",
                module, "', whose weight has shape ", shape_text(weight),
                "; expected a linear layer");
  }
  for (const auto& [matrix, shape] :
       {std::pair(kA, Shape{rank, weight[1]}), std::pair(kB, Shape{weight[0], rank})}) {
    const std::string name = tensor_name(module, matrix);
    const TensorEntry* entry = weights_->find(name);
    if (entry == nullptr || entry->shape != shape) {
      throw Error(ErrorCode::invalid_data, "the adapter '", weights_->where(),
                  "' does not fit the model: tensor '", name, "' ",
                  (entry == nullptr ? "is missing" : "has shape " + shape_text(entry->shape)),
                  ", expected ", shape_text(shape), " for rank ", rank, " and a weight of shape ",
                  shape_text(weight));
    }
  }
}

Tensor LowRankAdapter::merged(const std::string& module, const Tensor& weight) const {
  const int64_t rows = weight.dim(0), columns = weight.dim(1), rank = config_.rank_of(module);
  const Tensor a = weights_->load(tensor_name(module, kA), {rank, columns});
  const Tensor b = weights_->load(tensor_name(module, kB), {rows, rank});
  return plus_low_rank(weight, b.data<float>(), a.data<float>(), rank, config_.scale_of(module));
}

std::string AdaptedSource::module_of(const std::string& name) const {
  constexpr std::string_view kWeight = ".weight";
  if (!name.ends_with(kWeight)) return {};
  std::string module = name.substr(0, name.size() - kWeight.size());
  return adapter_.modules().contains(module) ? module : std::string();
}

std::string AdaptedSource::used_module(const std::string& name, const Shape& shape) {
  std::string module = module_of(name);
  if (module.empty()) return module;
  adapter_.check(module, shape);
  used_.insert(module);
  return module;
}

Tensor AdaptedSource::take(const std::string& name, const Shape& shape) {
  const std::string module = used_module(name, shape);
  Tensor weight = base_->take(name, shape);
  return module.empty() ? weight : adapter_.merged(module, weight);
}

void AdaptedSource::check(const std::string& name, const Shape& shape) {
  used_module(name, shape);
  base_->check(name, shape);
}

void AdaptedSource::finish() const {
  base_->finish();
  std::string unknown;
  int64_t count = 0;
  for (const std::string& module : adapter_.modules()) {
    if (used_.contains(module)) continue;
    if (count++ == 0) unknown = module;
  }
  if (count == 0) return;
  throw Error(ErrorCode::invalid_data, "the adapter '", adapter_.weights()->where(),
              "' has matrices for ", count, count == 1 ? " layer" : " layers",
              " that the model does not have, the first is '", unknown, "'");
}

void write_low_rank_adapter(const fs::path& directory, const std::string& base_model, double alpha,
                            std::span<const LowRankFactors> layers) {
  if (layers.empty()) throw Error(ErrorCode::internal, "an adapter without layers");
  const int64_t rank = layers.front().a.dim(0);
  std::vector<NamedTensor> tensors;
  Json targets = Json::array();
  for (const LowRankFactors& layer : layers) {
    if (layer.a.dim(0) != rank || layer.b.dim(1) != rank)
      throw Error(ErrorCode::internal, "the layers of an adapter have several ranks");
    // Full names, so that PEFT adapts no other layer of the same last name.
    targets.push_back(layer.module);
    tensors.push_back({tensor_name(layer.module, kA), layer.a});
    tensors.push_back({tensor_name(layer.module, kB), layer.b});
  }
  const bool whole = alpha == std::floor(alpha);
  const Json config = {
      {"peft_type", "LORA"},
      {"base_model_name_or_path", text_or_null(base_model)},
      {"task_type", nullptr},
      {"inference_mode", true},
      {"r", rank},
      {"lora_alpha", whole ? Json(static_cast<int64_t>(alpha)) : Json(alpha)},
      {"lora_dropout", 0.0},
      {"target_modules", targets},
      {"rank_pattern", Json::object()},
      {"alpha_pattern", Json::object()},
      {"use_rslora", false},
      {"use_dora", false},
      {"bias", "none"},
      {"fan_in_fan_out", false},
      {"modules_to_save", nullptr},
      {"init_lora_weights", true},
  };
  make_folder(directory);
  write_file_atomic(directory / kAdapterConfigFile, json_text(config, 2) + "\n");
  write_safetensors(directory / kWeightsFile, tensors, FloatStorage::f32);
}

}  // namespace sightline
