// GGUF files of clip.cpp: both towers of a CLIP or one of them, with config and vocabulary in the
// file. llama.cpp's files of image encoders have the same names but no tower of their own.
// Source: monatis/clip.cpp models/convert_hf_to_gguf.py; ggml-org/llama.cpp tools/mtmd/clip-impl.h,
// tools/mtmd/legacy-models/convert_image_encoder_to_gguf.py.
#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "models/clip_config.h"
#include "models/layouts.h"
#include "models/optional_scale.h"
#include "models/prefixed_checkpoint.h"
#include "text/tokenizers/load_tokenizer.h"
#include "text/tokenizers/merge_recovery.h"
#include "weights/gguf.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Larger sizes are a mistake or an attack. Products of all sizes stay far from overflow.
constexpr int64_t kMaxExtent = 1 << 20, kMaxLayers = 1000;
constexpr const char* kTokens = "tokenizer.ggml.tokens";
constexpr const char* kMerges = "tokenizer.ggml.merges";

using Pair = std::pair<std::string_view, std::string_view>;  // wanted, in the file

constexpr std::array<Pair, 8> kTowerNames = {{{"embeddings.class_embedding", "class_embd"},
                                              {"embeddings.patch_embedding.", "patch_embd."},
                                              {"embeddings.position_embedding.", "position_embd."},
                                              {"embeddings.token_embedding.", "token_embd."},
                                              {"pre_layrnorm.", "pre_ln."},
                                              {"post_layernorm.", "post_ln."},
                                              {"final_layer_norm.", "post_ln."},
                                              {"encoder.layers.", "blk."}}};
// Within a block. clip.cpp gives the first linear layer the name "down".
constexpr std::array<Pair, 8> kBlockNames = {{{"layer_norm1.", "ln1."},
                                              {"layer_norm2.", "ln2."},
                                              {"self_attn.q_proj.", "attn_q."},
                                              {"self_attn.k_proj.", "attn_k."},
                                              {"self_attn.v_proj.", "attn_v."},
                                              {"self_attn.out_proj.", "attn_out."},
                                              {"mlp.fc1.", "ffn_down."},
                                              {"mlp.fc2.", "ffn_up."}}};
constexpr std::array<Pair, 2> kUpFirst = {{{"mlp.fc1.", "ffn_up."}, {"mlp.fc2.", "ffn_down."}}};

template <size_t N>
bool exchange(std::string& name, const std::array<Pair, N>& names) {
  for (const auto& [wanted, found] : names) {
    if (!name.starts_with(wanted)) continue;
    name.replace(0, wanted.size(), found);
    return true;
  }
  return false;
}

// Later files of llama.cpp name the first linear layer "up". Its biases tell, which have the
// numbers of hidden features and of the tower's width.
bool has_up_first(const Checkpoint& weights, const std::string& tower, const TransformerConfig& c) {
  const TensorEntry* up = weights.find(tower + "blk.0.ffn_up.bias");
  return up != nullptr && c.mlp != c.width && up->shape == Shape{c.mlp};
}

class Translation {
 public:
  Translation(const Checkpoint& weights, const ClipConfig& clip)
      : vision_up_first_(has_up_first(weights, "v.", clip.vision)),
        text_up_first_(has_up_first(weights, "t.", clip.text)) {}

  FileTensor operator()(const std::string& name, const Shape& shape) const {
    constexpr std::string_view kVision = "vision_model.", kText = "text_model.";
    if (name.starts_with(kVision))
      return {"v." + in_tower(name.substr(kVision.size()), vision_up_first_), shape};
    if (name.starts_with(kText))
      return {"t." + in_tower(name.substr(kText.size()), text_up_first_), shape};
    return {name, shape};
  }

 private:
  static std::string in_tower(std::string rest, bool up_first) {
    exchange(rest, kTowerNames);
    if (!rest.starts_with("blk.")) return rest;
    const size_t dot = rest.find('.', 4);
    std::string inner = rest.substr(dot + 1);
    if (!up_first || !exchange(inner, kUpFirst)) exchange(inner, kBlockNames);
    return rest.substr(0, dot + 1) + inner;
  }

