// config.json of a Hugging Face BertModel (or BertForMaskedLM …): every size of the tower.
#pragma once

#include <cstdint>
#include <string>

#include "models/transformer_config.h"

namespace sightline {

// The defaults are those of transformers' BertConfig, which are bert-base-uncased's.
struct BertConfig {
  int64_t width = 768;  // C
  int64_t layers = 12;
  int64_t heads = 12;            // H
  int64_t mlp = 3072;            // hidden features of the feed-forward part
  int64_t context_length = 512;  // T at most
  int64_t vocab_size = 30522;    // V
  int64_t type_vocab_size = 2;   // segment types; only the first is used; 0: none (DistilBERT)
  int64_t relative_buckets = 0;  // of relative positions, which bias attention (MPNet); 0: no bias
  // Of the angles of rotary positions, which take the place of the table of positions; 0: a table.
  double rotary_base = 0;
  float eps = 1e-12f;  // of the layer norms
  Activation activation = Activation::gelu;
  PoolingKind pooling = PoolingKind::mean;  // of the last hidden states; not attention
};

// `json` is the file's text, `name` its path for messages. Absent keys have transformers' defaults.
// Throws Error: invalid_data (what is wrong, at which key), unsupported (another model type, an
// activation other than gelu and relu, relative positions, a decoder).
BertConfig parse_bert_config(const std::string& json, const std::string& name);

// The same for a DistilBertModel, a BERT without segment types, with other names for the sizes.
BertConfig parse_distilbert_config(const std::string& json, const std::string& name);

// The same for RoBERTa, XLM-RoBERTa and CamemBERT, and for MPNet. context_length counts the
// positions of texts: the first two rows of the table belong to padding.
BertConfig parse_roberta_config(const std::string& json, const std::string& name);
BertConfig parse_mpnet_config(const std::string& json, const std::string& name);

}  // namespace sightline
