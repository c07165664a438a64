// DistilBERT: BERT's text tower without segment types, with other names in its files.
// Source: transformers modeling_distilbert.py, DistilBertModel.
#pragma once

#include "models/towers.h"

namespace sightline {

ModelFamily distilbert_family();

}  // namespace sightline