  bool vision_up_first_, text_up_first_;
};

const GgufFile& gguf_of(const Checkpoint& weights) {
  return dynamic_cast<const GgufFile&>(*weights.only_file());
}

TransformerConfig read_tower(const GgufMetadata& data, const std::string& tower) {
  TransformerConfig config;
  config.width = data.size(tower + "embedding_length", 1, kMaxExtent);
  config.layers = data.size(tower + "block_count", 1, kMaxLayers);
  config.heads = data.size(tower + "attention.head_count", 1, kMaxExtent);
  config.mlp = data.size(tower + "feed_forward_length", 1, kMaxExtent);
  const std::string eps = tower + "attention.layer_norm_epsilon";
  config.eps = static_cast<float>(data.number(eps));
  if (!(config.eps > 0 && config.eps < 1)) data.fail(eps, "a number between 0 and 1");
  if (config.width % config.heads != 0)
    data.fail(tower + "attention.head_count", message("a divisor of the width ", config.width));
  if (data.flag("clip.use_silu", false)) data.fail("clip.use_silu", "no SiLU, which no CLIP has");
  config.activation = data.flag("clip.use_gelu", false) ? Activation::gelu : Activation::quick_gelu;
  return config;
}

void read_vision(const GgufMetadata& data, ClipConfig& clip) {
  clip.vision = read_tower(data, "clip.vision.");
  clip.image_size = data.size("clip.vision.image_size", 1, kMaxExtent);
  clip.patch_size = data.size("clip.vision.patch_size", 1, clip.image_size);
  clip.embedding_dim = data.size("clip.vision.projection_dim", 1, kMaxExtent);
}

void read_text(const GgufMetadata& data, const Checkpoint& weights, ClipConfig& clip) {
  clip.text = read_tower(data, "clip.text.");
  clip.context_length = data.size("clip.text.context_length", 2, kMaxExtent);
  const TensorEntry* table = weights.find("t.token_embd.weight");
  if (table == nullptr || table->shape.size() != 2 || table->shape[0] < 3) {
    throw Error(ErrorCode::invalid_data, "'", weights.where(),
                "' has no text tower: the tensor 't.token_embd.weight' is ",
                table == nullptr ? "missing" : "of shape " + shape_text(table->shape));
  }
  clip.vocab_size = table->shape[0];
  clip.eos_token_id = clip.vocab_size - 1;
  const auto tokens = data.texts(kTokens);
  const auto end = std::ranges::find(tokens, kEndToken);
  if (end != tokens.end()) clip.eos_token_id = end - tokens.begin();
  const int64_t dim = data.size("clip.text.projection_dim", 1, kMaxExtent);
  if (clip.embedding_dim != 0 && dim != clip.embedding_dim)
    data.fail("clip.text.projection_dim", message("the image tower's ", clip.embedding_dim));
  clip.embedding_dim = dim;
}

// Refuses the files of other programs of ggml, and image encoders of language models, whose last
// layers and projection are left out.
void check_kind(const Checkpoint& weights, const GgufMetadata& data) {
  if (data.text("general.architecture") != "clip")
    data.fail("general.architecture", "'clip': of GGUF files, CLIP's are read");
  const auto first = weights.entries().lower_bound("mm.");
  const bool projects = first != weights.entries().end() && first->first.starts_with("mm.");
  const std::string type(data.text("clip.vision.projector_type", data.text("clip.projector_type")));
  if (type.empty() && !projects && !data.flag("clip.has_llava_projector", false)) return;
  throw Error(ErrorCode::unsupported, "'", weights.where(),
              "' is the image encoder of a language model",
              type.empty() ? "" : " (projector '" + type + "')",
              ": its patches are that model's input, and it has no vector of an image; expected a "
              "CLIP file as clip.cpp writes it, with both towers or one");
}

