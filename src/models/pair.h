// Two single towers as one model: towers that were trained for the same space, or any two, with an
// untrained linear layer that projects the text tower's vectors to the dimensions of the image
// tower's. The published experiment's baseline is a pair of the second kind.
#pragma once

#include "models/model_source.h"
#include "models/pair_spec.h"
#include "models/towers.h"

namespace sightline {

// Two models, of which one provides the text tower and the other the image tower.
struct PairConfig {
  std::shared_ptr<const ModelSource> text, image;
  uint64_t seed = 0;  // of the untrained linear layer between them
  PairProjection projection = PairProjection::automatic;
};

// A text tower with a linear layer after it.
class ProjectedTextTower : public TextTower {
 public:
  // in: dimensions of the tower's vectors; out: of the result.
  ProjectedTextTower(std::unique_ptr<TextTower> tower, Ops& ops, int64_t in, int64_t out,
                     uint64_t seed);
  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override;
  std::optional<TextPadding> padding() const override { return tower_->padding(); }

 private:
  std::unique_ptr<TextTower> tower_;
  Linear linear_;
};

// Opens both models. Throws what open_model throws, and invalid_argument where one of them is a
// pair itself or lacks the required tower.
ModelSource open_pair(const PairSpec& spec);

ModelLayout pair_layout();  // a directory with pair.json
ModelFamily pair_family();

}  // namespace sightline
