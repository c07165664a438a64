#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image.h>

#include <array>

#include "base/plugin.h"
#include "expect_error.h"
#include "image/preprocess.h"
#include "unit/image/golden_files.h"

namespace sightline {
namespace {

// tests/golden/image/preprocess.json has results of torchvision (order openai) and transformers
// (order huggingface), written by tools/golden/image_preprocess.py.
PreprocessSpec::Resize resize_of(const std::string& name) {
  if (name == "longest_edge") return PreprocessSpec::Resize::longest_edge;
  return name == "squash" ? PreprocessSpec::Resize::squash : PreprocessSpec::Resize::shortest_edge;
}

void expect_golden(const std::string& folder, const std::string& file_name = "preprocess.json") {
  const auto images = golden_images(folder);
  const auto golden = golden_json(file_name, folder);
  ASSERT_GE(golden["cases"].size(), 100u);
  for (const auto& row : golden["cases"]) {
    const std::string file = row[0];
    PreprocessSpec spec;
    const bool openai = row[1] == "openai";
    spec.order = openai ? PreprocessSpec::Order::openai : PreprocessSpec::Order::huggingface;
    spec.crop_rounding =
        openai ? PreprocessSpec::CropRounding::half_even : PreprocessSpec::CropRounding::floor;
    spec.resize = resize_of(row[2]);
    spec.filter = row[3] == "bilinear" ? ResizeFilter::bilinear : ResizeFilter::bicubic;
    spec.resize_size = row[4];
    spec.crop_size = row[5];
    const Image out =
        preprocess_pixels(decode_raster(images.at(file), file, OrientationProfile::stored), spec);
    EXPECT_EQ(out.width, spec.crop_size);
    EXPECT_EQ(digest_of(out.pixels), row[6].get<std::string>()) << row.dump();
  }
}

TEST(Preprocess, EqualsTorchvisionAndTransformers) {
  expect_golden("image");
}

// preprocess_longest.json has results of open_clip with resize_mode "longest".
TEST(Preprocess, PaddingToTheLongestSideEqualsOpenClip) {
  expect_golden("image", "preprocess_longest.json");
}

// An image of equal bytes, in a mode of one or three of them per pixel.
Raster uniform(PixelMode mode, int width, int height, uint8_t value) {
  Raster raster;
  raster.mode = mode;
  raster.width = width;
  raster.height = height;
  const size_t channels = mode == PixelMode::rgb ? 3 : 1;
  raster.pixels.assign(channels * static_cast<size_t>(width) * static_cast<size_t>(height), value);
  return raster;
}

TEST(Preprocess, ResizingInAnotherWayUsesTheSizeOfTheCrop) {
  PreprocessSpec spec;
  spec.resize_size = 256;
  spec.resize_by(PreprocessSpec::Resize::shortest_edge);
  EXPECT_EQ(spec.resize_size, 256);
  spec.resize_by(PreprocessSpec::Resize::longest_edge);
  EXPECT_EQ(spec.resize_size, 224);
  EXPECT_EQ(spec.describe().substr(0, 16), "longest_edge 224");
  EXPECT_EQ(parse_resize(resize_name(spec.resize)), spec.resize);
  // 300 x 100 white pixels become 75 rows between black ones.
  const Raster white = uniform(PixelMode::rgb, 300, 100, 255);
  const Image square = preprocess_pixels(white, spec);
  const auto at = [&](int row) { return square.pixels[static_cast<size_t>(row) * 224 * 3 + 300]; };
  EXPECT_EQ(at(74), 0);
  EXPECT_EQ(at(75), 255);
  EXPECT_EQ(at(149), 255);
  EXPECT_EQ(at(150), 0);
}

TEST(Preprocess, AnImageTooNarrowForItsLongestSideIsRefused) {
  PreprocessSpec spec;
  spec.resize_by(PreprocessSpec::Resize::longest_edge);
  const Raster line = uniform(PixelMode::l, 60000, 1, 0);
  test::expect_error(ErrorCode::limit_exceeded, "60000 x 1",
                     [&] { preprocess_pixels(line, spec); });
}

TEST(Preprocess, ImagesOfOptionalFormatsEqualTheReferencesToo) {
  if (!plugin_exists("jpeg2000") || !plugin_exists("cielab")) {
    GTEST_SKIP() << "built without OpenJPEG or Little CMS";
  }
  expect_golden("image_codecs");
}

TEST(Preprocess, NormalizationIsAccurateTo1e6) {
  PreprocessSpec spec;
  Image image{16, 16, std::vector<uint8_t>(768)};
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i / 3);
  std::vector<float> out(768);
  normalize_pixels(image, spec, out.data());
  for (size_t c = 0; c < 3; ++c) {
    for (size_t v = 0; v < 256; ++v) {
      const double exact = (static_cast<double>(v) / 255 - spec.mean[c]) / spec.std[c];
      ASSERT_NEAR(out[c * 256 + v], exact, 1e-6);
    }
  }
}

TEST(Preprocess, VeryNarrowImagesNeedLittleMemory) {
  // The resized image would have 224 x 1,792,000 pixels; only the crop is computed.
  Raster raster;
  raster.width = 1;
  raster.height = 8000;
  raster.pixels.assign(3 * 8000, 77);
  const Image out = preprocess_pixels(raster, PreprocessSpec{});
  EXPECT_EQ(out.pixels, std::vector<uint8_t>(224 * 224 * 3, 77));
}

TEST(Preprocess, RejectsInvalidArguments) {
  Raster raster;
  raster.width = 4;
  raster.height = 4;
  raster.pixels.resize(10);
  EXPECT_THROW(preprocess_pixels(raster, PreprocessSpec{}), Error);
  EXPECT_THROW(to_rgb(raster), Error);
  raster.pixels.resize(48);
  PreprocessSpec spec;
  spec.crop_size = 0;
  EXPECT_THROW(preprocess_pixels(raster, spec), Error);
}

TEST(Describe, NamesEveryField) {
  PreprocessSpec spec;
  EXPECT_EQ(
      spec.describe(),
      "shortest_edge 224, bicubic, crop 224 floor, order huggingface, orientation upright, mean "
      "0.48145467 0.457827508 0.408210725, std 0.268629551 0.26130259 0.275777102");
  PreprocessSpec other = spec;
  other.orientation = OrientationProfile::stored;
  EXPECT_NE(other.describe(), spec.describe());
}

PreprocessSpec parse(const std::string& json) {
  return parse_preprocessor_config(json, "dir/p.json");
}

TEST(Config, RejectsDeepNesting) {
  for (const std::string key : {"size", "rescale_factor", "image_mean", "unknown_size"}) {
    const std::string deep = std::string(1 << 18, '[') + std::string(1 << 18, ']');
    try {
      parse("{\"" + key + "\": " + deep + "}");
      FAIL() << "accepted " << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_data);
      EXPECT_NE(std::string(error.what()).find("'dir/p.json' has JSON nested deeper"),
                std::string::npos);
    }
  }
}

