// How much of a model's retrieval is left when the captions are not clean.
//
// Every kind of noise changes words (runs of anything but white space). `strength` is the share of
// words that are hit, 0 to 1: each word is hit or not by a draw of its own, so that captions of one
// or two words follow the share as well, on average. What a word hit at 10 % suffers, it suffers
// the same way at every higher strength. Draws follow from the seed, the kind, the caption's bytes
// and the word's place, on every machine (docs/decisions/0020-noise-on-captions.md).
#pragma once

#include <sightline/statistics.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sightline {

enum class NoiseKind {
  noise_words,    // after the word stands another one, of 4 to 13 random letters a-z
  typos,          // one slip in the word: two neighbours swapped, one dropped, one doubled, or a
                  // neighbouring key (US layout) for a letter or digit
  dropped_words,  // the word is missing; one word always stays
  upper_case,     // THE WORD
  title_case,     // The Word
  random_case     // tHe wORd: each letter by the toss of a coin
};

// All kinds, in the order of reports.
std::span<const NoiseKind> all_noise_kinds();

// "noise-words", "typos", "dropped-words", "upper-case", "title-case", "random-case".
std::string_view noise_name(NoiseKind kind);
// The kind of that name. Throws invalid_argument, with the names there are.
NoiseKind parse_noise_kind(std::string_view name);

struct NoiseOptions {
  std::vector<NoiseKind> kinds;                          // empty: no noise is tried
  std::vector<double> strengths = {0.1, 0.2, 0.3, 0.5};  // above 0, at most 1
  uint64_t seed = 1;
  // Of more distinct captions than this, so many are drawn. Bounds time and memory: every kind and
  // strength encodes each of them once a model.
  int64_t max_captions = 2000;
};

// A figure of one condition, and what it lost against the clean captions.
struct NoiseFigure {
  double value = 0;
  // 1 - value / clean: 0 nothing lost, 1 all, below 0 gained. 0 where the clean figure is 0.
  double lost = 0;
  // None where none were asked for (StatisticsOptions::resamples 0).
  std::optional<Interval> interval, lost_interval;
};

// Text -> image, strict; the definitions of sightline/experiment.h.
struct NoisePoint {
  NoiseKind kind = NoiseKind::noise_words;
  double strength = 0;
  NoiseFigure accuracy;  // rank <= K
  NoiseFigure recall_at_1;
  NoiseFigure recall_at_5;
  NoiseFigure mean_reciprocal_rank;
};

// What one model is worth under noise.
struct Robustness {
  int64_t queries = 0;  // captions that took part
  int64_t images = 0;   // theirs: what the intervals resample
  int64_t candidates = 0;
  int64_t encoded_texts = 0, cached_texts = 0;  // beside the clean captions
  double seconds = 0;                           // encoding them
  NoisePoint clean;                             // strength 0; nothing lost
  std::vector<NoisePoint> points;               // kind after kind, strengths as asked for
};

}  // namespace sightline
