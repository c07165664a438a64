// Recall of held-out rows.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "train/torch/task.h"

namespace sightline {

using EncodeImageBatch = std::function<at::Tensor(std::span<const Image> images)>;
using EncodeTextBatch = std::function<at::Tensor(std::span<const std::string> texts)>;

// {"gallery": N, "recall": {SPLIT: {"R@1", "R@5", "R@10", "MRR"}}}: the first caption of each row
// is ranked against the images of all splits of its data set; ties count against the model. The
// gallery is the number of images of the first data set. Vectors must have unit length.
// `store`: has the rows' images.
nlohmann::json measure_recall(const std::vector<HeldOut>& held_out, const ImageStore& store,
                              const EncodeImageBatch& images, const EncodeTextBatch& texts);

}  // namespace sightline
