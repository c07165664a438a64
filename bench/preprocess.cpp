// Pictures per second through decoding, resizing and normalising, one thread.
#include <benchmark/benchmark.h>
#include <sightline/image.h>

#include <cstdint>
#include <vector>

namespace {

using namespace sightline;

// The size of a typical photo in a data set, smooth enough to look like one.
Raster photo(int width, int height) {
  Raster raster;
  raster.width = width;
  raster.height = height;
  raster.pixels.resize(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
  for (size_t i = 0; i < raster.pixels.size(); ++i) {
    raster.pixels[i] = static_cast<uint8_t>((i / 3) * 7 + i % 3 * 40 + (i >> 9));
  }
  return raster;
}

void preprocess(benchmark::State& state) {
  const Raster raster = photo(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  const PreprocessSpec spec;
  for (auto _ : state) benchmark::DoNotOptimize(preprocess_pixels(raster, spec));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(preprocess)
    ->Args({640, 480})
    ->Args({480, 640})
    ->Args({1920, 1080})
    ->Args({4000, 3000})
    ->Unit(benchmark::kMicrosecond);

void whole_resize(benchmark::State& state) {
  const Raster raster = photo(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  const Image image = to_rgb(raster);
  for (auto _ : state) {
    benchmark::DoNotOptimize(resize(image, 298, 224, ResizeFilter::bicubic));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(whole_resize)
    ->Args({640, 480})
    ->Args({1920, 1080})
    ->Args({4000, 3000})
    ->Unit(benchmark::kMicrosecond);

void normalize(benchmark::State& state) {
  const Image image = preprocess_pixels(photo(640, 480), PreprocessSpec{});
  std::vector<float> out(image.pixels.size());
  for (auto _ : state) {
    normalize_pixels(image, PreprocessSpec{}, out.data());
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(normalize)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
