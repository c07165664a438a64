// Calls on one Model from several threads give the bits of serial calls.
#include <gtest/gtest.h>
#include <sightline/encoder.h>
#include <sightline/model.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <latch>
#include <thread>

#include "base/file.h"
#include "base/plugin.h"

namespace sightline {
namespace {

constexpr int kThreads = 4, kRounds = 3;

struct Case {
  const char* name;
  const char* model;
  ModelOptions options;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

ModelOptions options_of(Backend backend, Precision precision, bool lazy = false) {
  ModelOptions options;
  options.backend = backend;
  options.precision = precision;
  options.lazy_packing = lazy;
  return options;
}

std::vector<float> pixels_of(int seed, int64_t batch, int side) {
  std::vector<float> pixels(static_cast<size_t>(batch * 3 * side * side));
  for (size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<float>(std::sin(0.37 * static_cast<double>(i) + seed));
  return pixels;
}

// Other words for every seed, of the same lengths: each layer has the same rows in every call.
std::vector<TokenIds> texts_of(int seed) {
  std::vector<TokenIds> texts;
  for (const int length : {3, 9, 4, 12, 7}) {
    TokenIds& text = texts.emplace_back();
    for (int i = 0; i < length; ++i) text.ids.push_back(1 + (seed * 31 + i * 17 + length) % 90);
  }
  return texts;
}

std::vector<float> encode(const Model& model, int seed) {
  std::vector<float> values;
  if (model.info().has_image) {
    const auto pixels = pixels_of(seed, 3, model.info().image_size);
    values = model.encode_pixels(pixels, 3).values;
  }
  if (model.info().has_text) {
    const Matrix vectors = model.encode_tokens(texts_of(seed));
    values.insert(values.end(), vectors.values.begin(), vectors.values.end());
  }
  return values;
}

// Calls work(thread) on all threads at the same moment.
template <class Work>
void run_threads(const Work& work) {
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      start.arrive_and_wait();
      work(thread);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::filesystem::path path_of(const char* model) {
  return std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "models" / model;
}

class OverlappingCalls : public ::testing::TestWithParam<Case> {};

TEST_P(OverlappingCalls, GiveTheBitsOfSerialCalls) {
  const Case& c = GetParam();
  if (c.options.backend == Backend::torch && !plugin_exists("torch"))
    GTEST_SKIP() << "built without libtorch";
  std::vector<std::vector<float>> expected;
  const Model serial = Model::load(path_of(c.model), c.options);
  for (int thread = 0; thread < kThreads; ++thread) expected.push_back(encode(serial, thread));
  ASSERT_NE(expected[0], expected[1]);

  // A model of its own: its first calls, which pack weights and make primitives, overlap too.
  const Model shared = Model::load(path_of(c.model), c.options);
  std::atomic<int> different = 0;
  run_threads([&](int thread) {
    for (int round = 0; round < kRounds; ++round)
      different += encode(shared, thread) != expected[static_cast<size_t>(thread)];
  });
  EXPECT_EQ(different, 0) << "of " << kThreads * kRounds << " calls";
}

INSTANTIATE_TEST_SUITE_P(
    Models, OverlappingCalls,
    ::testing::Values(
        Case{"vit_fp32", "emoji-vit-8", options_of(Backend::cpu, Precision::fp32)},
        Case{"vit_lazy", "emoji-vit-8", options_of(Backend::cpu, Precision::fp32, true)},
        Case{"vit_bf16", "emoji-vit-8", options_of(Backend::cpu, Precision::bf16)},
        Case{"vit_int8", "emoji-vit-8", options_of(Backend::cpu, Precision::int8)},
        Case{"vit_torch", "emoji-vit-8", options_of(Backend::torch, Precision::fp32)},
        Case{"resnet_fp32", "emoji-resnet", options_of(Backend::cpu, Precision::fp32)},
        Case{"resnet_int8", "emoji-resnet", options_of(Backend::cpu, Precision::int8)},
        Case{"modified_resnet_bf16", "emoji-rn", options_of(Backend::cpu, Precision::bf16)},
        Case{"bert_lazy", "emoji-bert", options_of(Backend::cpu, Precision::fp32, true)}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Encoder, OverlappingCallsGiveTheVectorsOfSerialCalls) {
  const Model model = Model::load(path_of("emoji-vit-8"));
  std::vector<std::vector<uint8_t>> files;
  std::vector<ImageInput> inputs;
  for (const char* name : {"cmyk.jpg", "grey.jpg", "exif6.png"}) {
    const auto path = std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/image" / name;
    files.push_back(read_file(path, 1 << 24));
  }
  files.push_back({1, 2, 3});
  for (const auto& file : files) inputs.push_back({"image", file});
  const std::vector<std::string> texts = {"a red heart", "a cat that laughs"};
  const Encoder encoder(model, {.batch_size = 2, .normalize = true, .limits = {}});
  const EncodedImages images = encoder.encode_images(inputs);
  const EncodedTexts words = encoder.encode_texts(texts);
  std::atomic<int> different = 0;
  run_threads([&](int thread) {
    for (int round = 0; round < kRounds; ++round) {
      if (thread % 2 == 0) {
        const EncodedImages again = encoder.encode_images(inputs);
        different += again.vectors.values != images.vectors.values || again.errors != images.errors;
      } else {
        different += encoder.encode_texts(texts).vectors.values != words.vectors.values;
      }
    }
  });
  EXPECT_EQ(different, 0);
}

// Single queries use weights in place while batches pack them. Which of the two a query meets is a
// matter of time, and the results differ in the last places.
TEST(LazyPacking, QueriesMayOverlapWithTheBatchThatPacks) {
  const auto options = options_of(Backend::cpu, Precision::fp32, true);
  const Model serial = Model::load(path_of("emoji-vit-8"), options);
  const std::vector<TokenIds> query = {texts_of(1).front()};
  const Matrix expected = serial.encode_tokens(query);
  for (int round = 0; round < kRounds; ++round) {
    const Model shared = Model::load(path_of("emoji-vit-8"), options);
    std::atomic<int> different = 0;
    run_threads([&](int thread) {
      if (thread == 0) {
        std::vector<TokenIds> batch;
        for (int seed = 0; seed < 20; ++seed) batch.push_back(texts_of(seed)[3]);
        shared.encode_tokens(batch);
        return;
      }
      for (int repeat = 0; repeat < 5; ++repeat) {
        const Matrix vector = shared.encode_tokens(query);
        for (size_t i = 0; i < vector.values.size(); ++i)
          different += !(std::abs(vector.values[i] - expected.values[i]) < 1e-4f);
      }
    });
    EXPECT_EQ(different, 0);
  }
}

}  // namespace
}  // namespace sightline
