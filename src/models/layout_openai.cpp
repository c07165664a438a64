// OpenAI's .pt files. They have no config: sizes are inferred from the tensors, as in the
// reference; heads per width and activation are the same in all of them. Source: openai/CLIP
// clip/model.py (build_model), clip/clip.py (_transform).
#include <sightline/error.h>

#include <cmath>

#include "base/little_endian.h"
#include "models/clip_config.h"
#include "models/layouts.h"
#include "models/openai_names.h"
#include "models/tensor_sizes.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kHeadWidth = 64;
constexpr int64_t kMlpRatio = 4;
// Factor by which a ModifiedResNet reduces an image's side, and by which the last stage is wider.
constexpr int64_t kReduction = 32;

class Sizes : public TensorSizes {
 public:
  using TensorSizes::TensorSizes;

  // The side of the square of positions, without the class token.
  int64_t grid(const std::string& name) const {
    const int64_t positions = extent(name, 2, 0) - 1;
    const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(positions))));
    if (side < 1 || side * side != positions)
      fail("tensor '" + name + "' has " + std::to_string(positions + 1) +
           " positions, expected a square and one");
    return side;
  }

  // A size in OpenAI's buffers; it must equal the one inferred from the tensors.
  void check_buffer(const std::string& name, int64_t told) const {
    const TensorEntry* entry = weights().find(name);
    if (entry == nullptr || entry->dtype != "I64" || entry->bytes.size() != 8)
      fail("'" + name + "' is no single whole number");
    const auto value = read_little<int64_t>(entry->bytes, 0);
    if (value != told)
      fail("'" + name + "' is " + std::to_string(value) + ", but the tensors tell " +
           std::to_string(told));
  }

  TransformerConfig transformer(int64_t width, int64_t layers) const {
    if (width % kHeadWidth != 0)
      fail("a tower is " + std::to_string(width) + " wide, expected a multiple of " +
           std::to_string(kHeadWidth) + ", the width of a head");
    if (layers > 1000)
      fail("a tower has " + std::to_string(layers) + " layers, at most 1000 are read");
    return {.width = width,
            .layers = layers,
            .heads = width / kHeadWidth,
            .mlp = kMlpRatio * width,
            .activation = Activation::quick_gelu};
  }
};

ClipConfig read_sizes(const Checkpoint& weights) {
  const Sizes sizes(weights);
  ClipConfig config;
  if (weights.find("visual.proj") != nullptr) {
    config.vision = sizes.transformer(sizes.extent("visual.conv1.weight", 4, 0),
                                      sizes.count("visual.transformer.resblocks."));
    config.patch_size = sizes.extent("visual.conv1.weight", 4, 3);
    config.image_size = config.patch_size * sizes.grid("visual.positional_embedding");
  } else {
    ModifiedResnetConfig& tower = config.resnet.emplace();
    for (size_t i = 0; i < tower.layers.size(); ++i)
      tower.layers[i] = sizes.count("visual.layer" + std::to_string(i + 1) + ".");
    tower.width = sizes.extent("visual.layer1.0.conv1.weight", 4, 0);
    tower.heads = tower.width * kReduction / kHeadWidth;
    if (tower.heads == 0 || tower.width * kReduction % kHeadWidth != 0)
      sizes.fail("its ModifiedResNet of width " + std::to_string(tower.width) +
                 " has no heads of " + std::to_string(kHeadWidth));
    config.image_size = kReduction * sizes.grid("visual.attnpool.positional_embedding");
  }
  config.text = sizes.transformer(sizes.extent("ln_final.weight", 1, 0),
                                  sizes.count("transformer.resblocks."));
  config.embedding_dim = sizes.extent("text_projection", 2, 1);
  config.context_length = sizes.extent("positional_embedding", 2, 0);
  config.vocab_size = sizes.extent("token_embedding.weight", 2, 0);
  config.eos_token_id = config.vocab_size - 1;  // pooled at the largest id
  sizes.check_buffer("input_resolution", config.image_size);
  sizes.check_buffer("context_length", config.context_length);
  sizes.check_buffer("vocab_size", config.vocab_size);
  return config;
}

// Resize and crop by torchvision, then RGB: the defaults of PreprocessSpec are CLIP's constants.
PreprocessSpec preprocess_spec(int64_t image_size) {
  PreprocessSpec spec;
  spec.resize_size = spec.crop_size = static_cast<int>(image_size);
  spec.order = PreprocessSpec::Order::openai;
  spec.crop_rounding = PreprocessSpec::CropRounding::half_even;
  return spec;
}

// open_model finds a directory with a single file of weights.
bool matches(const fs::path&) {
  return false;
}

bool matches_file(const fs::path&, const Checkpoint& weights) {
  return has_openai_names(weights);
}

ModelSource open_file(const fs::path& file, std::shared_ptr<const Checkpoint> weights) {
  // Other projects use the same names with another activation; only OpenAI's files have the
  // buffers.
  if (weights->find("input_resolution") == nullptr) {
    throw Error(ErrorCode::unsupported, "'", file.string(),
                "' has the tensor names of OpenAI's CLIP but not its buffer "
                "'input_resolution', so it may be another project's model "
                "and its activation is unknown: put its open_clip_config.json into the same "
                "directory");
  }
  ModelSource source;
  const ClipConfig config = read_sizes(*weights);
  source.family = config.resnet ? "clip_resnet" : "clip_vit";
  source.config = config;
  source.facts.emplace_back("layout", "openai");
  source.parameters = openai_parameters(*weights);
  source.checkpoint = std::move(weights);
  source.preprocess = [size = config.image_size] { return preprocess_spec(size); };
  source.tokenizer = [directory = file.parent_path()](int context_length) {
    return load_openai_style_tokenizer(directory, context_length);
  };
  return source;
}

}  // namespace

ModelLayout openai_layout() {
  return {"openai", matches, nullptr, matches_file, open_file};
}

}  // namespace sightline
