#include "train/torch/added_parameters.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "base/file.h"
#include "base/hash.h"
#include "models/low_rank_adapter.h"
#include "models/prompt_adapter.h"
#include "train/augment.h"
#include "train/torch/batches.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

// The purposes of random generators, part of their seeds (batches.cpp has others).
constexpr uint64_t kLowRank = 6, kPrompt = 7;

// Standard deviation of a random prompt, as in CoOp.
constexpr double kPromptDeviation = 0.02;

const at::Tensor& parameter_of(const TorchOps& ops, const std::string& name) {
  const auto& all = ops.parameters();
  const auto found = std::ranges::find(all, name, &TorchParameter::name);
  if (found == all.end()) throw Error(ErrorCode::internal, "there is no parameter '", name, "'");
  return found->value;
}

uint64_t key_of(const std::string& name) {
  const auto digest = sha256(std::span(reinterpret_cast<const uint8_t*>(name.data()), name.size()));
  uint64_t key;
  std::memcpy(&key, digest.data(), sizeof key);
  return key;
}

}  // namespace

// A is drawn as peft draws it (Kaiming, uniform, a = sqrt(5)): uniform in ±1 / sqrt(K).
void add_low_rank(TorchOps& ops, const LowRankSettings& settings, const ParameterPlaces& places,
                  uint64_t seed) {
  std::vector<LinearLayer> layers;
  for (const TorchLayer& layer : ops.linear_layers())
    layers.push_back({layer.name, layer.out_features, layer.in_features});
  for (const LowRankAddition& low : plan_low_rank(layers, settings, places)) {
    Tensor a({settings.rank, low.in}, DType::f32);
    Random random{seed, kLowRank, key_of(low.name)};
    const double bound = 1 / std::sqrt(static_cast<double>(low.in));
    for (int64_t i = 0; i < a.count(); ++i)
      a.data<float>()[i] = static_cast<float>(random.uniform(-bound, bound));
    ops.add_low_rank(low.layer, low.name, low.begin, low.size, a,
                     settings.alpha / static_cast<double>(settings.rank));
  }
}

// The vectors of "a photo of a" and, where the prompt is longer, small random ones.
void add_prompt(TorchOps& ops, const PublishedModel& model, PublishedTowers& towers,
                uint64_t seed) {
  const int64_t length = model.prompt_length;
  if (towers.token_table.empty() || length + 3 > towers.context_length) {
    throw Error(ErrorCode::unsupported, "the text tower of '", model.from, "' cannot take ", length,
                " vectors in front of every text of at most ", towers.context_length, " ids");
  }
  const Tensor table = host_copy(parameter_of(ops, towers.token_table));
  const int64_t width = table.dim(1);
  std::vector<int32_t> words = towers.tokenizer(towers.context_length)->encode("a photo of a").ids;
  words.erase(words.begin());  // start token
  words.pop_back();            // end token
  Tensor prompt({length, width}, DType::f32);
  Random random{seed, kPrompt};
  for (int64_t m = 0; m < length; ++m) {
    float* const to = prompt.data<float>() + m * width;
    if (m < static_cast<int64_t>(words.size())) {
      std::copy_n(table.data<float>() + words[static_cast<size_t>(m)] * width, width, to);
      continue;
    }
    for (int64_t c = 0; c < width; ++c)
      to[c] = static_cast<float>(kPromptDeviation * random.normal());
  }
  ops.add_prompt(kPromptName, prompt);
  towers.places.add_prompt();
}

void export_prompt(const TorchOps& ops, const PublishedModel& model,
                   const std::filesystem::path& folder) {
  make_folder(folder);
  const NamedTensor prompt{kPromptTensor, host_copy(parameter_of(ops, kPromptName))};
  write_safetensors(folder / kPromptFile, std::span(&prompt, 1), FloatStorage::f32);
  write_prompt_config(folder, model.from);
}

void export_low_rank(const TorchOps& ops, const PublishedModel& model,
                     const std::filesystem::path& folder) {
  std::map<std::string, LowRankFactors> layers;
  for (const TorchParameter& parameter : ops.parameters()) {
    if (!is_low_rank(parameter.name)) continue;
    const std::string module = parameter.name.substr(0, parameter.name.rfind(".lora_"));
    LowRankFactors& factors = layers[module];
    factors.module = module;
    (parameter.name.ends_with(kLowRankA) ? factors.a : factors.b) = host_copy(parameter.value);
  }
  std::vector<LowRankFactors> all;
  for (auto& [module, factors] : layers) all.push_back(std::move(factors));
  write_low_rank_adapter(folder, model.from, model.low_rank.alpha, all);
}

}  // namespace sightline
