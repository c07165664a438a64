// A linear map for the finished vectors of each tower, trained without passing through the towers.
#pragma once

#include <sightline/metrics.h>
#include <sightline/progress.h>

#include <cstdint>
#include <string>
#include <vector>

#include "train/fine_tune/figures.h"

namespace sightline {

struct AdapterMaps {
  Matrix image, text;  // (D, D), row-major: y = A x
};

AdapterMaps identity_maps(int64_t dim);

// share = 0: identity. share = 1: `maps`.
AdapterMaps interpolate_maps(const AdapterMaps& maps, double share);

// The set with mapped vectors of unit length.
RetrievalSet apply_maps(const RetrievalSet& set, const AdapterMaps& maps);

// The loss of a batch: the mean of the cross-entropies in both directions. The target of an image
// is spread equally over its texts, that of a text is its image; `smoothing` spreads a share of
// both over all candidates. Adds `ridge` * |A - 1|^2 for both maps.
struct AdapterLoss {
  double logit_scale = 1;  // factor on cosines
  double ridge = 0;
  double smoothing = 0;
};
// Writes the gradient into `gradient`. `batch`: vectors of unit length.
double adapter_loss(const RetrievalSet& batch, const AdapterMaps& maps, const AdapterLoss& loss,
                    AdapterMaps& gradient);

struct AdapterTraining {
  double logit_scale = 100;
  double learning_rate = 1e-3;
  double smoothing = 0;
  int64_t batch_size = 512;  // images, at most; all of them if there are fewer
  int64_t steps = 150;       // for each value of ridge, at least; at least `epochs` epochs
  int64_t epochs = 1;
  int64_t captions_per_image = 1;  // in each step
  bool image = true, text = true;  // towers whose maps are trained; others keep the identity
  uint64_t seed = 1;
};

// The result for one value of ridge.
struct AdapterTrial {
  double ridge = 0, loss = 0;  // loss: of the last step, with the penalty
  ChoiceValue validation;
};

struct AdapterResult {
  AdapterMaps maps;  // of the chosen trial
  size_t best = 0;   // its index in `trials`
  std::vector<AdapterTrial> trials;
  int64_t steps = 0;  // of all trials
};

// Trains from the identity with decreasing ridge, each from the maps of the one before. Chosen is
// the strongest ridge whose mean reciprocal rank on `validation`, in the direction of `metric`, is
// at most one standard error below the best (Breiman, Friedman, Olshen and Stone 1984). Optimizer:
// Adam (Kingma and Ba 2015) with cosine decay; the penalty is part of its gradient. Throws
// invalid_data if the loss is not finite.
AdapterResult train_adapter(const RetrievalSet& train, const RetrievalSet& validation,
                            const std::string& metric, const AdapterTraining& training,
                            const ProgressFn& progress = {});

}  // namespace sightline
