// Writes a CLIP with a ModifiedResNet in OpenCLIP's layout.
// Source: mlfoundations/open_clip src/open_clip/model.py (CLIP, state dict) and factory.py
// (open_clip_config.json).
#include "train/export_open_clip.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "models/weight_builder.h"
#include "train/export.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<const char*, const char*>, 12> kNames = {{
    {"text_model.embeddings.token_embedding.weight", "token_embedding.weight"},
    {"text_model.embeddings.position_embedding.weight", "positional_embedding"},
    {"text_model.encoder.layers.", "transformer.resblocks."},
    {"text_model.final_layer_norm.", "ln_final."},
    {".self_attn.qkv_proj.weight", ".attn.in_proj_weight"},
    {".self_attn.qkv_proj.bias", ".attn.in_proj_bias"},
    {".self_attn.out_proj.", ".attn.out_proj."},
    {".layer_norm1.", ".ln_1."},
    {".layer_norm2.", ".ln_2."},
    {".mlp.fc1.", ".mlp.c_fc."},
    {".mlp.fc2.", ".mlp.c_proj."},
    {"text_projection.weight", "text_projection"},
}};

std::string open_clip_name(std::string name) {
  for (const auto& [ours, theirs] : kNames) {
    const size_t at = name.find(ours);
    if (at != std::string::npos) name.replace(at, std::string(ours).size(), theirs);
  }
  return name;
}

Tensor transposed(const Tensor& matrix) {
  const int64_t rows = matrix.dim(0), columns = matrix.dim(1);
  Tensor result({columns, rows}, DType::f32);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      result.data<float>()[c * rows + r] = matrix.data<float>()[r * columns + c];
    }
  }
  return result;
}

Tensor stacked(const Tensor& upper, const Tensor& lower) {
  Shape shape = upper.shape();
  shape[0] += lower.dim(0);
  Tensor result(shape, DType::f32);
  std::copy_n(upper.data<float>(), upper.count(), result.data<float>());
  std::copy_n(lower.data<float>(), lower.count(), result.data<float>() + upper.count());
  return result;
}

// The text tower's parameters with the last layer's query and key_value (models/transformer.h) as
// one qkv_proj, the file's in_proj.
std::vector<NamedTensor> with_fused_attention(std::span<const NamedTensor> parameters) {
  constexpr std::string_view kQuery = "q_proj.", kKeyValue = "kv_proj.";
  std::map<std::string, Tensor> queries;
  std::vector<NamedTensor> result;
  for (const NamedTensor& parameter : parameters) {
    const bool text = parameter.name.starts_with("text_model.");
    const size_t kv = parameter.name.find("self_attn.kv_proj.");
    const size_t q = parameter.name.find("self_attn.q_proj.");
    if (text && q != std::string::npos) {
      queries[parameter.name] = parameter.tensor;
    } else if (text && kv != std::string::npos) {
      const size_t at = parameter.name.find(kKeyValue);
      std::string query = parameter.name, fused = parameter.name;
      query.replace(at, kKeyValue.size(), kQuery);
      fused.replace(at, kKeyValue.size(), "qkv_proj.");
      result.push_back({fused, stacked(queries.at(query), parameter.tensor)});
    } else {
      result.push_back(parameter);
    }
  }
  return result;
}

json vision_config(const ClipConfig& c) {
  if (c.resnet) {
    return {{"image_size", c.image_size},
            {"layers", c.resnet->layers},
            {"width", c.resnet->width},
            {"patch_size", nullptr}};
  }
  return {{"image_size", c.image_size},
          {"layers", c.vision.layers},
          {"width", c.vision.width},
          {"head_width", c.vision.width / c.vision.heads},
          {"mlp_ratio", static_cast<double>(c.vision.mlp) / static_cast<double>(c.vision.width)},
          {"patch_size", c.patch_size}};
}

json text_config(const ClipConfig& c, bool own_tokenizer) {
  json text = {{"context_length", c.context_length},
               {"vocab_size", c.vocab_size},
               {"width", c.text.width},
               {"heads", c.text.heads},
               {"layers", c.text.layers},
               {"mlp_ratio", static_cast<double>(c.text.mlp) / static_cast<double>(c.text.width)}};
  // With any name open_clip reads the tokenizer in this directory.
  if (own_tokenizer) text["hf_tokenizer_name"] = ".";
  return text;
}

}  // namespace

void export_open_clip(const std::filesystem::path& directory, const ClipConfig& config,
                      int64_t steps, std::span<const NamedTensor> parameters,
                      std::span<const NamedTensor> buffers) {
  std::vector<NamedTensor> tensors = with_batches_tracked(buffers, steps);
  for (const NamedTensor& parameter : with_fused_attention(parameters)) {
    if (parameter.name.starts_with("visual.")) {
      for (NamedTensor& part : split_fused(parameter.name, parameter.tensor))
        tensors.push_back(std::move(part));
    } else if (parameter.name == "text_projection.weight") {
      tensors.push_back({open_clip_name(parameter.name), transposed(parameter.tensor)});
    } else {
      tensors.push_back({open_clip_name(parameter.name), parameter.tensor});
    }
  }
  write_file_atomic(directory / "open_clip_config.json",
                    open_clip_config_of(config, /*own_tokenizer=*/true));
  write_safetensors(directory / "open_clip_model.safetensors", tensors, FloatStorage::f16);
}

std::string open_clip_config_of(const ClipConfig& config, bool own_tokenizer) {
  const json model = {{"embed_dim", config.embedding_dim},
                      {"quick_gelu", config.text.activation == Activation::quick_gelu},
                      {"vision_cfg", vision_config(config)},
                      {"text_cfg", text_config(config, own_tokenizer)}};
  const json preprocess = {{"mean", {0.48145466, 0.4578275, 0.40821073}},
                           {"std", {0.26862954, 0.26130258, 0.27577711}},
                           {"interpolation", "bicubic"},
                           {"resize_mode", "shortest"}};
  return json{{"model_cfg", model}, {"preprocess_cfg", preprocess}}.dump(2) + "\n";
}

}  // namespace sightline
