#include "models/timm/vit.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "models/open_clip/config_keys.h"
#include "models/timm/timm_model.h"
#include "models/vision_transformer.h"

namespace sightline {
namespace {

constexpr std::string_view kTrunk = "visual.trunk.", kLayers = "encoder.layers.";
constexpr std::string_view kConvolutions = "vit_base_mci_";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool matches(const ConfigSection& vision) {
  const std::string name = vision.text("timm_model_name", "");
  return name.starts_with("vit_") && (contains(name, "_siglip_") || contains(name, "_clip_") ||
                                      contains(name, "_gap_") || name.starts_with(kConvolutions));
}

// --- names -----------------------------------------------------------------------------------

using Pair = std::pair<std::string_view, std::string_view>;  // requested, in the file

constexpr std::array<Pair, 10> kNames = {{{"embeddings.class_embedding", "cls_token"},
                                          {"embeddings.patch_embedding.", "patch_embed.proj."},
                                          {"embeddings.position_embedding.weight", "pos_embed"},
                                          {"pre_layrnorm.", "norm_pre."},
                                          {"post_layernorm.", "norm."},
                                          {"head.probe", "attn_pool.latent"},
                                          {"head.attention.q_proj.", "attn_pool.q."},
                                          {"head.attention.out_proj.", "attn_pool.proj."},
                                          {"head.layernorm.", "attn_pool.norm."},
                                          {"head.mlp.", "attn_pool.mlp."}}};
constexpr std::array<Pair, 6> kBlockNames = {{{"layer_norm1.", "norm1."},
                                              {"layer_norm2.", "norm2."},
                                              {"mlp.", "mlp."},
                                              {"layer_scale1", "ls1.gamma"},
                                              {"layer_scale2", "ls2.gamma"},
                                              {"self_attn.out_proj.", "attn.proj."}}};

template <size_t N>
std::string exchange(std::string_view rest, const std::array<Pair, N>& names) {
  for (const auto& [requested, found] : names) {
    if (rest.starts_with(requested))
      return std::string(found).append(rest.substr(requested.size()));
  }
  return std::string(rest);
}

// Part `index` of `count` projections of equal size that are one tensor in the file.
FileTensor part_of(std::string file, const Shape& shape, size_t index, int64_t count) {
  Shape whole = shape;
  whole[0] *= count;
  return {std::move(file), whole, FileTensor::Part::rows, static_cast<int64_t>(index) * shape[0]};
}

// A name after "vision_model.".
FileTensor tensor_of(std::string_view rest, const Shape& shape) {
  const std::string trunk(kTrunk);
  constexpr std::array<std::string_view, 3> kProjections = {"q_proj.", "k_proj.", "v_proj."};
  if (rest.starts_with(kLayers)) {
    rest.remove_prefix(kLayers.size());
    const size_t dot = rest.find('.') + 1;
    const std::string block = trunk + "blocks." + std::string(rest.substr(0, dot));
    rest.remove_prefix(dot);
    for (size_t i = 0; i < kProjections.size(); ++i) {
      const std::string part = "self_attn." + std::string(kProjections[i]);
      if (rest.starts_with(part))
        return part_of(block + "attn.qkv." + std::string(rest.substr(part.size())), shape, i, 3);
    }
    return {block + exchange(rest, kBlockNames), shape};
  }
  for (size_t i = 1; i < kProjections.size(); ++i) {
    const std::string part = "head.attention." + std::string(kProjections[i]);
    if (rest.starts_with(part))
      return part_of(trunk + "attn_pool.kv." + std::string(rest.substr(part.size())), shape, i - 1,
                     2);
  }
  // timm's tables have a first axis of 1.
  if (rest == "embeddings.position_embedding.weight")
    return {trunk + "pos_embed", {1, shape[0], shape[1]}};
  if (rest == "embeddings.class_embedding") return {trunk + "cls_token", {1, 1, shape[0]}};
  return {trunk + exchange(rest, kNames), shape};
}

// --- sizes -----------------------------------------------------------------------------------

// The shape of a tensor of the trunk; throws where there is none of that rank.
const Shape& shape_of(const TowerContext& context, const std::string& name, size_t rank) {
  const std::string file = std::string(kTrunk) + name;
  const TensorEntry* entry = context.checkpoint.find(file);
  if (entry == nullptr || entry->shape.size() != rank) {
    throw Error(ErrorCode::invalid_data, "the weights in '", context.checkpoint.where(),
                "' have no tensor '", file, "' of rank ", rank, ", which a timm vit has");
  }
  return entry->shape;
}

bool has(const TowerContext& context, const std::string& name) {
  return context.checkpoint.find(std::string(kTrunk) + name) != nullptr;
}

int64_t heads_of(std::string_view name, int64_t width) {
  for (const char* size :
       {"_so400m_", "_giantopt_", "_huge_", "_giant_", "_gigantic_", "vit_base_patch16_gap_"}) {
    if (contains(name, size)) return 16;
  }
  return std::max<int64_t>(1, width / 64);
}

Activation activation_of(std::string_view name) {
  if (contains(name, "_quickgelu_")) return Activation::quick_gelu;
  for (const char* part : {"vit_base_patch32_siglip_", "vit_large_patch16_siglip_512",
                           "vit_so400m_patch16_siglip_", "vit_giantopt_"}) {
    if (name.starts_with(part)) return Activation::gelu_tanh;
  }
  return Activation::gelu;
}

PoolingKind pooling_of(const ConfigSection& s, std::string_view name) {
  const std::string own = contains(name, "_siglip_") ? "map"
                          : contains(name, "_gap_")  ? "avg"
                                                     : "token";
  std::string pool = s.text("timm_pool", "avg");
  if (pool.empty()) pool = own;
  // Another pooling moves or adds norms.
  if (pool != own) s.fail("timm_pool", own + " for " + std::string(name));
  if (pool == "map") return PoolingKind::attention;
  return pool == "avg" ? PoolingKind::mean : PoolingKind::first;
}

TransformerConfig read_transformer(const ConfigSection& s, const std::string& name,
                                   const TowerContext& context) {
  TransformerConfig tower;
  const Shape& fc1 = shape_of(context, "blocks.0.mlp.fc1.weight", 2);
  tower.width = fc1[1];
  tower.mlp = fc1[0];
  while (has(context, "blocks." + std::to_string(tower.layers) + ".mlp.fc1.weight")) ++tower.layers;
  tower.heads = heads_of(name, tower.width);
  if (tower.width % tower.heads != 0) {
    throw Error(ErrorCode::invalid_data, "the weights in '", context.checkpoint.where(),
                "' have width ", tower.width, ", expected a multiple of the ", tower.heads,
                " heads of ", name);
  }
  tower.eps = contains(name, "_clip_") ? 1e-5f : 1e-6f;
  tower.activation = activation_of(name);
  tower.qkv_bias = has(context, "blocks.0.attn.qkv.bias");
  tower.layer_scale = has(context, "blocks.0.ls1.gamma");
  tower.pooling = pooling_of(s, name);
  return tower;
}

// --- vit_base_mci_224 ------------------------------------------------------------------------

// Three convolutions in place of the patches' linear layer, and a class token without position.
class ConvolutionVit : public ImageTower {
 public:
  ConvolutionVit(WeightBuilder& weights, const VisionTransformerConfig& config,
                 const std::array<int64_t, 3>& channels) {
    const TransformerConfig& transformer = config.transformer;
    const std::string name = "vision_model.", stem = std::string(kTrunk) + "patch_embed.backbone.";
    int64_t in = 3;
    for (size_t i = 0; i < channels.size(); ++i) {
      const std::string layer = stem + std::to_string(i) + ".";
      const bool last = i + 1 == channels.size();
      const int64_t side = i == 0 ? 4 : 2;
      stem_.push_back(weights.convolution(layer + "conv", last ? "" : layer + "bn", channels[i], in,
                                          side, side, 0, last));
      in = channels[i];
    }
    const int64_t grid = config.image_size / config.patch_size;
    class_token_ = weights.parameter(name + "embeddings.class_embedding", {transformer.width});
    positions_ = weights.parameter(name + "embeddings.position_embedding.weight",
                                   {grid * grid, transformer.width});
    transformer_.emplace(weights,
                         TransformerNames{name + "encoder.layers", name + "post_layernorm", ""},
                         transformer);
    if (config.embedding_dim > 0) {
      projection_ = weights.linear("visual_projection", config.embedding_dim, transformer.width,
                                   config.projection_bias, LayerPrecision::high);
    }
    no_positions_ = Tensor({grid * grid + 1, transformer.width}, DType::f32);
    std::fill_n(no_positions_.data<float>(), no_positions_.count(), 0.0f);
  }

