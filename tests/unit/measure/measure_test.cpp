#include "measure/measure.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <chrono>
#include <set>
#include <thread>

#include "base/file.h"
#include "measure/image_files.h"
#include "measure/interleaved_rounds.h"
#include "measure/peak_memory.h"
#include "measure/read_bandwidth.h"
#include "measure/roofline/roofline_baseline.h"
#include "measure/sample_captions.h"
#include "measure/synthetic_photo.h"
#include "measure/synthetic_vectors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

fs::path shipped() {
  return fs::path(SIGHTLINE_SOURCE_DIR) / "models" / "emoji-vit-8";
}

TEST(RooflineBaseline, RunsInEveryPrecision) {
  RooflineWork work;
  work.products = {{64, 256, 256, 0}, {1, 256, 8, 1}, {7, 256, 256, 0}, {7, 256, 256, 2}};
  work.convolutions = {{1, 16, 16, 32, 32, 3, 1, 1}, {1, 16, 16, 32, 32, 3, 2, 1, true}};
  for (const Precision precision : {Precision::fp32, Precision::bf16, Precision::int8}) {
    std::unique_ptr<RooflineBaseline> baseline;
    try {
      baseline = create_roofline_baseline(work, precision);
    } catch (const Error& error) {
      // A processor without the instructions may have no implementation; never in fp32.
      ASSERT_EQ(error.code(), ErrorCode::unsupported) << error.what();
      ASSERT_NE(precision, Precision::fp32);
      continue;
    }
    baseline->run();
    baseline->run();
  }
}

TEST(RooflineWork, CountsMultiplicationsAndAdditions) {
  RooflineWork work;
  EXPECT_EQ(work.operations(), 0);
  work.products = {{64, 256, 128, 0}};
  EXPECT_EQ(work.operations(), 2. * 64 * 256 * 128);
  work.products.push_back({64, 256, 128, 1});
  EXPECT_EQ(work.operations(), 2 * 2. * 64 * 256 * 128);
  work.products.clear();
  work.convolutions = {{2, 16, 15, 32, 24, 3, 2, 1}};  // 8 x 8 outputs
  EXPECT_EQ(work.operations(), 2. * (2 * 8 * 8) * (32 * 3 * 3) * 24);
  work.convolutions = {{2, 16, 15, 32, 32, 3, 2, 1, true}};  // depthwise
  EXPECT_EQ(work.operations(), 2. * (2 * 8 * 8) * (3 * 3) * 32);
}

TEST(InterleavedRounds, MeasuresSecondsARunAndAlternates) {
  std::string order;
  const auto wait = [](int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); };
  const auto times = run_interleaved({[&] {
                                        order += 'a';
                                        wait(2);
                                      },
                                      [&] {
                                        order += 'b';
                                        wait(6);
                                      }},
                                     3, 0);
  EXPECT_EQ(order, "abababab");  // one uncounted run, then three rounds
  EXPECT_GE(times[0].best, 0.002);
  EXPECT_GE(times[1].best, 0.006);
  EXPECT_GE(times[0].median, times[0].best);
}

TEST(InterleavedRounds, RepeatsAShortJobForTheGivenTime) {
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> ends;
  run_interleaved({[&] {
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                    ends.push_back(Clock::now());
                  }},
                  1, 0.02);
  ASSERT_GE(ends.size(), 2u);  // the first is not counted
  EXPECT_GE(std::chrono::duration<double>(ends.back() - ends.front()).count(), 0.02);
}

TEST(ReadBandwidth, IsPlausible) {
  const double bytes = read_bandwidth(64 << 20, 3);
  EXPECT_GT(bytes, 1e8);
  EXPECT_LT(bytes, 1e13);
}

TEST(PeakMemory, SeesAnAllocation) {
  reset_peak_memory();
  const int64_t before = peak_memory_bytes();
  EXPECT_GT(before, 0);
  const std::vector<char> block(200 << 20, 1);
  EXPECT_GE(peak_memory_bytes(), before + (100 << 20)) << block.size();
}

TEST(Images, SyntheticPhotographsDecodeDifferAndAreRemoved) {
  fs::path folder;
  {
    const ImageFiles files(2);
    ASSERT_EQ(files.paths().size(), 2u);
    folder = files.paths()[0].parent_path();
    const auto first = read_file(files.paths()[0], 1 << 22),
               second = read_file(files.paths()[1], 1 << 22);
    EXPECT_NE(first, second);
    const Raster raster = decode_raster(first, "first");
    EXPECT_EQ(raster.width, 640);
    EXPECT_EQ(raster.height, 480);
    // As heavy as photographs of that size are (COCO's: 40 to 300 kB).
    EXPECT_GT(files.mean_bytes(), 60e3);
    EXPECT_LT(files.mean_bytes(), 250e3);
  }
  EXPECT_FALSE(fs::exists(folder));
}

