// Both towers of a published model on a backend, with its tokenizer and preprocessing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/towers.h"
#include "train/fine_tune/tuned_parameters.h"

namespace sightline {

struct PublishedTowers {
  ModelSource source;
  std::unique_ptr<ImageTower> image;
  std::unique_ptr<TextTower> text;
  ParameterPlaces places;  // without the logit scale
  PreprocessSpec preprocess;
  int64_t context_length = 0;
  int64_t vocab_size = 0;
  std::string token_table;  // the backend's parameter with the embeddings of the tokens
  // The logarithm of the factor before the softmax. CLIP's initial value where the files have none,
  // as for a pair.
  float logit_scale = 0;
  bool has_logit_scale = false;

  // The tokenizer for texts of at most `length` ids.
  std::unique_ptr<Tokenizer> tokenizer(int64_t length) const {
    return source.tokenizer(static_cast<int>(length));
  }
};

// Opens the model and builds its towers. names: the names of the backend's parameters so far.
//
// The last scaling to unit length of sentence-transformers is left out, because training scales all
// vectors. Throws unsupported for what has no gradient on the backend: dense layers of
// sentence-transformers, and pooling by the maximum; and what open_model and load_towers throw.
PublishedTowers open_published_towers(const std::string& path, Ops& ops,
                                      const std::function<std::vector<std::string>()>& names);

}  // namespace sightline