  Tensor encode(Ops& ops, const Tensor& pixels) const override {
    // x = self.backbone(x): convolution, norm and GELU; the last one without both
    Tensor x = ops.nchw_to_nhwc(pixels);
    for (size_t i = 0; i < stem_.size(); ++i) {
      const Activation activation = i + 1 == stem_.size() ? Activation::none : Activation::gelu;
      x = ops.convolution(x, stem_[i], activation, {});
    }
    // x = x + pos_embed; x = torch.cat([cls_token, x], dim=1): no_embed_class
    x = ops.add_class_and_positions(x, Tensor(), positions_);
    x = ops.add_class_and_positions(x, class_token_, ops.from_host(no_positions_));
    if (projection_ == nullptr) return transformer_->encode(ops, std::move(x), {}, OutputType::f32);
    x = transformer_->encode(ops, std::move(x), {}, OutputType::compute);
    return ops.linear(x, projection_, Activation::none, {});
  }

 private:
  std::vector<Convolution> stem_;
  Tensor class_token_, positions_, no_positions_;
  std::optional<Transformer> transformer_;
  Linear projection_;
};

// --- the kind --------------------------------------------------------------------------------

struct Head {
  std::string name;  // in the file, without ".weight"
  bool bias = false;
};

// The projection after the trunk; nothing with timm_proj "none".
std::optional<Head> read_head(const ConfigSection& s) {
  switch (read_timm_projection(s)) {
    case TimmProjection::linear:
      return Head{"visual.head.proj", s.flag("timm_proj_bias", false)};
    case TimmProjection::classifier:
      return Head{std::string(kTrunk) + "head", true};
    case TimmProjection::none:
      return std::nullopt;
    case TimmProjection::mlp:
      break;
  }
  s.fail("timm_proj", "linear, none or null for this model");
}

ImageTowerSpec read(const ConfigSection& s, const TowerContext& context) {
  refuse_others(s, {"timm_model_name", "timm_pool", "timm_proj", "timm_proj_bias", "image_size"},
                {"timm_model_pretrained", "timm_drop", "timm_drop_path", "patch_dropout",
                 "output_tokens", "width", "layers", "patch_size", "head_width", "mlp_ratio"},
                {});
  const std::string name = s.text("timm_model_name", "");
  VisionTransformerConfig config;
  config.transformer = read_transformer(s, name, context);
  config.image_size = square_size(s, "image_size", 224);
  const bool convolutions = name.starts_with(kConvolutions);
  const Shape& patch = convolutions ? shape_of(context, "patch_embed.backbone.2.conv.weight", 4)
                                    : shape_of(context, "patch_embed.proj.weight", 4);
  config.patch_size = convolutions ? 16 : patch[2];
  if (config.patch_size < 1 || config.patch_size > config.image_size)
    s.fail("image_size", "at least the patch size " + std::to_string(config.patch_size));
  config.class_token = has(context, "cls_token");
  config.patch_bias = has(context, "patch_embed.proj.bias");
  config.pre_norm = has(context, "norm_pre.weight");
  const std::optional<Head> head = read_head(s);
  if (head) {
    config.embedding_dim = context.embedding_dim;
    config.projection_bias = head->bias;
  } else if (config.transformer.width != context.embedding_dim) {
    s.fail("timm_proj", "a projection from width " + std::to_string(config.transformer.width) +
                            " to embed_dim " + std::to_string(context.embedding_dim));
  }
  ImageTowerSpec spec;
  spec.image_size = config.image_size;
  spec.patch_size = config.patch_size;
  spec.activation = config.transformer.activation;
  spec.names = [head](const std::string& requested, const Shape& shape) -> FileTensor {
    constexpr std::string_view kVision = "vision_model.", kProjection = "visual_projection";
    if (requested.starts_with(kProjection))
      return {head->name + requested.substr(kProjection.size()), shape};
    return tensor_of(std::string_view(requested).substr(kVision.size()), shape);
  };
  if (!convolutions) {
    spec.build = [config](WeightBuilder& weights) {
      return std::make_unique<VisionTransformer>(weights, config);
    };
    return spec;
  }
  const std::array<int64_t, 3> channels = {
      shape_of(context, "patch_embed.backbone.0.conv.weight", 4)[0], patch[1], patch[0]};
  for (int i = 0; i < 2; ++i)
    spec.ignored.push_back(std::string(kTrunk) + "patch_embed.backbone." + std::to_string(i) +
                           ".bn.num_batches_tracked");
  spec.build = [config, channels](WeightBuilder& weights) {
    return std::make_unique<ConvolutionVit>(weights, config, channels);
  };
  return spec;
}

}  // namespace

ImageTowerKind timm_vit_kind() {
  return {"timm's vision transformers (vit_*_siglip_*, vit_*_clip_*, vit_*_gap_*, vit_base_mci_*)",
          matches, read};
}

}  // namespace sightline
