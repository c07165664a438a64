#include "eval/calibration.h"

#include "eval/row_stream.h"

namespace sightline {

PrecisionChoice choose_for_data(const EvaluationInput& input, const std::filesystem::path& model) {
  std::vector<Row> rows;
  RowStream stream(input);
  while (static_cast<int>(rows.size()) < kCalibrationItems) {
    auto item = stream.next();
    if (!item) break;
    if (!item->row.error) rows.push_back(std::move(item->row));
  }
  std::vector<ImageInput> images;
  std::vector<std::string> texts;
  for (const Row& row : rows) {
    images.push_back({row.id, row.image});
    if (!row.captions.empty() && !row.captions.front().empty())
      texts.push_back(row.captions.front());
  }
  return choose_precision(model, input.model, images, texts);
}

}  // namespace sightline
