// Adapters as weights: a linear map after a projection is a projection.
#pragma once

#include "models/model_source.h"
#include "train/fine_tune/adapter.h"
#include "train/fine_tune/layout_writer.h"

namespace sightline {

// Whether a tower ends in a linear layer whose weights are in the model's files.
struct FoldableTowers {
  bool image = false, text = false;
};
FoldableTowers foldable_towers(const ModelSource& source);

// The last linear layers of the towers with the maps applied to their results: W' = A W, b' = A b.
// A tower that is not foldable keeps its weights: its map must be the identity. Sums are in double.
TowerTensors fold_maps(const ModelSource& source, const AdapterMaps& maps);

}  // namespace sightline
