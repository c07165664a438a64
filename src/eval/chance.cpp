#include "eval/chance.h"

#include <sightline/error.h>

#include <algorithm>
#include <map>

namespace sightline {
namespace {

// Probability that the first of `own` among `all` randomly ordered candidates is at position <= k:
// 1 - C(all - k, own) / C(all, own).
double first_within(int64_t own, int64_t all, int64_t k) {
  double none = 1;
  for (int64_t j = 0; j < own; ++j) {
    none *= static_cast<double>(std::max<int64_t>(0, all - k - j)) / static_cast<double>(all - j);
  }
  return 1 - none;
}

}  // namespace

double chance_recall(const ExperimentResult& result, View view, int64_t k) {
  const auto images = static_cast<int64_t>(result.rows.size()),
             texts = static_cast<int64_t>(result.text_row.size());
  if (texts == 0) return 0;
  if (view == View::text_to_image) return first_within(1, images, k);
  if (view != View::image_to_text) {
    throw Error(ErrorCode::invalid_argument, "the chance level of '", view_name(view),
                "' is not defined; expected a strict view");
  }
  std::map<int64_t, int64_t> captions;  // row -> number of its captions
  for (const int64_t row : result.text_row) ++captions[row];
  double sum = 0;
  for (const auto& [row, count] : captions) sum += first_within(count, texts, k);
  return sum / static_cast<double>(captions.size());
}

}  // namespace sightline
