// Divides a ResNet's batch into chunks. The first two stages have large intermediate images, of
// which few fit into the caches, so they run on small chunks; later stages run on larger ones,
// which share the reading of weights.
#pragma once

#include <cstddef>
#include <utility>

#include "ops/ops.h"

namespace sightline {

class ResnetStages {
 public:
  // channels: of the first stage's results, whose sides are a quarter of image_size. Each stage
  // halves the sides and doubles the channels, so that the third stage's results have a quarter of
  // the elements.
  ResnetStages() = default;
  ResnetStages(int64_t image_size, int64_t channels)
      : elements_(image_size * image_size * channels / 16) {}

  // Blocks of the first two stages.
  size_t wide_blocks = 0;

  // head(x) where x is stem(pixels), then block(x, i) for i = 0 .. blocks - 1.
  template <class Stem, class Block, class Head>
  Tensor run(Ops& ops, const Tensor& pixels, size_t blocks, const Stem& stem, const Block& block,
             const Head& head) const {
    const auto wide = [&](const Tensor& some) {
      Tensor x = stem(some);
      for (size_t i = 0; i < wide_blocks; ++i) x = block(std::move(x), i);
      return x;
    };
    // The head, whose weights are large, runs once for the whole batch.
    return head(ops.in_chunks(pixels, elements_ / 4, [&](const Tensor& some) {
      Tensor x = ops.in_chunks(some, elements_, wide);
      for (size_t i = wide_blocks; i < blocks; ++i) x = block(std::move(x), i);
      return x;
    }));
  }

 private:
  int64_t elements_ = 0;  // of an image's largest tensor in the first two stages
};

}  // namespace sightline
