// Significance: which hits of a text query are matches, and whether there is any.
//
//   const Matrix background = encoder.encode_texts(background_texts()).vectors;
//   const auto null = sightline::NullModel::estimate(background, sample);  // once per collection
//   const auto answer = null.assess(query, similarities, collection.rows());
//   if (answer.verdict == sightline::Verdict::no_match) …
//
// Similarities of a model have no fixed scale: the best hit for one query can have a lower cosine
// than every wrong hit for another. The null model is therefore estimated from the collection
// itself: the similarities of its images with several hundred background texts, except those of
// images that are about the text. Method, assumptions and measured error rates:
// docs/decisions/0050-no-match.md.
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Returns the background texts, several hundred words and phrases for things of all kinds. If
// queries are put into a template ("a photo of a …"), put these into it too.
const std::vector<std::string>& background_texts();

// match: hits whose false discovery rate is controlled
// weak: the best hits are more likely matches than not
// no_match: no hit is distinguishable from images that the query is not about
// unknown: the collection is too small, or its images are all alike
enum class Verdict { match, weak, no_match, unknown };
// Returns "match", "weak", "no match" or "unknown".
std::string_view verdict_name(Verdict verdict);

struct SignificanceOptions {
  double fdr = 0.05;  // of the hits that are called matches; above 0, at most `weak`
  double weak = 0.5;  // of the hits of a query that is called weak; at most 1
};

struct HitSignificance {
  double p = 1;  // probability that an image that the query is not about is as similar
  double q = 1;  // smallest false discovery rate at which the hit is a match; not decreasing
};

struct Significance {
  Verdict verdict = Verdict::unknown;
  double p = 1;         // probability that the best of all images is as similar by chance
  int64_t matches = 0;  // number of first hits with q <= SignificanceOptions::fdr
  std::vector<HitSignificance> hits;  // of the similarities, in their order
};

// Mean and standard deviation of a query's similarities with the images of a collection.
struct SimilarityMoments {
  double mean = 0, spread = 0;
};

// The distribution of similarities of text queries with images that they are not about. A value;
// const calls are thread-safe.
class NullModel {
 public:
  // Estimates the model from the vectors of background texts (M, D) and a random sample of the
  // collection's vectors (S, D), all of unit length. Exact if the sample is the whole collection;
  // otherwise tails are extrapolated, which is the less certain the smaller S / N is; 4,096 rows
  // are a good size. Time M S D / (cores * 3e9) s, memory 4 M S bytes. A model of fewer than 50
  // rows, or of equal rows, gives the verdict unknown. Throws invalid_argument (sizes that
  // disagree, fewer than 100 texts, NaN or infinity).
  static NullModel estimate(const Matrix& background, const Matrix& sample);

  NullModel(const NullModel&);
  NullModel(NullModel&&) noexcept;
  NullModel& operator=(const NullModel&);
  NullModel& operator=(NullModel&&) noexcept;
  ~NullModel();

  int64_t dim() const;
  int64_t texts() const;  // M
  int64_t rows() const;   // S
  bool usable() const;    // false: assess() returns unknown

  // The moments of a query's similarities with the sample. Time D^2. Throws invalid_argument
  // (another dimension, NaN or infinity).
  SimilarityMoments moments(std::span<const float> query) const;

  // Judges the best hits of a query.
  //   similarities   of the hits, best first; as many as there are, at most `rows`. More hits can
  //                  only lower q-values
  //   rows           number of images that were searched, after filters
  // Time D^2 + hits. Throws what moments() throws; invalid_argument (NaN, similarities that
  // increase, more hits than rows, invalid options).
  Significance assess(std::span<const float> query, std::span<const double> similarities,
                      int64_t rows, const SignificanceOptions& options = {}) const;
  // The same with moments from elsewhere, such as those of the images that pass a filter.
  Significance assess(const SimilarityMoments& moments, std::span<const double> similarities,
                      int64_t rows, const SignificanceOptions& options = {}) const;

  // The model as bytes, to store it with a collection: 4 D^2 bytes and about 20 KB. parse() throws
  // invalid_data if the bytes are not what serialize() returned.
  std::string serialize() const;
  static NullModel parse(std::string_view bytes);

 private:
  struct Impl;
  explicit NullModel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sightline
