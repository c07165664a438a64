// The pictures behind some results, read again: the experiment keeps none of them.
#include <sightline/evaluation.h>

#include <utility>

#include "eval/row_stream.h"

namespace sightline {

std::map<int64_t, std::vector<uint8_t>> read_pictures(const EvaluationInput& input,
                                                      std::span<const ExperimentRow> rows,
                                                      std::span<const int64_t> wanted) {
  std::map<std::pair<std::string, std::string>, int64_t> missing;
  for (const int64_t index : wanted) {
    const ExperimentRow& row = rows[static_cast<size_t>(index)];
    missing[{row.split, row.id}] = index;
  }
  std::map<int64_t, std::vector<uint8_t>> pictures;
  RowStream stream(input);
  while (!missing.empty()) {
    auto item = stream.next();
    if (!item) break;
    const auto at = missing.find({item->split, item->row.id});
    if (at == missing.end() || item->row.error) continue;
    pictures[at->second] = std::move(item->row.image);
    missing.erase(at);
  }
  return pictures;
}

}  // namespace sightline
