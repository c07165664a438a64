#include "rates/image_rates.h"

#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>

#include "base/file.h"
#include "base/parallel.h"
#include "image/image_preprocessor.h"

namespace sightline::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Calls of `fn` a second: whole rounds of `count` items, for at least `seconds`.
double rate(int64_t count, double seconds, const std::function<void()>& round) {
  round();
  const auto start = Clock::now();
  int64_t done = 0;
  double taken = 0;
  do {
    round();
    done += count;
    taken = seconds_since(start);
  } while (taken < seconds);
  return static_cast<double>(done) / taken;
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<StepRate> preprocess_rates(const std::vector<std::vector<uint8_t>>& files,
                                       const PreprocessSpec& spec, double seconds) {
  if (files.empty()) throw Error(ErrorCode::invalid_argument, "no images to measure with");
  const auto count = static_cast<int64_t>(files.size());
  const auto side = static_cast<size_t>(spec.crop_size);
  std::vector<Raster> rasters;
  for (const auto& file : files) rasters.push_back(decode_raster(file, "image", spec));
  image::ImagePreprocessor preparer(spec);
  const image::NormalizationTable levels(spec);
  std::vector<uint8_t> square(3 * side * side);
  std::vector<float> pixels(square.size());
  std::vector<StepRate> rates;
  rates.push_back({"decode", 1, rate(count, seconds, [&] {
                     for (const auto& file : files) preparer.decode(file, "image");
                   })});
  rates.push_back({"resize", 1, rate(count, seconds, [&] {
                     for (const Raster& raster : rasters)
                       preparer.resize_and_crop(raster, square.data());
                   })});
  rates.push_back({"normalize", 1, rate(count, seconds, [&] {
                     for (int64_t i = 0; i < count; ++i) {
                       levels.apply(square.data(), side * side, pixels.data());
                     }
                   })});
  rates.push_back({"all", 1, rate(count, seconds, [&] {
                     for (const auto& file : files) {
                       preparer.prepare(file, "image", pixels.data());
                     }
                   })});
  struct Worker {
    image::ImagePreprocessor preparer;
    std::vector<float> pixels;
  };
  std::vector<Worker> workers;
  for (int i = 0; i < thread_count(); ++i) {
    workers.push_back({image::ImagePreprocessor(spec), std::vector<float>(pixels.size())});
  }
  rates.push_back({"all", thread_count(), rate(count, seconds, [&] {
                     parallel_each(count, [&](int worker, int64_t i) {
                       Worker& own = workers[static_cast<size_t>(worker)];
                       own.preparer.prepare(files[static_cast<size_t>(i)], "image",
                                            own.pixels.data());
                     });
                   })});
  return rates;
}

double resize_rate(PixelMode mode, int width, int height, int side, int rounds) {
  PreprocessSpec spec;
  spec.resize_size = spec.crop_size = side;
  // Pillow's own order: RGBA is multiplied by alpha first, as Pillow's resize does.
  spec.order = PreprocessSpec::Order::openai;
  Raster raster;
  raster.mode = mode;
  raster.width = width;
  raster.height = height;
  const size_t channels = mode == PixelMode::l ? 1 : mode == PixelMode::rgba ? 4 : 3;
  raster.pixels.resize(static_cast<size_t>(width) * static_cast<size_t>(height) * channels);
  std::mt19937 random(1);
  for (uint8_t& value : raster.pixels) value = static_cast<uint8_t>(random());
  image::ImagePreprocessor preparer(spec);
  std::vector<uint8_t> out(3 * static_cast<size_t>(side) * static_cast<size_t>(side));
  std::vector<double> rates;
  for (int i = 0; i < rounds; ++i) {
    rates.push_back(rate(1, 0.05, [&] { preparer.resize_and_crop(raster, out.data()); }));
  }
  return median(rates);
}

EndToEndRate end_to_end_rate(const Model& model, const std::vector<fs::path>& files,
                             int64_t batch_size, int rounds) {
  if (files.empty())
    throw Error(ErrorCode::invalid_argument, "no images to measure with: the folder has no files");
  const PreprocessSpec& spec = model.preprocess();
  const size_t floats =
      3 * static_cast<size_t>(spec.crop_size) * static_cast<size_t>(spec.crop_size);
  std::vector<float> pixels(static_cast<size_t>(batch_size) * floats);
  image::ImagePreprocessor preparer(spec);
  for (size_t i = 0; i < static_cast<size_t>(batch_size); ++i) {
    preparer.prepare(read_file(files[i % files.size()], ImageLimits{}.max_bytes), "image",
                     pixels.data() + i * floats);
  }
  const Encoder encoder(model, {.batch_size = batch_size, .normalize = true, .limits = {}});
  const auto count = static_cast<int64_t>(files.size());
  // The same number of images in the same batches, the last one smaller.
  const auto tower = [&] {
    for (int64_t begin = 0; begin < count; begin += batch_size) {
      const int64_t size = std::min(batch_size, count - begin);
      model.encode_pixels({pixels.data(), static_cast<size_t>(size) * floats}, size);
    }
  };
  const auto from_files = [&] {
    size_t next = 0;
    encoder.encode_stream(
        [&]() -> std::optional<StreamImage> {
          if (next == files.size()) return std::nullopt;
          const fs::path& path = files[next++];
          return StreamImage{path.string(), read_file(path, ImageLimits{}.max_bytes), std::nullopt};
        },
        [](const StreamImage& image, std::span<const float>) {
          if (image.error) throw Error(ErrorCode::invalid_data, *image.error);
        },
        count);
  };
  const auto timed = [&](const std::function<void()>& fn) {
    const auto start = Clock::now();
    fn();
    return static_cast<double>(count) / seconds_since(start);
  };
  tower();
  from_files();
  std::vector<double> alone, whole, ratios;
  for (int i = 0; i < rounds; ++i) {
    alone.push_back(timed(tower));
    whole.push_back(timed(from_files));
    ratios.push_back(whole.back() / alone.back());
  }
  return {count, median(alone), median(whole), median(ratios)};
}

}  // namespace sightline::bench