PreprocessSpec read_preprocessing(const GgufMetadata& data, int64_t image_size) {
  PreprocessSpec spec;
  spec.resize_size = spec.crop_size = static_cast<int>(image_size);
  for (const auto& [key, values] : {std::pair("clip.vision.image_mean", &spec.mean),
                                    std::pair("clip.vision.image_std", &spec.std)}) {
    const std::vector<float> found = data.floats(key);
    const bool is_std = values == &spec.std;
    if (found.size() != 3 || !std::ranges::all_of(found, [&](float x) {
          return std::isfinite(x) && (!is_std || x > 0);
        }))
      data.fail(key, is_std ? "three positive numbers" : "three finite numbers");
    std::ranges::copy(found, values->begin());
  }
  return spec;
}

// The strings of a vocabulary or of its merges.
std::vector<std::string_view> limited_texts(const GgufMetadata& data, const char* key,
                                            const Checkpoint& weights) {
  std::vector<std::string_view> texts = data.texts(key);
  if (texts.size() > kMaxVocabulary) {
    throw Error(ErrorCode::limit_exceeded, "'", weights.where(), "': ", key, " has ", texts.size(),
                " strings, expected at most ", kMaxVocabulary);
  }
  return texts;
}

std::unique_ptr<Tokenizer> read_tokenizer(const Checkpoint& weights, int context_length) {
  const GgufMetadata& data = gguf_of(weights).metadata();
  const auto views = limited_texts(data, kTokens, weights);
  if (views.empty()) {
    return load_openai_style_tokenizer(fs::path(weights.where()).parent_path(), context_length);
  }
  std::vector<std::string> tokens(views.begin(), views.end());
  const std::string where = "'" + weights.where() + "': " + kTokens;
  MergeList merges;
  if (data.contains(kMerges)) {
    for (const std::string_view line : limited_texts(data, kMerges, weights))
      merges.push_back(split_merge(std::string(line), "a string of " + std::string(kMerges)));
  } else {
    merges = recover_merges(tokens, where);
  }
  return make_clip_tokenizer(std::move(tokens), merges, context_length, where);
}

bool matches_file(const fs::path&, const Checkpoint& weights) {
  return dynamic_cast<const GgufFile*>(weights.only_file()) != nullptr;
}

ModelSource open_file(const fs::path&, std::shared_ptr<const Checkpoint> weights) {
  const GgufMetadata& data = gguf_of(*weights).metadata();
  check_kind(*weights, data);
  const bool image = data.flag("clip.has_vision_encoder", false);
  const bool text = data.flag("clip.has_text_encoder", false);
  if (!image && !text) data.fail("clip.has_vision_encoder", "an image tower, a text tower or both");
  ClipConfig clip;
  if (image) read_vision(data, clip);
  if (text) read_text(data, *weights, clip);
  ModelSource source;
  source.family = image && text ? "clip_vit" : image ? "clip_vision" : "clip_text";
  source.config = clip;
  source.facts.emplace_back("layout", "gguf");
  // clip.cpp leaves logit_scale out.
  source.parameters = with_optional_scale(
      std::make_unique<TranslatedSource>(*weights, Translation(*weights, clip)), *weights);
  source.checkpoint = weights;
  if (image) {
    source.preprocess = [spec = read_preprocessing(data, clip.image_size)] { return spec; };
  }
  if (text) {
    source.tokenizer = [weights](int context_length) {
      return read_tokenizer(*weights, context_length);
    };
  }
  return source;
}

// The GGUF files of a directory without other weights.
std::vector<fs::path> gguf_files(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const fs::path& file : folder_entries(directory)) {
    if (is_trained_name(file)) return {};
    if (file.extension() == ".gguf") files.push_back(file);
  }
  return files;
}

bool matches(const fs::path& path) {
  return !gguf_files(path).empty();
}

ModelSource open(const fs::path& path) {
  const std::vector<fs::path> files = gguf_files(path);
  if (files.size() > 1) {
    throw Error(ErrorCode::invalid_argument, "'", path.string(), "' has ", files.size(),
                " GGUF files; name one of them, such as '", files.front().string(), "'");
  }
  return open_file(files.front(), open_checkpoint(files.front()));
}

}  // namespace

ModelLayout gguf_layout() {
  return {"gguf", matches, open, matches_file, open_file};
}

}  // namespace sightline
