#include <sightline/encoder.h>

#include <algorithm>

#include "fixture.h"

namespace sightline::test {
namespace {

const char* const kImages[] = {"odd.jpg", "alpha.png", "palette.gif", "square.bmp", "tall.jpg"};
constexpr size_t kCount = std::size(kImages);

const Model& library_model() {
  static const Model model = Model::load(model_folder());
  return model;
}

class CEncoder : public ::testing::Test {
 protected:
  CEncoder() {
    EXPECT_OK(sightline_encoder_create(shared_model(), nullptr, encoder.out(), &error));
    for (const char* image : kImages) files.push_back(image_file(image));
    for (const std::string& file : files) paths.push_back(file.c_str());
    vectors.assign(kCount * dim, -7);
  }

  // Vectors of the library for the files, with which those of the C API are compared.
  Matrix expected(const EncoderOptions& options = {}) const {
    std::vector<std::vector<uint8_t>> bytes;
    std::vector<ImageInput> inputs;
    for (const std::string& file : files) bytes.push_back(bytes_of(file));
    for (size_t i = 0; i < files.size(); ++i) inputs.push_back({files[i], bytes[i]});
    return Encoder(library_model(), options).encode_images(inputs).vectors;
  }

  sightline_status encode_files(sightline_failures** failures) {
    return sightline_encoder_files(encoder, paths.data(), paths.size(), vectors.data(),
                                   vectors.size(), failures, nullptr, nullptr, &error);
  }