TEST(Images, AreTheFilesOfAFolderThatDecode) {
  const fs::path folder = fs::path(::testing::TempDir()) / "sightline-measure-images";
  fs::create_directories(folder);
  write_file_atomic(folder / "notes.txt", "no image");
  try {
    const ImageFiles none(folder, 8);
    FAIL() << "found an image";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
  }
  write_file_atomic(folder / "a.jpg", synthetic_photo(64, 48, 1));
  const ImageFiles some(folder, 8);
  ASSERT_EQ(some.paths().size(), 1u);
  EXPECT_EQ(some.paths()[0].filename(), "a.jpg");
  fs::remove_all(folder);
}

TEST(SyntheticVectors, AreUnitVectorsAndReproducible) {
  constexpr int64_t kRows = 300, kDim = 32;
  const auto vectors = synthetic_vectors(kRows, kDim, 3, 10);
  ASSERT_EQ(vectors.size(), static_cast<size_t>(kRows * kDim));
  for (int64_t i = 0; i < kRows; ++i) {
    double squares = 0;
    for (int64_t d = 0; d < kDim; ++d) {
      const double x = vectors[static_cast<size_t>(i * kDim + d)];
      squares += x * x;
    }
    EXPECT_NEAR(squares, 1, 1e-5) << i;
  }
  EXPECT_EQ(synthetic_vectors(kRows, kDim, 3, 10), vectors);
  EXPECT_NE(synthetic_vectors(kRows, kDim, 4, 10), vectors);
}

TEST(Captions, AreDifferentAndOfOrdinaryLength) {
  const auto& captions = sample_captions();
  EXPECT_EQ(captions.size(), 32u);
  EXPECT_EQ(std::set<std::string>(captions.begin(), captions.end()).size(), captions.size());
}

TEST(MeasureModel, ReturnsEveryRateWithItsRoofline) {
  MeasureOptions options;
  options.batches = {1, 4};
  options.rounds = 2;
  options.least_seconds = 0;
  int64_t updates = 0, last = 0, total = 0;
  const Measurements found = measure_model(shipped(), options, [&](const ProgressUpdate& update) {
    ++updates;
    last = update.done;
    total = update.total;
  });
  std::vector<std::string> rows;
  for (const Rate& rate : found.rates) {
    rows.push_back(rate.what + " " + rate.precision + " " + std::to_string(rate.batch));
    EXPECT_GT(rate.per_second, 0) << rows.back();
    EXPECT_TRUE(!rate.best_per_second || *rate.best_per_second >= rate.per_second) << rows.back();
    EXPECT_EQ(rate.share_of_roofline.has_value(), rate.what != "preprocess") << rows.back();
    if (rate.what == "image" || rate.what == "text") {
      EXPECT_GT(*rate.roofline_operations, 1e8) << rows.back();
      EXPECT_NEAR(*rate.share_of_roofline, rate.per_second / *rate.roofline_per_second, 1e-9);
    }
  }
  EXPECT_EQ(rows, (std::vector<std::string>{"preprocess u8 64", "image fp32 1", "image fp32 4",
                                            "text fp32 1", "text fp32 4", "end_to_end fp32 4",
                                            "search fp32 1", "search fp32 8", "search fp32 64",
                                            "search bf16 1", "search bf16 8", "search bf16 64",
                                            "search int8 1", "search int8 8", "search int8 64"}));
  EXPECT_EQ(last, total);
  EXPECT_EQ(updates, total + 1);
  EXPECT_GT(*found.read_bytes_per_second, 0);
  ASSERT_EQ(found.peak_memory.size(), 1u);
  EXPECT_GT(found.peak_memory[0].bytes, 1 << 20);
  EXPECT_TRUE(found.synthetic_images);
}

TEST(MeasureModel, RefusesOptionsThatDoNotFit) {
  const auto code = [](MeasureOptions options) {
    try {
      measure_model(shipped(), options);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  MeasureOptions options;
  options.what = {"speed"};
  EXPECT_EQ(code(options), ErrorCode::invalid_argument);
  options = {};
  options.batches = {0};
  EXPECT_EQ(code(options), ErrorCode::invalid_argument);
  options = {};
  options.what = {"preprocess"};
  options.images = "no-such-folder";
  EXPECT_EQ(code(options), ErrorCode::not_found);
}

}  // namespace
}  // namespace sightline
