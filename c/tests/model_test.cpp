#include <sightline/model.h>

#include "fixture.h"

namespace sightline::test {
namespace {

TEST(CModel, InfoEqualsThatOfTheLibrary) {
  sightline_error error;
  OwnedModel model;
  EXPECT_OK(sightline_model_load(model_folder().c_str(), nullptr, model.out(), &error));
  const ModelInfo expected = Model::load(model_folder()).info();
  auto info = sized<sightline_model_info>();
  EXPECT_OK(sightline_model_get_info(model, &info, &error));
  EXPECT_EQ(info.name, expected.name);
  EXPECT_EQ(info.family, expected.family);
  EXPECT_EQ(info.layout, expected.layout);
  EXPECT_EQ(info.fingerprint, expected.fingerprint);
  EXPECT_EQ(info.embedding_dim, expected.embedding_dim);
  EXPECT_EQ(info.parameters, expected.parameters);
  EXPECT_EQ(info.has_image, 1);
  EXPECT_EQ(info.has_text, 1);
  EXPECT_EQ(info.image_size, expected.image_size);
  EXPECT_EQ(info.patch_size, expected.patch_size);
  EXPECT_EQ(info.context_length, expected.context_length);
  EXPECT_EQ(info.logit_scale, expected.logit_scale);
  EXPECT_EQ(info.has_logit_bias, 0);
  EXPECT_EQ(info.logit_bias, 0);
  EXPECT_EQ(info.warning_count, expected.warnings.size());
  const char* warning = nullptr;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "warning 0 does not exist",
               sightline_model_warning(model, 0, &warning, &error));
  info.struct_size += 8;
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "sightline_model_info",
               sightline_model_get_info(model, &info, &error));
}

TEST(CModel, WarningsEqualThoseOfTheLibrary) {
  // Two configurations of the same text tower: an ambiguity that loading warns about.
  sightline_error error;
  const fs::path pair = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-baseline";
  OwnedModel model;
  EXPECT_OK(sightline_model_load(pair.c_str(), nullptr, model.out(), &error));
  const auto expected = Model::load(pair).info().warnings;
  auto info = sized<sightline_model_info>();
  EXPECT_OK(sightline_model_get_info(model, &info, &error));
  ASSERT_EQ(info.warning_count, expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const char* warning = nullptr;
    EXPECT_OK(sightline_model_warning(model, i, &warning, &error));
    EXPECT_EQ(warning, expected[i]);
  }
}

TEST(CModel, LoadErrors) {
  sightline_error error;
  sightline_model* model = reinterpret_cast<sightline_model*>(&error);
  EXPECT_FAILS(SIGHTLINE_NOT_FOUND, "no/such",
               sightline_model_load("no/such", nullptr, &model, &error));
  EXPECT_EQ(model, nullptr);
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'spec' is NULL",
               sightline_model_load(nullptr, nullptr, &model, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'model' is NULL",
               sightline_model_load("x", nullptr, nullptr, &error));
  const ScratchDirectory folder;
  std::ofstream(folder.path() / "config.json") << "{";
  EXPECT_FAILS(SIGHTLINE_INVALID_DATA, "config.json",
               sightline_model_load(folder.path().c_str(), nullptr, &model, &error));
}

TEST(CModel, OptionErrors) {
  sightline_error error;
  sightline_model* model = nullptr;
  sightline_model_options options;
  const auto load = [&] {
    return sightline_model_load(model_folder().c_str(), &options, &model, &error);
  };
  const auto initialize = [&] {
    EXPECT_OK(sightline_model_options_init(&options, sizeof options, &error));
  };
  for (int32_t sightline_model_options::*member :
       {&sightline_model_options::backend, &sightline_model_options::precision,
        &sightline_model_options::orientation, &sightline_model_options::decode,
        &sightline_model_options::lazy_packing, &sightline_model_options::load_image_tower,
        &sightline_model_options::load_text_tower, &sightline_model_options::reserved,
        &sightline_model_options::resize, &sightline_model_options::reserved_2}) {
    for (const int32_t wrong : {-1, 4}) {
      initialize();
      options.*member = wrong;
      EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "expected 0", load());
    }
  }
  initialize();
  options.device = "abacus";
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "abacus", load());
  initialize();
  options.struct_size = 4;
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "struct_size of sightline_model_options is 4", load());
  EXPECT_EQ(model, nullptr);
}

TEST(CModel, OptionsOfTheFirstVersionHaveTheModelsResize) {
  sightline_error error;
  sightline_model_options options;
  constexpr size_t kFirst = 56;
  EXPECT_OK(sightline_model_options_init(&options, kFirst, &error));
  EXPECT_EQ(options.struct_size, kFirst);
  options.resize = 99;  // memory behind the struct of such a program
  OwnedModel model;
  EXPECT_OK(sightline_model_load(model_folder().c_str(), &options, model.out(), &error));
}

