// The weights of one pass of a resize, as Pillow computes them.
#pragma once

#include <sightline/image.h>
#include <cstdint>
#include <vector>

namespace sightline::image {

// The weights of one pass, for outputs [begin, begin + count).
struct Weights {
  int taps = 0;                // largest number of weights per output
  std::vector<int> first;      // (count): index of the run's first input
  std::vector<int> length;     // (count): number of inputs in the run
  std::vector<int32_t> fixed;  // (count, taps): in units of 2^-22, zero after `length`
  std::vector<double> exact;   // (count, taps): before rounding; empty unless keep_exact

  int begin() const;  // [begin, end) covers the inputs of all runs
  int end() const;
};

// Returns the weights that resize in_size inputs to out_size outputs.
Weights make_weights(int in_size, int out_size, ResizeFilter filter, int begin, int count,
                     bool keep_exact = false);

}  // namespace sightline::image
