// NULL for each pointer that must not be NULL, in every function.
#include "fixture.h"

namespace sightline::test {
namespace {

#define EXPECT_NULL_FAILS(name, call) \
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'" name "' is NULL", call)

class NullArguments : public ::testing::Test {
 protected:
  NullArguments() {
    options.create = 1;
    options.wait = 0;
    options.purpose = nullptr;
    options.struct_size = sizeof options;
    EXPECT_OK(sightline_encoder_create(shared_model(), nullptr, encoder.out(), &error));
    EXPECT_OK(sightline_index_create(values, 2, 2, index.out(), &error));
    const std::string library_folder = scratch.path() / "library";
    EXPECT_OK(sightline_library_open(library_folder.c_str(), &options, library.out(), &error));
    EXPECT_OK(sightline_library_get_state(library, state.out(), &error));
    const std::string image = image_file("odd.jpg");
    const char* path = image.c_str();
    EXPECT_OK(sightline_library_index(library, shared_model(), &path, 1, nullptr, nullptr, nullptr,
                                      changes.out(), &error));
    const char* query = "name:*";
    EXPECT_OK(sightline_library_search(library, nullptr, &query, 1, nullptr, nullptr, nullptr,
                                       hits.out(), &error));
  }

  sightline_error error;
  const ScratchDirectory scratch;
  const float values[4] = {1, 0, 0, 1};
  sightline_library_options options;
  OwnedEncoder encoder;
  OwnedIndex index;
  OwnedLibrary library;
  OwnedState state;
  OwnedChanges changes;
  OwnedHits hits;
  size_t count = 0;
  const char* text = nullptr;
};

TEST_F(NullArguments, OfModels) {
  auto info = sized<sightline_model_info>();
  EXPECT_NULL_FAILS("model", sightline_model_get_info(nullptr, &info, &error));
  EXPECT_NULL_FAILS("sightline_model_info",
                    sightline_model_get_info(shared_model(), nullptr, &error));
  EXPECT_NULL_FAILS("model", sightline_model_warning(nullptr, 0, &text, &error));
  EXPECT_NULL_FAILS("model",
                    sightline_model_tokenize(nullptr, "", nullptr, 0, &count, nullptr, &error));
  sightline_model_free(nullptr);
}

TEST_F(NullArguments, OfFailures) {
  auto failure = sized<sightline_failure>();
  EXPECT_NULL_FAILS("failures", sightline_failures_count(nullptr, &count, &error));
  EXPECT_NULL_FAILS("failures", sightline_failures_get(nullptr, 0, &failure, &error));
  sightline_failures_free(nullptr);
}

TEST_F(NullArguments, OfEncoders) {
  const char* texts[] = {"a", nullptr};
  float out[1000];
  EXPECT_NULL_FAILS("model", sightline_encoder_create(nullptr, nullptr, encoder.out(), &error));
  EXPECT_NULL_FAILS("encoder", sightline_encoder_create(shared_model(), nullptr, nullptr, &error));
  EXPECT_OK(sightline_encoder_create(shared_model(), nullptr, encoder.out(), &error));
  const auto encode = [&](const sightline_encoder* with, const char* const* from, float* to) {
    return sightline_encoder_texts(with, from, 2, to, 1000, nullptr, nullptr, nullptr, &error);
  };
  EXPECT_NULL_FAILS("encoder", encode(nullptr, texts, out));
  EXPECT_NULL_FAILS("texts", encode(encoder, nullptr, out));
  EXPECT_NULL_FAILS("texts[1]", encode(encoder, texts, out));
  texts[1] = "b";
  EXPECT_NULL_FAILS("vectors", encode(encoder, texts, nullptr));
  const auto files = [&](const sightline_encoder* with, const char* const* from, float* to) {
    return sightline_encoder_files(with, from, 2, to, 1000, nullptr, nullptr, nullptr, &error);
  };
  EXPECT_NULL_FAILS("encoder", files(nullptr, texts, out));
  EXPECT_NULL_FAILS("paths", files(encoder, nullptr, out));
  EXPECT_NULL_FAILS("vectors", files(encoder, texts, nullptr));
  sightline_encoder_free(nullptr);
}

TEST_F(NullArguments, OfImagesInMemory) {
  float out[1000];
  const uint8_t byte = 0;
  const auto images = [&](const sightline_encoder* with, sightline_image image, float* to) {
    return sightline_encoder_images(with, &image, 1, to, 1000, nullptr, nullptr, nullptr, &error);
  };
  EXPECT_NULL_FAILS("encoder", images(nullptr, {"x", &byte, 1}, out));
  EXPECT_NULL_FAILS("name", images(encoder, {nullptr, &byte, 1}, out));
  EXPECT_NULL_FAILS("bytes", images(encoder, {"x", nullptr, 1}, out));
  EXPECT_NULL_FAILS("vectors", images(encoder, {"x", &byte, 1}, nullptr));
  EXPECT_NULL_FAILS("images", sightline_encoder_images(encoder, nullptr, 1, out, 1000, nullptr,
                                                       nullptr, nullptr, &error));
  const auto pixels = [&](const sightline_encoder* with, sightline_pixels image, float* to) {
    return sightline_encoder_pixels(with, &image, 1, to, 1000, nullptr, nullptr, nullptr, &error);
  };
  EXPECT_NULL_FAILS("encoder", pixels(nullptr, {"x", &byte, 1, 1}, out));
  EXPECT_NULL_FAILS("name", pixels(encoder, {nullptr, &byte, 1, 1}, out));
  EXPECT_NULL_FAILS("rgb", pixels(encoder, {"x", nullptr, 1, 1}, out));
  EXPECT_NULL_FAILS("vectors", pixels(encoder, {"x", &byte, 1, 1}, nullptr));
  EXPECT_NULL_FAILS("images", sightline_encoder_pixels(encoder, nullptr, 1, out, 1000, nullptr,
                                                       nullptr, nullptr, &error));
}

TEST_F(NullArguments, OfIndexes) {
  auto info = sized<sightline_index_info>();
  int64_t rows[20];
  double similarities[20];
  float out[2];
  EXPECT_NULL_FAILS("index", sightline_index_create(values, 2, 2, nullptr, &error));
  EXPECT_NULL_FAILS("index", sightline_index_view(values, 2, 2, nullptr, &error));
  EXPECT_NULL_FAILS("index", sightline_index_open("x", nullptr, &error));
  EXPECT_NULL_FAILS("npy", sightline_index_open(nullptr, OwnedIndex().out(), &error));
  EXPECT_NULL_FAILS("index", sightline_index_get_info(nullptr, &info, &error));
  EXPECT_NULL_FAILS("sightline_index_info", sightline_index_get_info(index, nullptr, &error));
  EXPECT_NULL_FAILS("index", sightline_index_warning(nullptr, 0, &text, &error));
  EXPECT_NULL_FAILS("index", sightline_index_vector(nullptr, 0, out, 2, &error));
  EXPECT_NULL_FAILS("vector", sightline_index_vector(index, 0, nullptr, 2, &error));
  EXPECT_NULL_FAILS("index", sightline_index_quantize(nullptr, SIGHTLINE_SCAN_BF16, &error));
  EXPECT_NULL_FAILS("index", sightline_index_save(nullptr, &error));
  const auto search = [&](const sightline_index* with, const float* queries, int64_t* to,
                          double* similar) {
    return sightline_index_search(with, queries, 2, 2, nullptr, to, similar, 20, &error);
  };
  EXPECT_NULL_FAILS("index", search(nullptr, values, rows, similarities));
  EXPECT_NULL_FAILS("queries", search(index, nullptr, rows, similarities));
  EXPECT_NULL_FAILS("rows", search(index, values, nullptr, similarities));
  EXPECT_NULL_FAILS("similarities", search(index, values, rows, nullptr));
  sightline_index_free(nullptr);
}

TEST_F(NullArguments, OfLibraries) {
  const char* path = "x";
  EXPECT_NULL_FAILS("folder",
                    sightline_library_open(nullptr, nullptr, OwnedLibrary().out(), &error));
  EXPECT_NULL_FAILS("library", sightline_library_open("x", nullptr, nullptr, &error));
  EXPECT_NULL_FAILS("library", sightline_library_load_model(nullptr, nullptr, nullptr,
                                                            OwnedModel().out(), &error));
  EXPECT_NULL_FAILS("model",
                    sightline_library_load_model(library, nullptr, nullptr, nullptr, &error));
  EXPECT_NULL_FAILS("library", sightline_library_get_state(nullptr, state.out(), &error));
  EXPECT_NULL_FAILS("state", sightline_library_get_state(library, nullptr, &error));
  const auto index_paths = [&](sightline_library* with, const sightline_model* model,
                               const char* const* paths) {
    return sightline_library_index(with, model, paths, 1, nullptr, nullptr, nullptr, nullptr,
                                   &error);
  };
  EXPECT_NULL_FAILS("library", index_paths(nullptr, shared_model(), &path));
  EXPECT_NULL_FAILS("model", index_paths(library, nullptr, &path));
  EXPECT_NULL_FAILS("paths", index_paths(library, shared_model(), nullptr));
  EXPECT_NULL_FAILS("library", sightline_library_update(nullptr, shared_model(), nullptr, nullptr,
                                                        nullptr, nullptr, &error));
  EXPECT_NULL_FAILS("model", sightline_library_update(library, nullptr, nullptr, nullptr, nullptr,
                                                      nullptr, &error));
  EXPECT_NULL_FAILS("library", sightline_library_remove(nullptr, "x", nullptr, &error));
  EXPECT_NULL_FAILS("path", sightline_library_remove(library, nullptr, nullptr, &error));
  const auto search = [&](const sightline_library* with, const char* const* queries,
                          sightline_hits** to) {
    return sightline_library_search(with, nullptr, queries, 1, nullptr, nullptr, nullptr, to,
                                    &error);
  };
  EXPECT_NULL_FAILS("library", search(nullptr, &path, hits.out()));
  EXPECT_NULL_FAILS("queries", search(library, nullptr, hits.out()));
  EXPECT_NULL_FAILS("hits", search(library, &path, nullptr));
  sightline_library_free(nullptr);
}

TEST_F(NullArguments, OfStatesAndChanges) {
  auto info = sized<sightline_library_info>();
  auto model = sized<sightline_library_model>();
  auto failure = sized<sightline_failure>();
  auto changed = sized<sightline_changes_info>();
  EXPECT_NULL_FAILS("state", sightline_library_state_info(nullptr, &info, &error));
  EXPECT_NULL_FAILS("sightline_library_info", sightline_library_state_info(state, nullptr, &error));
  EXPECT_NULL_FAILS("state", sightline_library_state_model(nullptr, 0, &model, &error));
  EXPECT_NULL_FAILS("state", sightline_library_state_root(nullptr, 0, &text, &error));
  EXPECT_NULL_FAILS("state", sightline_library_state_failure(nullptr, 0, &failure, &error));
  EXPECT_NULL_FAILS("changes", sightline_changes_get_info(nullptr, &changed, &error));
  EXPECT_NULL_FAILS("sightline_changes_info", sightline_changes_get_info(changes, nullptr, &error));
  EXPECT_NULL_FAILS("changes", sightline_changes_failure(nullptr, 0, &failure, &error));
  EXPECT_NULL_FAILS("changes", sightline_changes_warning(nullptr, 0, &text, &error));
  OwnedState filled;
  EXPECT_OK(sightline_library_get_state(library, filled.out(), &error));
  EXPECT_NULL_FAILS("sightline_library_model",
                    sightline_library_state_model(filled, 0, nullptr, &error));
  EXPECT_NULL_FAILS("path", sightline_library_state_root(filled, 0, nullptr, &error));
  sightline_library_state_free(nullptr);
  sightline_changes_free(nullptr);
}

TEST_F(NullArguments, OfHits) {
  auto info = sized<sightline_hits_info>();
  auto query = sized<sightline_query_info>();
  auto hit = sized<sightline_hit>();
  EXPECT_NULL_FAILS("hits", sightline_hits_get_info(nullptr, &info, &error));
  EXPECT_NULL_FAILS("sightline_hits_info", sightline_hits_get_info(hits, nullptr, &error));
  EXPECT_NULL_FAILS("hits", sightline_hits_query(nullptr, 0, &query, &error));
  EXPECT_NULL_FAILS("sightline_query_info", sightline_hits_query(hits, 0, nullptr, &error));
  EXPECT_NULL_FAILS("hits", sightline_hits_get(nullptr, 0, 0, &hit, &error));
  EXPECT_NULL_FAILS("sightline_hit", sightline_hits_get(hits, 0, 0, nullptr, &error));
  EXPECT_NULL_FAILS("hits", sightline_hits_caption(nullptr, 0, 0, 0, &text, &error));
  EXPECT_NULL_FAILS("hits", sightline_hits_copy(nullptr, 0, 0, 0, &text, &error));
  EXPECT_NULL_FAILS("hits", sightline_hits_duplicate(nullptr, 0, 0, 0, &hit, &error));
  EXPECT_NULL_FAILS("hits", sightline_hits_field(nullptr, 0, 0, "x", &text, &error));
  EXPECT_NULL_FAILS("name", sightline_hits_field(hits, 0, 0, nullptr, &text, &error));
  EXPECT_NULL_FAILS("value", sightline_hits_field(hits, 0, 0, "x", nullptr, &error));
  EXPECT_NULL_FAILS("hits", sightline_hits_warning(nullptr, 0, &text, &error));
  sightline_hits_free(nullptr);
}

}  // namespace
}  // namespace sightline::test
