// The experiment again with noised captions: which texts that needs, and the figures made of them.
#pragma once

#include <sightline/experiment.h>
#include <sightline/robustness.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// A kind of noise at a strength.
struct NoiseCondition {
  NoiseKind kind = NoiseKind::noise_words;
  double strength = 0;
};

// Which texts must be encoded beside the clean captions. Made once, used with every model.
class NoisePlan {
 public:
  NoisePlan() = default;  // asks for nothing
  // `captions`: the distinct clean ones. Throws invalid_argument where a strength is not above 0
  // and at most 1, a kind or strength comes twice, or max_captions is below 1.
  NoisePlan(const NoiseOptions& options, std::span<const std::string> captions);

  bool empty() const { return conditions_.empty(); }
  const std::vector<NoiseCondition>& conditions() const { return conditions_; }
  // Distinct, and none of them is a clean caption: nothing is encoded twice.
  const std::vector<std::string>& texts() const { return texts_; }
  // Whether a clean caption was drawn to take part.
  bool takes(int64_t caption) const { return taken_[static_cast<size_t>(caption)]; }
  // Where the noised caption's vector is: below captions.size() it is that clean caption, which the
  // noise gave back or turned into another one; from there on, texts()[place - captions.size()].
  int64_t place(size_t condition, int64_t caption) const {
    return places_[condition][static_cast<size_t>(caption)];
  }

 private:
  std::vector<NoiseCondition> conditions_;
  std::vector<std::string> texts_;
  std::vector<bool> taken_;
  std::vector<std::vector<int64_t>> places_;  // conditions x captions; -1 for one not taken
};

// The rank of each query's own image among all, strict, as rank_pairs counts it.
//   queries (M, D)   images (N, D)   owner M: 0..N-1   -> M ranks
std::vector<int64_t> own_image_ranks(const Matrix& queries, const Matrix& images,
                                     std::span<const int64_t> owner);

// What a model's vectors say: each text is a row of `clean` by its number.
struct NoiseVectors {
  const Matrix& images;                  // (N, D)
  const Matrix& clean;                   // (captions, D)
  const Matrix& noised;                  // (plan.texts().size(), D)
  std::span<const int64_t> text_image;   // M: each text's own image
  std::span<const int64_t> text_number;  // M: its caption among the distinct ones
  std::span<const int64_t> text_rank;    // M: its rank with the clean caption
};

// Figures of every condition over the same texts. Intervals resample the images, with all of an
// image's captions at once; the loss is resampled in pairs, clean and noised together.
Robustness measure_robustness(const NoisePlan& plan, const NoiseVectors& vectors, int top_k,
                              const StatisticsOptions& statistics);

// Whether the clean captions find more than guessing would (K of the candidates). Where they do
// not, there is nothing to lose, and a share of it means nothing.
inline bool beats_chance(const Robustness& robustness, int top_k) {
  return robustness.clean.accuracy.value * static_cast<double>(robustness.candidates) > top_k;
}

}  // namespace sightline