TEST(Config, ReadsOldAndNewFormats) {
  const PreprocessSpec old =
      parse(R"({"crop_size": 336, "do_center_crop": true, "do_normalize": true,
    "do_resize": true, "feature_extractor_type": "CLIPFeatureExtractor", "resample": 3, "size": 336,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711]})");
  EXPECT_EQ(old.resize_size, 336);
  EXPECT_EQ(old.crop_size, 336);
  EXPECT_EQ(old.resize, PreprocessSpec::Resize::shortest_edge);
  EXPECT_EQ(old.order, PreprocessSpec::Order::huggingface);
  EXPECT_EQ(old.crop_rounding, PreprocessSpec::CropRounding::floor);
  const PreprocessSpec now =
      parse(R"({"image_processor_type": "CLIPImageProcessorFast", "resample": 2,
    "size": {"shortest_edge": 64}, "crop_size": {"height": 60, "width": 60}, "do_convert_rgb": true,
    "do_rescale": true, "rescale_factor": 0.00392156862745098, "pad_size": null, "do_pad": false,
    "data_format": "channels_first", "processor_class": "CLIPProcessor", "some_note": "x"})");
  EXPECT_EQ(now.resize_size, 64);
  EXPECT_EQ(now.crop_size, 60);
  EXPECT_EQ(now.filter, ResizeFilter::bilinear);
  EXPECT_EQ(now.mean, PreprocessSpec{}.mean);
  const PreprocessSpec siglip = parse(R"({"image_processor_type": "SiglipImageProcessor",
    "size": {"height": 256, "width": 256}})");
  EXPECT_EQ(siglip.resize, PreprocessSpec::Resize::squash);
  EXPECT_EQ(siglip.crop_size, 256);
  EXPECT_EQ(siglip.std, (std::array<float, 3>{0.5f, 0.5f, 0.5f}));
  const PreprocessSpec plain = parse(R"({"do_normalize": false, "do_center_crop": false,
    "size": {"height": 32, "width": 32}})");
  EXPECT_EQ(plain.std, (std::array<float, 3>{1, 1, 1}));
  EXPECT_EQ(plain.crop_size, 32);
}