// A wide image, of which the centre is black: its crop is black, the padded image is not.
TEST(CModel, ResizeChangesTheVectorsOfWideImages) {
  sightline_error error;
  std::vector<uint8_t> rgb(300 * 100 * 3, 0);
  for (size_t i = 0; i < rgb.size(); ++i) {
    if (i / 3 % 300 < 60 || i / 3 % 300 >= 240) rgb[i] = 255;
  }
  const sightline_pixels image = {"wide", rgb.data(), 300, 100};
  const std::vector<uint8_t> black(64 * 64 * 3, 0);
  const sightline_pixels square = {"square", black.data(), 64, 64};
  const auto vector_of = [&](int32_t resize, const sightline_pixels& pixels) {
    sightline_model_options options;
    EXPECT_OK(sightline_model_options_init(&options, sizeof options, &error));
    options.resize = resize;
    OwnedModel model;
    EXPECT_OK(sightline_model_load(model_folder().c_str(), &options, model.out(), &error));
    OwnedEncoder encoder;
    EXPECT_OK(sightline_encoder_create(model, nullptr, encoder.out(), &error));
    sightline_model_info info{};
    info.struct_size = sizeof info;
    EXPECT_OK(sightline_model_get_info(model, &info, &error));
    std::vector<float> vector(static_cast<size_t>(info.embedding_dim));
    EXPECT_OK(sightline_encoder_pixels(encoder, &pixels, 1, vector.data(), vector.size(), nullptr,
                                       nullptr, nullptr, &error));
    return vector;
  };
  const std::vector<float> expected = vector_of(SIGHTLINE_RESIZE_SHORTEST, square);
  EXPECT_EQ(vector_of(SIGHTLINE_RESIZE_SHORTEST, image), expected);
  EXPECT_NE(vector_of(SIGHTLINE_RESIZE_SQUASH, image), expected);
  EXPECT_NE(vector_of(SIGHTLINE_RESIZE_LONGEST, image), expected);
  EXPECT_NE(vector_of(SIGHTLINE_RESIZE_LONGEST, image), vector_of(SIGHTLINE_RESIZE_SQUASH, image));
}

TEST(CModel, TowersThatWereNotLoadedAreErrors) {
  sightline_error error;
  sightline_model_options options;
  EXPECT_OK(sightline_model_options_init(&options, sizeof options, &error));
  options.load_image_tower = 0;
  options.lazy_packing = 1;
  OwnedModel model;
  EXPECT_OK(sightline_model_load(model_folder().c_str(), &options, model.out(), &error));
  OwnedEncoder encoder;
  EXPECT_OK(sightline_encoder_create(model, nullptr, encoder.out(), &error));
  std::vector<float> vector(static_cast<size_t>(shared_dim()));
  const std::string file = image_file("odd.jpg");
  const char* const paths[] = {file.c_str()};
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "image tower",
               sightline_encoder_files(encoder, paths, 1, vector.data(), vector.size(), nullptr,
                                       nullptr, nullptr, &error));
}

TEST(CModel, TokenizesAsTheLibrary) {
  sightline_error error;
  const Model model = Model::load(model_folder());
  std::string text = "a red heart";
  for (int i = 0; i < 2; ++i) {
    const TokenIds expected = model.tokenizer().encode(text);
    size_t count = 0;
    int32_t truncated = -1;
    EXPECT_FAILS(SIGHTLINE_BUFFER_TOO_SMALL, "'ids' has a capacity of 0",
                 sightline_model_tokenize(shared_model(), text.c_str(), nullptr, 0, &count,
                                          &truncated, &error));
    ASSERT_EQ(count, expected.ids.size());
    std::vector<int32_t> ids(count);
    EXPECT_OK(sightline_model_tokenize(shared_model(), text.c_str(), ids.data(), ids.size(), &count,
                                       &truncated, &error));
    EXPECT_EQ(ids, expected.ids);
    EXPECT_EQ(truncated, i);
    EXPECT_OK(sightline_model_tokenize(shared_model(), text.c_str(), ids.data(), ids.size(), &count,
                                       nullptr, &error));
    EXPECT_FAILS(SIGHTLINE_BUFFER_TOO_SMALL, "expected at least",
                 sightline_model_tokenize(shared_model(), text.c_str(), ids.data(), count - 1,
                                          &count, nullptr, &error));
    EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'ids' is NULL",
                 sightline_model_tokenize(shared_model(), text.c_str(), nullptr, count, &count,
                                          nullptr, &error));
    for (int word = 0; word < 200; ++word) text += " heart";  // longer than the context
  }
  size_t count = 0;
  EXPECT_FAILS(
      SIGHTLINE_INVALID_ARGUMENT, "'text' is NULL",
      sightline_model_tokenize(shared_model(), nullptr, nullptr, 0, &count, nullptr, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'count' is NULL",
               sightline_model_tokenize(shared_model(), "x", nullptr, 0, nullptr, nullptr, &error));
}

TEST(CModel, ResolvesNames) {
  sightline_error error;
  const std::string folder = model_folder();
  size_t size = 0;
  EXPECT_FAILS(SIGHTLINE_BUFFER_TOO_SMALL, "'spec' has a capacity of 0",
               sightline_model_resolve(folder.c_str(), nullptr, 0, &size, &error));
  ASSERT_EQ(size, folder.size() + 1);
  std::string spec(size, '#');
  EXPECT_OK(sightline_model_resolve(folder.c_str(), spec.data(), size, nullptr, &error));
  EXPECT_EQ(spec.c_str(), folder);
  EXPECT_FAILS(SIGHTLINE_BUFFER_TOO_SMALL, "expected at least",
               sightline_model_resolve(folder.c_str(), spec.data(), size - 1, &size, &error));
  EXPECT_FAILS(SIGHTLINE_NOT_FOUND, "nobody/such-a-model",
               sightline_model_resolve("nobody/such-a-model", spec.data(), size, &size, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'name' is NULL",
               sightline_model_resolve(nullptr, spec.data(), size, &size, &error));
}

}  // namespace
}  // namespace sightline::test
