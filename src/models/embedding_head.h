// The layers that sentence-transformers' modules add to a model: after a tower's vector, the dense
// layers and normalizations of modules.json (docs/formats/sentence_transformers.md).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/transformer_config.h"
#include "weights/checkpoint.h"

namespace sightline {

// One module: x W^T + b and an activation, or scaling to unit length.
struct HeadStep {
  enum class Kind { dense, normalize };
  enum class Function { none, tanh, relu, gelu };

  Kind kind = Kind::normalize;
  // The rest is of a dense layer.
  int64_t in = 0, out = 0;
  bool bias = true;
  // Adds the input to the result; where in != out, through a linear layer without bias.
  bool residual = false;
  Function function = Function::none;
  std::shared_ptr<const Checkpoint> weights;  // linear.weight, linear.bias, residual.weight
};

struct EmbeddingHead {
  // Which positions a text's vector comes from; nothing: as the model family has it.
  std::optional<PoolingKind> pooling;
  int64_t max_length = 0;  // texts are truncated to so many ids; 0: as the family has it
  std::vector<HeadStep> steps;
};

struct LoadedModel;
struct ModelOptions;
class Ops;

// Adds the steps to the towers of a loaded model, and corrects its dimensions, number of parameters
// and context length. Throws invalid_data where the dimensions do not fit or a weight is missing,
// misshaped or unknown.
void add_embedding_head(const EmbeddingHead& head, Ops& ops, const ModelOptions& options,
                        LoadedModel& model);

}  // namespace sightline