  sightline_error error;
  OwnedEncoder encoder;
  const size_t dim = static_cast<size_t>(shared_dim());
  std::vector<std::string> files;
  std::vector<const char*> paths;
  std::vector<float> vectors;
};

TEST_F(CEncoder, TextsEqualThoseOfTheLibrary) {
  std::string truncated_text;
  for (int i = 0; i < 200; ++i) truncated_text += "heart ";
  const std::vector<std::string> texts = {"a red heart", "", "château ☕", truncated_text};
  const char* pointers[] = {texts[0].c_str(), texts[1].c_str(), texts[2].c_str(), texts[3].c_str()};
  vectors.resize(texts.size() * dim);
  uint8_t truncated[] = {9, 9, 9, 9};
  EXPECT_OK(sightline_encoder_texts(encoder, pointers, texts.size(), vectors.data(), vectors.size(),
                                    truncated, nullptr, nullptr, &error));
  EXPECT_EQ(vectors, Encoder(library_model()).encode_texts(texts).vectors.values);
  EXPECT_EQ(std::vector<int>(truncated, truncated + 4), (std::vector<int>{0, 0, 0, 1}));
}

TEST_F(CEncoder, FilesEqualThoseOfTheLibrary) {
  EXPECT_OK(encode_files(nullptr));
  EXPECT_EQ(vectors, expected().values);
}

TEST_F(CEncoder, OptionsEqualThoseOfTheLibrary) {
  sightline_encoder_options options;
  EXPECT_OK(sightline_encoder_options_init(&options, sizeof options, &error));
  options.batch_size = 2;
  options.normalize = 0;
  EXPECT_OK(sightline_encoder_create(shared_model(), &options, encoder.out(), &error));
  EXPECT_OK(encode_files(nullptr));
  EXPECT_EQ(vectors, expected({.batch_size = 2, .normalize = false}).values);
  options.max_image_pixels = 10;
  EXPECT_OK(sightline_encoder_create(shared_model(), &options, encoder.out(), &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_DATA, "pixels", encode_files(nullptr));
}

TEST_F(CEncoder, ImagesInMemoryEqualFiles) {
  std::vector<std::vector<uint8_t>> bytes;
  std::vector<sightline_image> images;
  for (const std::string& file : files) bytes.push_back(bytes_of(file));
  for (size_t i = 0; i < kCount; ++i)
    images.push_back({paths[i], bytes[i].data(), bytes[i].size()});
  EXPECT_OK(sightline_encoder_images(encoder, images.data(), kCount, vectors.data(), vectors.size(),
                                     nullptr, nullptr, nullptr, &error));
  EXPECT_EQ(vectors, expected().values);
}

TEST_F(CEncoder, PixelsEqualDecodedFiles) {
  std::vector<Image> decoded;
  std::vector<sightline_pixels> images;
  files = {image_file("square.bmp"), image_file("tall.jpg"), image_file("odd.jpg")};
  for (const std::string& file : files) decoded.push_back(decode_image(bytes_of(file), file));
  for (size_t i = 0; i < files.size(); ++i) {
    images.push_back(
        {files[i].c_str(), decoded[i].pixels.data(), decoded[i].width, decoded[i].height});
  }
  vectors.resize(files.size() * dim);
  EXPECT_OK(sightline_encoder_pixels(encoder, images.data(), images.size(), vectors.data(),
                                     vectors.size(), nullptr, nullptr, nullptr, &error));
  EXPECT_EQ(vectors, expected().values);
}

TEST_F(CEncoder, FailuresNameTheInput) {
  const Matrix all = expected();
  const ScratchDirectory folder;
  const std::string broken = folder.path() / "broken.jpg";
  std::ofstream(broken) << "not an image";
  paths[1] = "no/such.jpg";
  paths[3] = broken.c_str();
  OwnedFailures failures;
  EXPECT_OK(encode_files(failures.out()));
  size_t count = 0;
  EXPECT_OK(sightline_failures_count(failures, &count, &error));
  ASSERT_EQ(count, 2u);
  auto failure = sized<sightline_failure>();
  std::vector<std::pair<int64_t, std::string>> found;
  for (size_t i = 0; i < count; ++i) {
    EXPECT_OK(sightline_failures_get(failures, i, &failure, &error));
    found.emplace_back(failure.input, failure.id);
    EXPECT_NE(std::string(failure.reason).find(failure.id), std::string::npos) << failure.reason;
  }
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<std::pair<int64_t, std::string>>{{1, "no/such.jpg"}, {3, broken}}));
  for (size_t i = 0; i < kCount; ++i) {
    const bool failed = i == 1 || i == 3;
    for (size_t d = 0; d < dim; ++d)
      ASSERT_EQ(vectors[i * dim + d], failed ? 0.0f : all.values[i * dim + d]) << i;
  }
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "failure 2 does not exist",
               sightline_failures_get(failures, 2, &failure, &error));
  failure.struct_size = 0;
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "sightline_failure",
               sightline_failures_get(failures, 0, &failure, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_DATA, "no/such.jpg", encode_files(nullptr));
  paths[1] = paths[0];
  paths[3] = paths[0];
  EXPECT_OK(encode_files(failures.out()));
  EXPECT_EQ(static_cast<sightline_failures*>(failures), nullptr);
}

TEST_F(CEncoder, PixelsThatCannotBeUsedAreFailures) {
  const uint8_t grey[3] = {100, 100, 100};
  const sightline_pixels images[] = {{"empty", grey, 0, 1}, {"good", grey, 1, 1}};
  OwnedFailures failures;
  vectors.resize(2 * dim);
  EXPECT_OK(sightline_encoder_pixels(encoder, images, 2, vectors.data(), vectors.size(),
                                     failures.out(), nullptr, nullptr, &error));
  auto failure = sized<sightline_failure>();
  EXPECT_OK(sightline_failures_get(failures, 0, &failure, &error));
  EXPECT_EQ(failure.input, 0);
  EXPECT_STREQ(failure.reason, "'empty' has 0 x 1 pixels, expected at least 1 x 1");
  EXPECT_NE(vectors[dim], 0);
}

TEST_F(CEncoder, BuffersThatAreTooSmallStayUnchanged) {
  vectors.assign(kCount * dim - 1, 5);
  EXPECT_FAILS(SIGHTLINE_BUFFER_TOO_SMALL, "'vectors' has a capacity", encode_files(nullptr));
  const char* texts[] = {"a", "b"};
  EXPECT_FAILS(SIGHTLINE_BUFFER_TOO_SMALL, "expected at least",
               sightline_encoder_texts(encoder, texts, 2, vectors.data(), 2 * dim - 1, nullptr,
                                       nullptr, nullptr, &error));
  EXPECT_TRUE(std::ranges::all_of(vectors, [](float x) { return x == 5; }));
}

