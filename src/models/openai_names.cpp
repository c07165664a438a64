#include "models/openai_names.h"

#include <array>
#include <string_view>
#include <utility>

namespace sightline {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;  // wanted, in the file

constexpr std::string_view kVision = "vision_model.", kText = "text_model.",
                           kLayers = "encoder.layers.";

// Tensors outside the blocks, of a tower.
constexpr std::array<Pair, 6> kVisionNames = {
    {{"head.", "attn_pool."},
     {"embeddings.class_embedding", "class_embedding"},
     {"embeddings.patch_embedding.", "conv1."},
     {"embeddings.position_embedding.weight", "positional_embedding"},
     {"pre_layrnorm.", "ln_pre."},
     {"post_layernorm.", "ln_post."}}};
constexpr std::array<Pair, 4> kTextNames = {
    {{"embeddings.class_embedding", "cls_emb"},
     {"embeddings.token_embedding.", "token_embedding."},
     {"embeddings.position_embedding.weight", "positional_embedding"},
     {"final_layer_norm.", "ln_final."}}};
// Within a block.
constexpr std::array<Pair, 7> kBlockNames = {{{"layer_norm1.", "ln_1."},
                                              {"layer_scale1", "ls_1.gamma"},
                                              {"layer_scale2", "ls_2.gamma"},
                                              {"layer_norm2.", "ln_2."},
                                              {"mlp.fc1.", "mlp.c_fc."},
                                              {"mlp.fc2.", "mlp.c_proj."},
                                              {"self_attn.out_proj.", "attn.out_proj."}}};
// Parts of the fused projection, in its order of rows.
constexpr std::array<std::string_view, 3> kQkv = {"self_attn.q_proj.", "self_attn.k_proj.",
                                                  "self_attn.v_proj."};

// `rest` with its beginning replaced; empty where no pair fits.
template <size_t N>
std::string exchange(std::string_view rest, const std::array<Pair, N>& names) {
  for (const auto& [wanted, found] : names) {
    if (rest.starts_with(wanted)) return std::string(found).append(rest.substr(wanted.size()));
  }
  return {};
}

// A tensor of block `rest` = "3.self_attn.q_proj.weight"; `tower` is the prefix of "transformer" in
// the file.
FileTensor in_block(const std::string& tower, std::string_view rest, const Shape& shape) {
  const size_t dot = rest.find('.');
  const std::string block = tower + "transformer.resblocks." + std::string(rest.substr(0, dot + 1));
  rest.remove_prefix(dot + 1);
  for (size_t i = 0; i < kQkv.size(); ++i) {
    if (!rest.starts_with(kQkv[i])) continue;
    Shape fused = shape;
    fused[0] *= static_cast<int64_t>(kQkv.size());
    const std::string name = block + "attn.in_proj_" + std::string(rest.substr(kQkv[i].size()));
    return {name, fused, FileTensor::Part::rows, static_cast<int64_t>(i) * shape[0]};
  }
  return {block + exchange(rest, kBlockNames), shape};
}

class Translation {
 public:
  explicit Translation(const Checkpoint& checkpoint) : text_(openai_text_prefix(checkpoint)) {
    const TensorEntry* scale = checkpoint.find("logit_scale");
    if (scale != nullptr && scale->shape == Shape{1}) logit_scale_ = {1};
  }

  FileTensor operator()(const std::string& name, const Shape& shape) const {
    const std::string_view all = name;
    if (all.starts_with(kVision))
      return in_tower(all.substr(kVision.size()), "visual.", kVisionNames, shape);
    if (all.starts_with(kText)) return in_tower(all.substr(kText.size()), text_, kTextNames, shape);
    if (name == "visual_projection.weight") return turned("visual.proj", shape);
    if (name == "text_projection.weight") return turned(text_ + "text_projection", shape);
    // Some training runs write the scale with shape (1).
    if (name == "logit_scale") return {name, logit_scale_};
    return {name, shape};  // visual.… of a ModifiedResNet
  }

 private:
  template <size_t N>
  static FileTensor in_tower(std::string_view rest, const std::string& prefix,
                             const std::array<Pair, N>& names, const Shape& shape) {
    if (rest.starts_with(kLayers)) return in_block(prefix, rest.substr(kLayers.size()), shape);
    return {prefix + exchange(rest, names), shape};
  }

  static FileTensor turned(std::string name, const Shape& shape) {
    return {std::move(name), {shape[1], shape[0]}, FileTensor::Part::transposed};
  }

  std::string text_;
  Shape logit_scale_;
};

bool is_buffer(std::string_view name) {
  return name == "attn_mask" || name == "text.attn_mask" || name == "input_resolution" ||
         name == "context_length" || name == "vocab_size" ||
         (name.starts_with("visual.") && name.ends_with(".num_batches_tracked"));
}

}  // namespace

std::string openai_text_prefix(const Checkpoint& checkpoint) {
  return checkpoint.find("text.positional_embedding") != nullptr ? "text." : "";
}

bool has_openai_names(const Checkpoint& checkpoint) {
  const std::string text = openai_text_prefix(checkpoint);
  return checkpoint.find("visual.conv1.weight") != nullptr &&
         checkpoint.find(text + "positional_embedding") != nullptr &&
         checkpoint.find(text + "token_embedding.weight") != nullptr;
}

std::function<FileTensor(const std::string& name, const Shape& shape)> openai_tensor_names(
    const Checkpoint& checkpoint) {
  return Translation(checkpoint);
}

std::unique_ptr<ParameterSource> openai_parameters(const Checkpoint& checkpoint) {
  auto source = std::make_unique<TranslatedSource>(checkpoint, openai_tensor_names(checkpoint));
  for (const auto& [name, entry] : checkpoint.entries()) {
    if (is_buffer(name)) source->ignore(name);
  }
  return source;
}

}  // namespace sightline
