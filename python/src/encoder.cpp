// Encoder, and the images that it encodes.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/image_encoder.h>

#include <memory>
#include <utility>

#include "arrays.h"
#include "base/file.h"
#include "bindings.h"
#include "progress.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace sightline::python {
namespace {

// An image with the arrays that it views.
struct EncoderImage {
  ImageSource source;
  std::vector<BytesIn> arrays;
};

std::span<const uint8_t> span_of(const BytesIn& array) {
  return {array.data(), array.size()};
}

// Names of modes are Pillow's.
PixelMode parse_mode(const std::string& name) {
  constexpr std::pair<const char*, PixelMode> kModes[] = {
      {"1", PixelMode::bilevel}, {"L", PixelMode::l},       {"LA", PixelMode::la},
      {"P", PixelMode::palette}, {"PA", PixelMode::pa},     {"RGB", PixelMode::rgb},
      {"RGBA", PixelMode::rgba}, {"CMYK", PixelMode::cmyk}, {"YCbCr", PixelMode::ycbcr},
      {"LAB", PixelMode::lab},   {"I;16", PixelMode::i16},  {"I", PixelMode::i32},
      {"F", PixelMode::f32}};
  for (const auto& [mode, value] : kModes) {
    if (name == mode) return value;
  }
  throw Error(ErrorCode::unsupported, "an image of mode '", name,
              "' cannot be encoded; convert it, as with image.convert('RGB')");
}

EncoderImage image_of_file(const std::string& id, const std::filesystem::path& file) {
  return {{.id = id, .file = file}, {}};
}

EncoderImage image_of_bytes(const std::string& id, const BytesIn& bytes) {
  return {{.id = id, .bytes = span_of(bytes)}, {bytes}};
}

EncoderImage image_of_pixels(const std::string& id, const std::string& mode, int width, int height,
                             const BytesIn& pixels, const std::optional<BytesIn>& palette) {
  EncoderImage image{{.id = id}, {pixels}};
  RasterView view(parse_mode(mode), width, height, span_of(pixels));
  if (palette) {
    view.palette = span_of(*palette);
    image.arrays.push_back(*palette);
  }
  image.source.pixels = view;
  return image;
}

// Both encoders of a model.
struct Encoders {
  Encoders(const Model& model, int64_t batch_size, bool normalize)
      : images(model, {.batch_size = batch_size, .normalize = normalize}),
        texts(model, {.batch_size = batch_size, .normalize = normalize}) {}

  ImageEncoder images;
  Encoder texts;
};

Vectors encode_texts(const Encoders& encoders, const std::vector<std::string>& texts,
                     nb::object callback) {
  return to_array(run_long(std::move(callback), [&](const ProgressFn& progress) {
    return encoders.texts.encode_texts(texts, progress).vectors;
  }));
}

std::pair<Vectors, std::vector<std::optional<std::string>>> encode_images(
    const Encoders& encoders, const std::vector<EncoderImage*>& images, nb::object callback) {
  std::vector<ImageSource> sources;
  sources.reserve(images.size());
  for (const EncoderImage* image : images) sources.push_back(image->source);
  EncodedImages encoded = run_long(std::move(callback), [&](const ProgressFn& progress) {
    return encoders.images.encode(sources, progress);
  });
  return {to_array(std::move(encoded.vectors)), std::move(encoded.errors)};
}

Raster raster_of(const ImageSource& source, const PreprocessSpec& spec) {
  if (source.pixels) {
    const RasterView& view = *source.pixels;
    Raster raster;
    raster.mode = view.mode;
    raster.width = view.width;
    raster.height = view.height;
    raster.pixels.assign(view.pixels.begin(), view.pixels.end());
    raster.palette.assign(view.palette.begin(), view.palette.end());
    return raster;
  }
  if (!source.file.empty()) {
    const std::vector<uint8_t> bytes = read_file(source.file, ImageLimits{}.max_bytes);
    return decode_raster(bytes, source.id, spec);
  }
  return decode_raster(source.bytes, source.id, spec);
}

// Returns (1, 3 * S * S), a row that encode_pixels takes as (1, 3, S, S).
Vectors preprocess_image(const Model& model, const EncoderImage& image) {
  const PreprocessSpec& spec = model.preprocess();
  if (spec.variable_size()) {
    throw Error(ErrorCode::unsupported, "the images of '", model.info().name,
                "' differ in size; load the model with resize 'squash' or 'longest'");
  }
  Matrix pixels(1, 3LL * spec.crop_size * spec.crop_size);
  {
    const nb::gil_scoped_release released;
    const Image prepared = preprocess_pixels(raster_of(image.source, spec), spec);
    normalize_pixels(prepared, spec, pixels.values.data());
  }
  return to_array(std::move(pixels));
}

}  // namespace

void bind_encoder(nb::module_& module) {
  nb::class_<EncoderImage>(module, "Image")
      .def_static("of_file", image_of_file, "id"_a, "file"_a)
      .def_static("of_bytes", image_of_bytes, "id"_a, "data"_a)
      .def_static("of_pixels", image_of_pixels, "id"_a, "mode"_a, "width"_a, "height"_a, "pixels"_a,
                  "palette"_a = nb::none());
  module.def("preprocess_image", preprocess_image, "model"_a, "image"_a);
  nb::class_<Encoders>(module, "Encoder")
      .def(nb::init<const Model&, int64_t, bool>(), "model"_a, "batch_size"_a, "normalize"_a,
           nb::keep_alive<1, 2>())
      .def("encode_texts", encode_texts, "texts"_a, "progress"_a = nb::none())
      .def("encode_images", encode_images, "images"_a, "progress"_a = nb::none());
}

}  // namespace sightline::python
