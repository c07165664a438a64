#include "models/open_clip/hf_text.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "models/hf_text/m2m100.h"
#include "models/hf_text/t5.h"
#include "models/open_clip/hf_projection.h"
#include "models/open_clip/tokenizer_settings.h"
#include "models/roberta.h"
#include "models/tensor_sizes.h"

namespace sightline {
namespace {

// "FacebookAI/xlm-roberta-base" -> "xlm-roberta-base": owners on the Hub have changed.
std::string model_name(const ConfigSection& text) {
  const std::string name = text.text("hf_model_name", "");
  return name.substr(name.rfind('/') + 1);
}

bool is_one_of(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string encoder(const std::string& name) {
  return kHfEncoder + name;
}

// The parts of a spec that all have.
TextTowerSpec spec_of(const ConfigSection& text, const HfTextSettings& settings, int64_t positions,
                      int64_t vocab_size, Activation activation) {
  TextTowerSpec spec;
  spec.context_length = std::min(settings.context_length, positions);
  spec.vocab_size = vocab_size;
  spec.activation = activation;
  spec.tokenizer = read_tokenizer_settings(text);
  return spec;
}

// Tables of positions that are computed have the config's size, which no tensor confirms.
void check_positions(const ConfigSection& text, const HfTextSettings& settings) {
  constexpr int64_t kMost = 1024;
  if (settings.context_length > kMost)
    text.fail("context_length", "at most " + std::to_string(kMost) + " for this model");
}

// "text_model.X" is the encoder's X.
std::string encoder_tensor(const std::string& name) {
  return encoder(name.substr(std::string_view("text_model.").size()));
}

// --- RoBERTa -------------------------------------------------------------------------------------

bool is_large_roberta(const std::string& name) {
  return is_one_of(name, {"roberta-large", "xlm-roberta-large"});
}

bool matches_roberta(const ConfigSection& text) {
  const std::string name = model_name(text);
  return is_large_roberta(name) || is_one_of(name, {"roberta-base", "xlm-roberta-base"});
}

TextTowerSpec read_roberta(const ConfigSection& text, const TowerContext& context) {
  const TensorSizes sizes(context.checkpoint);
  const std::string words = encoder("embeddings.word_embeddings.weight");
  const std::string layers = encoder("encoder.layer.");
  BertConfig config;
  config.width = sizes.extent(words, 2, 1);
  config.vocab_size = sizes.extent(words, 2, 0);
  config.layers = sizes.count(layers);
  config.heads = is_large_roberta(model_name(text)) ? 16 : 12;
  if (config.width % config.heads != 0)
    sizes.fail("'" + words + "' has rows of " + std::to_string(config.width) +
               " elements, expected a multiple of " + std::to_string(config.heads) + " heads");
  config.mlp = sizes.extent(layers + "0.intermediate.dense.weight", 2, 0);
  config.context_length =
      sizes.extent(encoder("embeddings.position_embeddings.weight"), 2, 0) - kRobertaFirstPosition;
  config.type_vocab_size = 1;
  config.eps = 1e-5f;
  const int64_t dim = context.embedding_dim;
  const HfTextSettings settings =
      read_hf_settings(text, dim, config.width, {.first = false, .of_null = "mean_pooler"});
  config.pooling = settings.pooling;
  TextTowerSpec spec =
      spec_of(text, settings, config.context_length, config.vocab_size, config.activation);
  spec.names = [](const std::string& name, const Shape& shape) {
    return roberta_tensor(encoder_tensor(name), shape);
  };
  for (const char* name : {"embeddings.position_ids", "embeddings.token_type_ids",
                           "pooler.dense.weight", "pooler.dense.bias"}) {
    spec.ignored.push_back(encoder(name));
  }
  spec.build = [config, settings, dim](WeightBuilder& weights) {
    auto tower = std::make_unique<BertTower>(weights, config, 0, "text_model.");
    return with_hf_projection(weights, std::move(tower), settings.projection, config.width, dim);
  };
  return spec;
}

// --- M2M100 --------------------------------------------------------------------------------------

// All have 16 heads; the 12B model has another layer norm.
bool matches_m2m100(const ConfigSection& text) {
  return is_one_of(model_name(text),
                   {"nllb-200-distilled-600M", "nllb-200-distilled-1.3B", "nllb-200-1.3B",
                    "nllb-200-3.3B", "m2m100_418M", "m2m100_1.2B"});
}

TextTowerSpec read_m2m100(const ConfigSection& text, const TowerContext& context) {
  const TensorSizes sizes(context.checkpoint);
  const std::string words = encoder("embed_tokens.weight"), layers = encoder("layers.");
  M2M100Config config;
  TransformerConfig& tower = config.transformer;
  tower.width = sizes.extent(words, 2, 1);
  config.vocab_size = sizes.extent(words, 2, 0);
  tower.layers = sizes.count(layers);
  tower.heads = 16;
  if (tower.width % tower.heads != 0)
    sizes.fail("'" + words + "' has rows of " + std::to_string(tower.width) +
               " elements, expected a multiple of 16 heads");
  tower.mlp = sizes.extent(layers + "0.fc1.weight", 2, 0);
  tower.activation = Activation::relu;
  const int64_t dim = context.embedding_dim, width = tower.width;
  const HfTextSettings settings =
      read_hf_settings(text, dim, width, {.first = true, .of_null = "cls_pooler"});
  check_positions(text, settings);
  tower.pooling = settings.pooling;
  config.context_length = settings.context_length;
  TextTowerSpec spec =
      spec_of(text, settings, settings.context_length, config.vocab_size, tower.activation);
  spec.names = [](const std::string& name, const Shape& shape) {
    return FileTensor{m2m100_file_name(name, kHfEncoder), shape};
  };
  spec.ignored.push_back(encoder("embed_positions.weights"));  // of older versions of transformers
  spec.build = [config, settings, dim, width, words](WeightBuilder& weights) {
    auto built = std::make_unique<M2M100Tower>(weights, config, words);
    return with_hf_projection(weights, std::move(built), settings.projection, width, dim);
  };
  return spec;
}

// --- mT5 -----------------------------------------------------------------------------------------

bool matches_mt5(const ConfigSection& text) {
  return is_one_of(model_name(text), {"mt5-small", "mt5-base", "mt5-large", "mt5-xl", "mt5-xxl"});
}

TextTowerSpec read_mt5(const ConfigSection& text, const TowerContext& context) {
  const TensorSizes sizes(context.checkpoint);
  const std::string words = encoder("embed_tokens.weight"), blocks = encoder("block.");
  const std::string attention = blocks + "0.layer.0.SelfAttention.";
  const std::string bias = attention + "relative_attention_bias.weight";
  T5Config config;
  config.width = sizes.extent(words, 2, 1);
  config.vocab_size = sizes.extent(words, 2, 0);
  config.layers = sizes.count(blocks);
  config.buckets = sizes.extent(bias, 2, 0);
  config.heads = sizes.extent(bias, 2, 1);
  config.inner = sizes.extent(attention + "q.weight", 2, 0);
  if (config.inner % config.heads != 0)
    sizes.fail("'" + attention + "q.weight' has " + std::to_string(config.inner) +
               " rows, expected a multiple of the " + std::to_string(config.heads) + " heads of '" +
               bias + "'");
  if (config.buckets < 8 || config.buckets > 256)
    sizes.fail("'" + bias + "' has " + std::to_string(config.buckets) +
               " rows, expected 8 to 256 buckets of relative positions");
  config.mlp = sizes.extent(blocks + "0.layer.1.DenseReluDense.wi_0.weight", 2, 0);
  const int64_t dim = context.embedding_dim;
  const HfTextSettings settings =
      read_hf_settings(text, dim, config.width, {.first = true, .of_null = "mean_pooler"});
  check_positions(text, settings);
  config.pooling = settings.pooling;
  config.context_length = settings.context_length;
  TextTowerSpec spec =
      spec_of(text, settings, settings.context_length, config.vocab_size, Activation::gelu_tanh);
  spec.build = [config, settings, dim](WeightBuilder& weights) {
    auto tower = std::make_unique<T5Tower>(weights, config, kHfEncoder);
    return with_hf_projection(weights, std::move(tower), settings.projection, config.width, dim);
  };
  return spec;
}

}  // namespace

TextTowerKind roberta_text_kind() {
  return {"RoBERTa", matches_roberta, read_roberta};
}

TextTowerKind m2m100_text_kind() {
  return {"M2M100", matches_m2m100, read_m2m100};
}

TextTowerKind mt5_text_kind() {
  return {"mT5", matches_mt5, read_mt5};
}

}  // namespace sightline
