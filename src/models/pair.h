// Two single towers as one model: the text tower's vectors go through an untrained linear layer
// into the space of the image tower's. The published experiment's baseline is such a pair.
#pragma once

#include "models/model_source.h"
#include "models/pair_spec.h"
#include "models/towers.h"

namespace sightline {

// A text tower with a linear layer after it.
class ProjectedTextTower : public TextTower {
 public:
  // out numbers from the tower's in.
  ProjectedTextTower(std::unique_ptr<TextTower> tower, Ops& ops, int64_t in, int64_t out,
                     uint64_t seed);
  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override;

 private:
  std::unique_ptr<TextTower> tower_;
  Linear linear_;
};

// Opens both models. Throws what open_model throws, and invalid_argument where one of them is a
// pair itself or lacks the tower that it is named for.
ModelSource open_pair(const PairSpec& spec);

ModelLayout pair_layout();  // a directory with pair.json
ModelFamily pair_family();

}  // namespace sightline
