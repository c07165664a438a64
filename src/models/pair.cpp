#include "models/pair.h"

#include <sightline/error.h>

#include "models/untrained_linear.h"

namespace sightline {

namespace fs = std::filesystem;

ProjectedTextTower::ProjectedTextTower(std::unique_ptr<TextTower> tower, Ops& ops, int64_t in,
                                       int64_t out, uint64_t seed)
    : tower_(std::move(tower)) {
  const UntrainedLinear layer = untrained_linear(in, out, seed);
  linear_ = ops.linear_weights("projection", layer.weight, layer.bias, LayerPrecision::high);
}

Tensor ProjectedTextTower::encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const {
  return ops.linear(tower_->encode(ops, ids, offsets), linear_, Activation::none, {});
}

namespace {

// One side of a pair. `key`: its name in the spec.
std::shared_ptr<ModelSource> open_side(const fs::path& path, const char* key, bool text) {
  if (find_pair(path)) {
    throw Error(ErrorCode::invalid_argument, "the pair's ", key, " '", path.string(),
                "' is a pair itself, expected a model of its own");
  }
  auto side = std::make_shared<ModelSource>(open_model(path));
  if (text ? !side->tokenizer : !side->preprocess) {
    throw Error(ErrorCode::invalid_argument, "the pair's ", key, " '", path.string(), "' (family ",
                side->family, ") has no ", (text ? "text" : "image"), " tower");
  }
  return side;
}

[[noreturn]] void throw_no_text_model(const PairSpec& spec, const TextModelOrigin& origin) {
  throw Error(ErrorCode::not_found, "the text model of the pair, ",
              (origin.name.empty() ? "" : origin.name + ", "), "is not in '", spec.text.string(),
              "'", (origin.command.empty() ? "" : "; run '" + origin.command + "'"));
}

std::shared_ptr<const ModelSource> open_text(const PairSpec& spec) {
  if (!spec.text_model) return open_side(spec.text, "text", true);
  std::error_code ignored;
  const TextModelOrigin& origin = *spec.text_model;
  if (!fs::exists(spec.text, ignored)) throw_no_text_model(spec, origin);
  const auto side = [&] {
    try {
      return open_side(spec.text, "text", true);
    } catch (const Error& error) {  // such as an empty folder
      if (origin.command.empty()) throw;
      throw Error(error.code(), error.what(), "; run '", origin.command, "' to fetch it");
    }
  }();
  side->expected_digest = spec.text_model->digest;
  return side;
}

LoadedModel load(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  const auto& config = source.config_as<PairConfig>();
  ModelOptions text_options = options, image_options = options;
  text_options.load_image_tower = false;
  image_options.load_text_tower = false;
  LoadedModel text = load_towers(*config.text, ops, text_options);
  LoadedModel model = load_towers(*config.image, ops, image_options);
  const int64_t in = text.info.embedding_dim, out = model.info.embedding_dim;
  if (config.projection == PairProjection::none && in != out) {
    throw Error(ErrorCode::invalid_argument, "the pair of '", config.text->path.string(), "' and '",
                config.image->path.string(), "' needs a projection: the texts' vectors have ", in,
                " dimensions, the images' ", out);
  }
  const bool project = config.projection == PairProjection::linear || in != out;
  if (text.text && project) {
    model.text =
        std::make_unique<ProjectedTextTower>(std::move(text.text), ops, in, out, config.seed);
  } else {
    model.text = std::move(text.text);
  }
  model.vocab_size = text.vocab_size;
  model.eos_token_id = text.eos_token_id;
  ModelInfo& info = model.info;
  info.family = "pair";
  info.has_text = true;
  info.context_length = text.info.context_length;
  info.parameters += text.info.parameters + (project ? in * out + out : 0);
  if (info.activation != text.info.activation)
    info.activation = text.info.activation + ", " + info.activation;
  info.logit_scale = 0;  // of neither
  info.logit_bias.reset();
  if (project) {
    info.seed = config.seed;
    info.projection = "untrained linear layer " + std::to_string(in) + " -> " +
                      std::to_string(out) + ", seed " + std::to_string(config.seed);
  }
  info.warnings.insert(info.warnings.begin(), text.info.warnings.begin(), text.info.warnings.end());
  return model;
}

bool matches(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path / kPairFile, ignored);
}

}  // namespace

ModelSource open_pair(const PairSpec& spec) {
  PairConfig config;
  config.seed = spec.seed;
  config.projection = spec.projection;
  config.text = open_text(spec);
  config.image = open_side(spec.image, "image", false);
  ModelSource source;
  source.layout = "pair";
  source.family = "pair";
  source.tokenizer = config.text->tokenizer;
  source.pad_token = config.text->pad_token;
  source.preprocess = config.image->preprocess;
  source.parts = {config.text, config.image};
  for (const auto& part : source.parts)
    source.warnings.insert(source.warnings.end(), part->warnings.begin(), part->warnings.end());
  source.config = std::move(config);
  return source;
}

ModelLayout pair_layout() {
  return {"pair", matches, [](const fs::path& path) { return open_pair(read_pair_file(path)); }};
}

ModelFamily pair_family() {
  return {"pair", load};
}

}  // namespace sightline
