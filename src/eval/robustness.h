// Repeats the experiment with noisy captions: plans the texts to encode and computes the metrics.
#pragma once

#include <sightline/experiment.h>
#include <sightline/robustness.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// A kind of noise with a strength.
struct NoiseCondition {
  NoiseKind kind = NoiseKind::noise_words;
  double strength = 0;
};

// The texts to encode in addition to the clean captions. Built once and used for every model.
class NoisePlan {
 public:
  NoisePlan() = default;  // no noise
  // `captions`: the distinct clean captions. Throws invalid_argument if a strength is not in (0,
  // 1], if a kind or strength is repeated, or if max_captions is below 1.
  NoisePlan(const NoiseOptions& options, std::span<const std::string> captions);

  bool empty() const { return conditions_.empty(); }
  const std::vector<NoiseCondition>& conditions() const { return conditions_; }
  // Distinct noisy captions that differ from all clean captions, so that no text is encoded twice.
  const std::vector<std::string>& texts() const { return texts_; }
  // Whether the clean caption is part of the random sample.
  bool is_sampled(int64_t caption) const { return sampled_[static_cast<size_t>(caption)]; }
  // Index of the noisy version of `caption` in the concatenation of the clean captions and texts().
  // It is a clean caption if the noise changed nothing or produced another clean caption.
  int64_t text_index(size_t condition, int64_t caption) const {
    return text_index_[condition][static_cast<size_t>(caption)];
  }

 private:
  std::vector<NoiseCondition> conditions_;
  std::vector<std::string> texts_;
  std::vector<bool> sampled_;
  std::vector<std::vector<int64_t>> text_index_;  // [condition][caption]; -1 if not sampled
};

// Returns the strict rank of each query's own image among all images, as defined in metrics.h.
//   queries (M, D)   images (N, D)   owner M: 0..N-1   -> M ranks
std::vector<int64_t> own_image_ranks(const Matrix& queries, const Matrix& images,
                                     std::span<const int64_t> owner);

// The embeddings of one model, and for each text its image and caption.
struct NoiseVectors {
  const Matrix& images;                  // (N, D)
  const Matrix& clean;                   // (captions, D)
  const Matrix& noisy;                   // (plan.texts().size(), D)
  std::span<const int64_t> text_image;   // M: each text's own image
  std::span<const int64_t> text_number;  // M: index of its caption, a row of `clean`
  std::span<const int64_t> text_rank;    // M: rank with the clean caption
};

// Computes the metrics of every condition over the same texts. Intervals resample images, each with
// all its captions. Losses are resampled in pairs of clean and noisy captions. `progress` counts
// the conditions; `stage` is part of its stages.
Robustness measure_robustness(const NoisePlan& plan, const NoiseVectors& vectors, int top_k,
                              const StatisticsOptions& statistics, const ProgressFn& progress = {},
                              const std::string& stage = "noised captions");

// Whether accuracy on the clean captions is above chance (K / candidates). If it is not, relative
// losses are meaningless.
inline bool beats_chance(const Robustness& robustness, int top_k) {
  return robustness.clean.accuracy.value * static_cast<double>(robustness.candidates) > top_k;
}

}  // namespace sightline
