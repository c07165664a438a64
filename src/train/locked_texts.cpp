#include "train/locked_texts.h"

#include <cstring>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "vectors/unit_rows.h"

namespace sightline {
namespace {

// The generator of a row's texts. Rows with equal texts, such as one subject in several styles,
// draw the same ones, so that each is encoded once.
Random texts_random(const TrainingRow& row, uint64_t seed) {
  Sha256 all;
  for (const auto* texts : {&row.captions, &row.keywords}) {
    for (const std::string& text : *texts) all.update(std::to_string(text.size()) + ":" + text);
    all.update(";");
  }
  const Digest digest = all.digest();
  uint64_t key = 0;
  std::memcpy(&key, digest.data(), sizeof key);
  return Random{seed, key};
}

}  // namespace

LockedTexts lock_texts(const TrainingSet& set, const Recipe& recipe, const EncodeTexts& encode) {
  LockedTexts locked;
  std::vector<std::string> texts;
  std::unordered_map<std::string, int64_t> number;
  for (const TrainingRow& row : set.rows) {
    Random random = texts_random(row, recipe.seed);
    std::vector<int64_t>& own = locked.of_row.emplace_back();
    for (int64_t i = 0; i < recipe.captions.variants; ++i) {
      std::string text = random_caption(row, recipe.captions, random);
      const auto [found, is_new] = number.emplace(text, static_cast<int64_t>(texts.size()));
      if (is_new) texts.push_back(std::move(text));
      own.push_back(found->second);
    }
  }
  locked.vectors = encode(texts);
  locked.means = Matrix(static_cast<int64_t>(set.rows.size()), locked.vectors.dim);
  for (size_t r = 0; r < locked.of_row.size(); ++r) {
    const std::span<float> mean = locked.means.row(static_cast<int64_t>(r));
    for (const int64_t text : locked.of_row[r]) {
      const std::span<const float> vector = std::as_const(locked.vectors).row(text);
      for (size_t d = 0; d < mean.size(); ++d) mean[d] += vector[d];
    }
    vectors::scale_to_unit(mean);
  }
  return locked;
}

}  // namespace sightline
