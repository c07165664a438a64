#include "report/failures/attacked_examples.h"

#include <sightline/error.h>

#include "eval/failures/attacked_images.h"

namespace sightline {

int64_t example_number(const ExperimentResult& result, size_t model, size_t example) {
  return static_cast<int64_t>(result.rows.size() + model * kMaxTypographicExamples + example);
}

void add_attacked_examples(const ExperimentResult& result, OrientationProfile orientation,
                           ImageBytes& images) {
  for (size_t m = 0; m < result.models.size(); ++m) {
    const auto& measured = result.models[m].failures.typographic;
    if (!measured) continue;
    for (size_t e = 0; e < measured->examples.size(); ++e) {
      const TypographicExample& example = measured->examples[e];
      const auto file = images.find(example.row);
      if (file == images.end()) continue;
      try {
        images[example_number(result, m, e)] =
            attacked_image(file->second, "image", example.word, orientation);
      } catch (const Error&) {  // the page shows its id
      }
    }
  }
}

}  // namespace sightline
