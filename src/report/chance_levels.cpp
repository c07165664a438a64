#include "report/chance_levels.h"

#include "eval/chance.h"

namespace sightline {

std::vector<double> chance_levels(const ExperimentResult& result, View view,
                                  const std::optional<std::string>& split) {
  if (view != View::text_to_image && view != View::image_to_text) return {};
  std::vector<int64_t> captions(result.rows.size(), 0);
  for (const int64_t row : result.text_row) ++captions[static_cast<size_t>(row)];
  std::vector<int64_t> relevant;  // per query
  for (size_t row = 0; row < captions.size(); ++row) {
    if (captions[row] == 0 || (split && result.rows[row].split != *split)) continue;
    if (view == View::image_to_text) {
      relevant.push_back(captions[row]);
    } else {
      relevant.insert(relevant.end(), static_cast<size_t>(captions[row]), 1);
    }
  }
  if (relevant.empty()) return {};
  const size_t candidates =
      view == View::text_to_image ? result.rows.size() : result.text_row.size();
  return chance_level(relevant, static_cast<int64_t>(candidates), result.top_k);
}

}  // namespace sightline
