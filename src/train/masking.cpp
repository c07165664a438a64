#include "train/masking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sightline {

MaskedText mask_tokens(std::span<const int32_t> ids, const Masking& masking, Random& random) {
  MaskedText text{{ids.begin(), ids.end()}, {}, {}};
  if (ids.size() < 3) return text;
  text.positions.resize(ids.size() - 2);
  std::iota(text.positions.begin(), text.positions.end(), 1);
  random.shuffle(text.positions);
  const auto tokens = static_cast<double>(text.positions.size());
  text.positions.resize(static_cast<size_t>(std::max(1.0, std::round(masking.share * tokens))));
  std::sort(text.positions.begin(), text.positions.end());
  for (const int32_t position : text.positions) {
    int32_t& id = text.ids[static_cast<size_t>(position)];
    text.targets.push_back(id);
    const double choice = random.uniform();
    const auto words = static_cast<uint64_t>(masking.vocab_size - masking.first_word);
    if (choice < 0.8) {
      id = masking.mask_id;
    } else if (choice < 0.9) {
      id = masking.first_word + static_cast<int32_t>(random.below(words));
    }
  }
  return text;
}

}  // namespace sightline
