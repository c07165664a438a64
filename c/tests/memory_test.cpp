// Repeated calls do not make the process grow, and may overlap.
#include <malloc.h>

#include <thread>

#include "fixture.h"

namespace sightline::test {
namespace {

// Bytes that are allocated and not freed.
size_t allocated() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Every kind of handle and of failure once.
void call_everything(const std::vector<float>& values, int64_t dim) {
  sightline_error error;
  OwnedIndex index;
  EXPECT_OK(sightline_index_create(values.data(), 4, dim, index.out(), &error));
  int64_t rows[2];
  double similarities[2];
  sightline_index_search_options options;
  EXPECT_OK(sightline_index_search_options_init(&options, sizeof options, &error));
  options.k = 2;
  EXPECT_OK(sightline_index_search(index, values.data(), 1, dim, &options, rows, similarities, 2,
                                   &error));
  EXPECT_EQ(
      sightline_index_search(index, values.data(), 1, dim, &options, rows, similarities, 1, &error),
      SIGHTLINE_BUFFER_TOO_SMALL);
  int32_t ids[100];
  size_t count = 0;
  EXPECT_OK(
      sightline_model_tokenize(shared_model(), "a red heart", ids, 100, &count, nullptr, &error));
  OwnedEncoder encoder;
  EXPECT_OK(sightline_encoder_create(shared_model(), nullptr, encoder.out(), &error));
  const char* paths[] = {"no/such.jpg"};
  std::vector<float> vector(static_cast<size_t>(shared_dim()));
  OwnedFailures failures;
  EXPECT_OK(sightline_encoder_files(encoder, paths, 1, vector.data(), vector.size(), failures.out(),
                                    nullptr, nullptr, &error));
  OwnedModel model;
  EXPECT_EQ(sightline_model_load("no/such", nullptr, model.out(), &error), SIGHTLINE_NOT_FOUND);
}

TEST(Memory, DoesNotGrowIn10000Calls) {
  const int64_t dim = 16;
  std::vector<float> values(4 * dim, 0.5f);
  for (int i = 0; i < 100; ++i) call_everything(values, dim);  // caches and thread workspaces
  const size_t before = allocated();
  for (int i = 0; i < 10'000; ++i) call_everything(values, dim);
  EXPECT_LT(allocated(), before + 64 * 1024);  // less than 7 bytes per call
}

TEST(Memory, DoesNotGrowInSearchesOfALibrary) {
  sightline_error error;
  const ScratchDirectory scratch;
  sightline_library_options options;
  EXPECT_OK(sightline_library_options_init(&options, sizeof options, &error));
  options.create = 1;
  OwnedLibrary library;
  const std::string folder = scratch.path() / "library";
  EXPECT_OK(sightline_library_open(folder.c_str(), &options, library.out(), &error));
  const std::string image = image_file("odd.jpg");
  const char* path = image.c_str();
  EXPECT_OK(sightline_library_index(library, shared_model(), &path, 1, nullptr, nullptr, nullptr,
                                    nullptr, &error));
  const auto search = [&] {
    const char* query = "a red heart name:odd*";
    OwnedHits hits;
    EXPECT_OK(sightline_library_search(library, shared_model(), &query, 1, nullptr, nullptr,
                                       nullptr, hits.out(), &error));
    auto hit = sized<sightline_hit>();
    EXPECT_OK(sightline_hits_get(hits, 0, 0, &hit, &error));
  };
  for (int i = 0; i < 20; ++i) search();
  const size_t before = allocated();
  for (int i = 0; i < 300; ++i) search();
  EXPECT_LT(allocated(), before + 64 * 1024);
}

TEST(Threads, ShareHandles) {
  sightline_error error;
  OwnedEncoder encoder;
  EXPECT_OK(sightline_encoder_create(shared_model(), nullptr, encoder.out(), &error));
  const auto encode = [&](sightline_error* own) {
    const char* text = "a red heart";
    std::vector<float> vector(static_cast<size_t>(shared_dim()));
    EXPECT_EQ(sightline_encoder_texts(encoder, &text, 1, vector.data(), vector.size(), nullptr,
                                      nullptr, nullptr, own),
              SIGHTLINE_OK);
    return vector;
  };
  const std::vector<float> expected = encode(&error);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      sightline_error own;
      for (int i = 0; i < 20; ++i) EXPECT_EQ(encode(&own), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sightline::test
