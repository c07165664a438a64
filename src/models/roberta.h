// RoBERTa, XLM-RoBERTa and CamemBERT: BERT's tower whose positions are counted from the one after
// the padding id, 2; and MPNet, which in addition biases attention by relative position and has no
// segment types.
// Source: transformers modeling_roberta.py, modeling_xlm_roberta.py, modeling_mpnet.py.
#pragma once

#include <string>

#include "models/bert.h"

namespace sightline {

// The row of the table of positions that a text's first id has: padding has id 1.
inline constexpr int64_t kRobertaFirstPosition = 2;

// The place of a tensor of BertTower in a file, under the same name: of the table of positions the
// rows from kRobertaFirstPosition on.
FileTensor roberta_tensor(const std::string& name, const Shape& shape);

ModelFamily roberta_family();
ModelFamily mpnet_family();

}  // namespace sightline
