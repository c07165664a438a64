#include "measure/preprocess_rate.h"

#include <sightline/image.h>

#include <memory>

#include "base/file.h"
#include "base/parallel.h"
#include "image/image_preprocessor.h"
#include "measure/interleaved_rounds.h"

namespace sightline {

Rate preprocess_rate(const PreprocessSpec& spec, const ImageFiles& files,
                     const MeasureOptions& options) {
  std::vector<std::vector<uint8_t>> bytes;
  for (const auto& path : files.paths()) bytes.push_back(read_file(path, ImageLimits{}.max_bytes));
  const int64_t floats = spec.max_elements();
  std::vector<float> pixels(bytes.size() * static_cast<size_t>(floats));
  std::vector<std::unique_ptr<image::ImagePreprocessor>> preprocessors;
  for (int thread = 0; thread < thread_count(); ++thread)
    preprocessors.push_back(std::make_unique<image::ImagePreprocessor>(spec));
  const auto times = run_interleaved(
      {[&] {
        parallel_each(static_cast<int64_t>(bytes.size()), [&](int worker, int64_t at) {
          const auto i = static_cast<size_t>(at);
          preprocessors[static_cast<size_t>(worker)]->prepare(
              bytes[i], "image", pixels.data() + i * static_cast<size_t>(floats));
        });
      }},
      options.rounds, options.least_seconds);
  const auto count = static_cast<double>(bytes.size());
  return {"preprocess",
          "u8",
          static_cast<int64_t>(bytes.size()),
          count / times[0].median,
          count / times[0].best,
          {},
          {},
          {}};
}

}  // namespace sightline