TEST_F(CEncoder, NothingToEncodeIsSuccess) {
  EXPECT_OK(
      sightline_encoder_texts(encoder, nullptr, 0, nullptr, 0, nullptr, nullptr, nullptr, &error));
  EXPECT_OK(
      sightline_encoder_files(encoder, nullptr, 0, nullptr, 0, nullptr, nullptr, nullptr, &error));
  EXPECT_OK(
      sightline_encoder_images(encoder, nullptr, 0, nullptr, 0, nullptr, nullptr, nullptr, &error));
  EXPECT_OK(
      sightline_encoder_pixels(encoder, nullptr, 0, nullptr, 0, nullptr, nullptr, nullptr, &error));
}

TEST_F(CEncoder, OptionErrors) {
  sightline_encoder_options options;
  EXPECT_OK(sightline_encoder_options_init(&options, sizeof options, &error));
  const auto create = [&] {
    return sightline_encoder_create(shared_model(), &options, encoder.out(), &error);
  };
  options.batch_size = 0;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "batch size 0", create());
  options.batch_size = 1;
  options.normalize = 2;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'normalize' is 2", create());
  options.normalize = 1;
  options.reserved = 1;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "reserved", create());
  options.struct_size = 3;
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "struct_size", create());
}

// Counts calls and ends the work at the one that is asked for.
struct Calls {
  int count = 0, end_at = 0;
  int64_t done = 0, total = 0;
  std::string stage = {};
  static int32_t receive(const sightline_progress* progress, void* user_data) {
    auto& calls = *static_cast<Calls*>(user_data);
    EXPECT_EQ(progress->struct_size, sizeof *progress);
    calls.done = progress->done;
    calls.total = progress->total;
    calls.stage = progress->stage;
    return ++calls.count == calls.end_at;
  }
};

TEST_F(CEncoder, ProgressIsReportedAndCancels) {
  sightline_encoder_options options;
  EXPECT_OK(sightline_encoder_options_init(&options, sizeof options, &error));
  options.batch_size = 2;
  EXPECT_OK(sightline_encoder_create(shared_model(), &options, encoder.out(), &error));
  Calls calls;
  EXPECT_OK(sightline_encoder_files(encoder, paths.data(), kCount, vectors.data(), vectors.size(),
                                    nullptr, Calls::receive, &calls, &error));
  EXPECT_EQ(calls.count, 3);
  EXPECT_EQ(calls.done, 5);
  EXPECT_EQ(calls.total, 5);
  EXPECT_EQ(calls.stage, "encoding images");
  calls = {.count = 0, .end_at = 2};
  EXPECT_FAILS(SIGHTLINE_CANCELLED, "cancelled by the caller",
               sightline_encoder_files(encoder, paths.data(), kCount, vectors.data(),
                                       vectors.size(), nullptr, Calls::receive, &calls, &error));
  EXPECT_EQ(calls.count, 2);
  const char* text = "a";
  calls = {.count = 0, .end_at = 1};
  EXPECT_FAILS(SIGHTLINE_CANCELLED, "encoding texts",
               sightline_encoder_texts(encoder, &text, 1, vectors.data(), vectors.size(), nullptr,
                                       Calls::receive, &calls, &error));
}

TEST_F(CEncoder, OutlivesItsModelHandle) {
  OwnedModel model;
  EXPECT_OK(sightline_model_load(model_folder().c_str(), nullptr, model.out(), &error));
  EXPECT_OK(sightline_encoder_create(model, nullptr, encoder.out(), &error));
  model.out();  // frees it
  EXPECT_OK(encode_files(nullptr));
  EXPECT_EQ(vectors, expected().values);
}

}  // namespace
}  // namespace sightline::test