TEST(Config, RejectsInvalidAndUnsupportedSettings) {
  const std::pair<const char*, ErrorCode> cases[] = {
      {"{", ErrorCode::invalid_data},
      {"[]", ErrorCode::invalid_data},
      {R"({"size": "large"})", ErrorCode::invalid_data},
      {R"({"size": {"shortest_edge": 0}})", ErrorCode::invalid_data},
      {R"({"do_resize": "yes"})", ErrorCode::invalid_data},
      {R"({"image_mean": [1, 2]})", ErrorCode::invalid_data},
      {R"({"image_std": [0, 1, 1]})", ErrorCode::invalid_data},
      {R"({"do_resize": false})", ErrorCode::unsupported},
      {R"({"do_rescale": false})", ErrorCode::unsupported},
      {R"({"rescale_factor": 0.00784})", ErrorCode::unsupported},
      {R"({"do_center_crop": false})", ErrorCode::unsupported},
      {R"({"do_pad": true})", ErrorCode::unsupported},
      {R"({"do_flip_channel_order": true})", ErrorCode::unsupported},
      {R"({"crop_pct": 0.9})", ErrorCode::unsupported},
      {R"({"resample": 1})", ErrorCode::unsupported},
      {R"({"size": {"height": 224, "width": 336}})", ErrorCode::unsupported},
      {R"({"size": {"shortest_edge": 224, "longest_edge": 336}})", ErrorCode::unsupported},
      {R"({"size": {"longest_edge": 336}})", ErrorCode::unsupported},
      {R"({"image_processor_type": "SomethingImageProcessor"})", ErrorCode::unsupported},
  };
  for (const auto& [json, code] : cases) {
    SCOPED_TRACE(json);
    try {
      parse(json);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_EQ(std::string(error.what()).rfind("'dir/p.json' ", 0), 0u) << error.what();
    }
  }
}

TEST(PreprocessSpec, ProfilesAreReadBackFromItsDescription) {
  for (const auto orientation : {OrientationProfile::stored, OrientationProfile::upright}) {
    for (const auto decode : {DecodeProfile::exact, DecodeProfile::fast}) {
      PreprocessSpec spec;
      spec.orientation = orientation;
      spec.decode = decode;
      for (const auto resize :
           {PreprocessSpec::Resize::shortest_edge, PreprocessSpec::Resize::squash,
            PreprocessSpec::Resize::longest_edge}) {
        spec.resize = resize;
        EXPECT_EQ(described_profiles(spec.describe()).resize, resize) << spec.describe();
      }
      const DescribedProfiles profiles = described_profiles(spec.describe());
      EXPECT_EQ(profiles.orientation, orientation) << spec.describe();
      EXPECT_EQ(profiles.decode, decode) << spec.describe();
    }
  }
}

}  // namespace
}  // namespace sightline
