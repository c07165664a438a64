// Robustness of retrieval to noise on the captions.
//
// Every kind of noise changes single words (runs of non-white-space characters). `strength` is the
// expected share of changed words, 0 to 1. Each word has its own random draw, so the share also
// holds on average for captions of one or two words. A word that is changed at 10 % is changed in
// the same way at every higher strength. Draws depend only on the seed, the kind, the bytes of the
// caption and the index of the word: all machines produce the same texts
// (docs/decisions/0020-noise-on-captions.md).
#pragma once

#include <sightline/statistics.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sightline {

enum class NoiseKind {
  noise_words,    // a word of 4 to 13 random letters a-z is inserted after the word
  typos,          // one typo in the word: two adjacent letters swapped, a letter dropped, a letter
                  // doubled, or a letter or digit replaced by an adjacent key (US layout)
  dropped_words,  // the word is removed; at least one word remains
  upper_case,     // THE WORD
  title_case,     // The Word
  random_case     // tHe wORd: each letter with probability 1/2
};

// Returns all kinds, in the order used in reports.
std::span<const NoiseKind> all_noise_kinds();

// "noise-words", "typos", "dropped-words", "upper-case", "title-case", "random-case".
std::string_view noise_name(NoiseKind kind);
// Returns the kind with this name. Throws invalid_argument, listing the valid names.
NoiseKind parse_noise_kind(std::string_view name);

struct NoiseOptions {
  std::vector<NoiseKind> kinds;                          // empty: no noise
  std::vector<double> strengths = {0.1, 0.2, 0.3, 0.5};  // above 0, at most 1
  uint64_t seed = 1;
  // If there are more distinct captions, a random sample of this size is used. Bounds time and
  // memory: each model encodes each sampled caption once per kind and strength.
  int64_t max_captions = 2000;
};

// A metric under one noise condition, and its relative loss compared with the clean captions.
struct NoiseMetric {
  double value = 0;
  // 1 - value / clean value: 0 is no loss, 1 total loss, below 0 a gain. 0 if the clean value is 0.
  double lost = 0;
  // No value if StatisticsOptions::resamples is 0.
  std::optional<Interval> interval, lost_interval;
};

// Metrics under one noise condition: text -> image, strict, as defined in sightline/metrics.h.
struct NoisePoint {
  NoiseKind kind = NoiseKind::noise_words;
  double strength = 0;
  NoiseMetric accuracy;  // rank <= K
  NoiseMetric recall_at_1;
  NoiseMetric recall_at_5;
  NoiseMetric mean_reciprocal_rank;
};

// The metrics of one model under all noise conditions.
struct Robustness {
  int64_t queries = 0;     // captions used
  int64_t images = 0;      // images of these captions: the unit that the bootstrap resamples
  int64_t candidates = 0;  // images compared with each query
  int64_t encoded_texts = 0, cached_texts = 0;  // noisy captions
  double seconds = 0;                           // time to encode the noisy captions
  NoisePoint clean;                             // the same captions without noise: strength 0
  std::vector<NoisePoint>
      points;  // grouped by kind; kinds and strengths in the order of NoiseOptions
};

}  // namespace sightline
