#include "models/bert_config.h"

#include <sightline/error.h>

#include "base/json.h"

namespace sightline {
namespace {

using nlohmann::json;

// Larger sizes are a mistake or an attack. Products of all sizes stay far from overflow.
constexpr int64_t kMaxExtent = 1 << 20;
constexpr int64_t kMaxLayers = 1000;

struct Reader {
  const json& root;
  const std::string& name;

  [[noreturn]] void fail(ErrorCode code, const char* key, const std::string& expected) const {
    throw Error(code, "'", name, "': '", key, "' is ", shown(root.value(key, json())),
                ", expected ", expected);
  }

  const json* find(const char* key) const {
    const auto found = root.find(key);
    return found == root.end() || found->is_null() ? nullptr : &*found;
  }

  void size(const char* key, int64_t& value, int64_t most = kMaxExtent) const {
    const json* found = find(key);
    if (found == nullptr) return;
    if (!found->is_number_integer()) fail(ErrorCode::invalid_data, key, "a whole number");
    value = found->get<int64_t>();
    if (value < 1 || value > most)
      fail(ErrorCode::invalid_data, key, "a number from 1 to " + std::to_string(most));
  }

  void require(const char* key, const json& expected) const {
    const json* found = find(key);
    if (found != nullptr && *found != expected) fail(ErrorCode::unsupported, key, expected.dump());
  }
};

Activation activation(const Reader& read, const char* key) {
  const json* found = read.find(key);
  if (found == nullptr || *found == "gelu" || *found == "gelu_python") return Activation::gelu;
  if (*found == "relu") return Activation::relu;
  // "gelu_new" and "gelu_pytorch_tanh" are the tanh approximation, with other results.
  read.fail(ErrorCode::unsupported, key, "\"gelu\" or \"relu\", what this build has");
}

float layer_norm_eps(const Reader& read, float absent) {
  const json* found = read.find("layer_norm_eps");
  if (found == nullptr) return absent;
  const double value = found->is_number() ? found->get<double>() : -1;
  if (!(value > 0 && value < 1))
    read.fail(ErrorCode::invalid_data, "layer_norm_eps", "a number between 0 and 1");
  return static_cast<float>(value);
}

void check_sizes(const Reader& read, const BertConfig& config, const char* heads,
                 const std::string& width) {
  if (config.width % config.heads != 0) {
    read.fail(ErrorCode::invalid_data, heads,
              "a divisor of " + width + " " + std::to_string(config.width));
  }
  if (config.context_length < 3)
    read.fail(ErrorCode::invalid_data, "max_position_embeddings", "at least 3");
}

// Sizes and activation, by the keys that BERT and the encoders after it share.
BertConfig read_encoder(const Reader& read, BertConfig config) {
  read.size("hidden_size", config.width);
  read.size("num_hidden_layers", config.layers, kMaxLayers);
  read.size("num_attention_heads", config.heads);
  read.size("intermediate_size", config.mlp);
  read.size("max_position_embeddings", config.context_length);
  read.size("vocab_size", config.vocab_size);
  config.eps = layer_norm_eps(read, config.eps);
  config.activation = activation(read, "hidden_act");
  return config;
}

// Positions are counted from the one after the padding id.
void skip_padding(const Reader& read, BertConfig& config) {
  constexpr int64_t kPaddingId = 1;
  read.require("pad_token_id", kPaddingId);
  config.context_length -= kPaddingId + 1;
  if (config.context_length < 3)
    read.fail(ErrorCode::invalid_data, "max_position_embeddings", "at least 5");
}

}  // namespace

BertConfig parse_bert_config(const std::string& text, const std::string& name) {
  const json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  const Reader read{root, name};
  read.require("model_type", "bert");
  read.require("position_embedding_type", "absolute");
  read.require("is_decoder", false);
  read.require("add_cross_attention", false);
  BertConfig config = read_encoder(read, {});
  read.size("type_vocab_size", config.type_vocab_size);
  check_sizes(read, config, "num_attention_heads", "hidden_size");
  return config;
}

BertConfig parse_roberta_config(const std::string& text, const std::string& name) {
  const json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  const Reader read{root, name};
  read.require("position_embedding_type", "absolute");
  read.require("is_decoder", false);
  read.require("add_cross_attention", false);
  BertConfig config = read_encoder(read, {.vocab_size = 50265});
  read.size("type_vocab_size", config.type_vocab_size);
  check_sizes(read, config, "num_attention_heads", "hidden_size");
  skip_padding(read, config);
  return config;
}

BertConfig parse_mpnet_config(const std::string& text, const std::string& name) {
  const json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  const Reader read{root, name};
  BertConfig config =
      read_encoder(read, {.vocab_size = 30527, .type_vocab_size = 0, .relative_buckets = 32});
  read.size("relative_attention_num_buckets", config.relative_buckets);
  // The reference computes buckets of 32 whatever the table's size.
  read.require("relative_attention_num_buckets", 32);
  check_sizes(read, config, "num_attention_heads", "hidden_size");
  skip_padding(read, config);
  return config;
}

BertConfig parse_distilbert_config(const std::string& text, const std::string& name) {
  const json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  const Reader read{root, name};
  read.require("model_type", "distilbert");
  BertConfig config;
  config.layers = 6;
  config.type_vocab_size = 0;
  read.size("dim", config.width);
  read.size("n_layers", config.layers, kMaxLayers);
  read.size("n_heads", config.heads);
  read.size("hidden_dim", config.mlp);
  read.size("max_position_embeddings", config.context_length);
  read.size("vocab_size", config.vocab_size);
  config.activation = activation(read, "activation");
  check_sizes(read, config, "n_heads", "dim");
  return config;
}

}  // namespace sightline
