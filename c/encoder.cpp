#include <sightline/query.h>

#include <algorithm>
#include <functional>

#include "call.h"
#include "handles.h"

namespace sightline::c {
namespace {

constexpr const char* kOptionsName = "sightline_encoder_options";

sightline_encoder_options default_options() {
  const EncoderOptions from;
  sightline_encoder_options options = {};
  options.struct_size = sizeof options;
  options.batch_size = from.batch_size;
  options.max_image_bytes = from.limits.max_bytes;
  options.max_image_pixels = from.limits.max_pixels;
  options.normalize = from.normalize;
  return options;
}

EncoderOptions encoder_options(const sightline_encoder_options* options) {
  const auto given = read_options(options, default_options(), kOptionsName);
  require_reserved(given.reserved, kOptionsName);
  return {.batch_size = given.batch_size,
          .normalize = flag(given.normalize, "normalize"),
          .limits = {given.max_image_bytes, given.max_image_pixels}};
}

// The output of one call: checks it first, then collects vectors and failures.
class ImageOutput {
 public:
  ImageOutput(const sightline_encoder& encoder, size_t count, float* vectors, size_t capacity,
              sightline_failures** failures)
      : dim_(static_cast<size_t>(encoder.model->info().embedding_dim)),
        vectors_(array(vectors, product(count, dim_), "vectors")),
        out_(failures) {
    if (out_ != nullptr) *out_ = nullptr;
    require_capacity(capacity, vectors_.size(), "vectors");
    encoder.model->preprocess();  // throws without an image tower
  }

  std::span<float> row(size_t input) { return vectors_.subspan(input * dim_, dim_); }

  void fail(size_t input, const std::string& id, const std::string& reason) {
    if (out_ == nullptr) throw Error(ErrorCode::invalid_data, reason);
    std::ranges::fill(row(input), 0.0f);
    failures_.push_back({static_cast<int64_t>(input), id, reason});
  }

  void finish() {
    if (!failures_.empty()) *out_ = new sightline_failures{std::move(failures_)};
  }

 private:
  size_t dim_;
  std::span<float> vectors_;
  sightline_failures** out_;
  std::vector<Failure> failures_;
};

// Encodes images; at[i] is the number of images[i] among the inputs of the call.
void encode_images(const sightline_encoder& encoder, std::span<const ImageSource> images,
                   std::span<const size_t> at, ImageOutput& output, const ProgressFn& progress) {
  const EncodedImages encoded = encoder.images.encode(images, progress);
  for (size_t i = 0; i < images.size(); ++i) {
    if (encoded.errors[i]) {
      output.fail(at[i], images[i].id, *encoded.errors[i]);
    } else {
      std::ranges::copy(encoded.vectors.row(static_cast<int64_t>(i)), output.row(at[i]).begin());
    }
  }
}

// Calls batch(begin, end) for one batch after the other and reports progress.
void in_batches(const sightline_encoder& encoder, size_t count, const ProgressFn& progress,
                const std::function<void(size_t, size_t)>& batch) {
  const auto size = static_cast<size_t>(encoder.options.batch_size);
  for (size_t begin = 0; begin < count; begin += size) {
    const size_t end = std::min(begin + size, count);
    batch(begin, end);
    if (progress) {
      progress({"encoding images", static_cast<int64_t>(end), static_cast<int64_t>(count), ""});
    }
  }
}

// Encodes the files of one batch of paths.
void encode_paths(const sightline_encoder& encoder, std::span<const std::string> paths,
                  size_t begin, ImageOutput& output) {
  std::vector<Query> files;  // read with the limits and messages of query images
  std::vector<size_t> at;
  for (size_t i = 0; i < paths.size(); ++i) {
    try {
      files.push_back(image_query(paths[i]));
      at.push_back(begin + i);
    } catch (const Error& error) {
      output.fail(begin + i, paths[i], error.what());
    }
  }
  std::vector<ImageSource> images;
  for (size_t i = 0; i < files.size(); ++i)
    images.push_back({.id = paths[at[i] - begin], .bytes = files[i].terms.front().bytes});
  encode_images(encoder, images, at, output, {});
}

// Returns a view of the pixels. Throws if they cannot be an image.
RasterView view_of(const sightline_pixels& image, const ImageLimits& limits) {
  if (image.width < 1 || image.height < 1) {
    throw Error(ErrorCode::invalid_argument, "'", image.name, "' has ", image.width, " x ",
                image.height, " pixels, expected at least 1 x 1");
  }
  const int64_t pixels = int64_t{image.width} * image.height;
  if (pixels > limits.max_pixels) {
    throw Error(ErrorCode::limit_exceeded, "'", image.name, "' has ", pixels,
                " pixels, expected at most ", limits.max_pixels);
  }
  return {PixelMode::rgb, image.width, image.height,
          std::span(image.rgb, static_cast<size_t>(3 * pixels))};
}

// Encodes the pixels of one batch.
void encode_pixels(const sightline_encoder& encoder, std::span<const sightline_pixels> pixels,
                   size_t begin, ImageOutput& output) {
  std::vector<ImageSource> images;
  std::vector<size_t> at;
  for (size_t i = 0; i < pixels.size(); ++i) {
    try {
      images.push_back(
          {.id = pixels[i].name, .pixels = view_of(pixels[i], encoder.options.limits)});
      at.push_back(begin + i);
    } catch (const Error& error) {
      output.fail(begin + i, pixels[i].name, error.what());
    }
  }
  encode_images(encoder, images, at, output, {});
}

}  // namespace
}  // namespace sightline::c

using namespace sightline::c;

sightline_status sightline_encoder_options_init(sightline_encoder_options* options,
                                                size_t struct_size, sightline_error* error) {
  return guarded(error,
                 [&] { write_struct(options, struct_size, default_options(), kOptionsName); });
}

sightline_status sightline_encoder_create(const sightline_model* model,
                                          const sightline_encoder_options* options,
                                          sightline_encoder** encoder, sightline_error* error) {
  return guarded(error, [&] {
    auto& out = out_handle(encoder, "encoder");
    const auto shared = required(model, "model").model;
    const sightline::EncoderOptions chosen = encoder_options(options);
    out = new sightline_encoder{shared, chosen, sightline::Encoder(*shared, chosen),
                                sightline::ImageEncoder(*shared, chosen)};
  });
}

void sightline_encoder_free(sightline_encoder* encoder) {
  delete encoder;
}

sightline_status sightline_encoder_texts(const sightline_encoder* encoder, const char* const* texts,
                                         size_t count, float* vectors, size_t capacity,
                                         uint8_t* truncated, sightline_progress_fn progress,
                                         void* user_data, sightline_error* error) {
  return guarded(error, [&] {
    const sightline_encoder& own = required(encoder, "encoder");
    const std::vector<std::string> copies = strings(texts, count, "texts");
    const auto dim = static_cast<size_t>(own.model->info().embedding_dim);
    const std::span<float> out = array(vectors, product(count, dim), "vectors");
    require_capacity(capacity, out.size(), "vectors");
    const auto encoded = own.texts.encode_texts(copies, progress_of(progress, user_data));
    std::ranges::copy(encoded.vectors.values, out.begin());
    for (size_t i = 0; truncated != nullptr && i < count; ++i)
      truncated[i] = encoded.tokens[i].truncated;
  });
}

sightline_status sightline_encoder_images(const sightline_encoder* encoder,
                                          const sightline_image* images, size_t count,
                                          float* vectors, size_t capacity,
                                          sightline_failures** failures,
                                          sightline_progress_fn progress, void* user_data,
                                          sightline_error* error) {
  return guarded(error, [&] {
    const sightline_encoder& own = required(encoder, "encoder");
    std::vector<sightline::ImageSource> inputs;
    std::vector<size_t> at;
    for (const sightline_image& image : array(images, count, "images")) {
      at.push_back(inputs.size());
      inputs.push_back(
          {.id = &required(image.name, "name"), .bytes = array(image.bytes, image.size, "bytes")});
    }
    ImageOutput output(own, count, vectors, capacity, failures);
    encode_images(own, inputs, at, output, progress_of(progress, user_data));
    output.finish();
  });
}

sightline_status sightline_encoder_files(const sightline_encoder* encoder, const char* const* paths,
                                         size_t count, float* vectors, size_t capacity,
                                         sightline_failures** failures,
                                         sightline_progress_fn progress, void* user_data,
                                         sightline_error* error) {
  return guarded(error, [&] {
    const sightline_encoder& own = required(encoder, "encoder");
    const std::vector<std::string> copies = strings(paths, count, "paths");
    ImageOutput output(own, count, vectors, capacity, failures);
    in_batches(own, count, progress_of(progress, user_data), [&](size_t begin, size_t end) {
      encode_paths(own, std::span(copies).subspan(begin, end - begin), begin, output);
    });
    output.finish();
  });
}

sightline_status sightline_encoder_pixels(const sightline_encoder* encoder,
                                          const sightline_pixels* images, size_t count,
                                          float* vectors, size_t capacity,
                                          sightline_failures** failures,
                                          sightline_progress_fn progress, void* user_data,
                                          sightline_error* error) {
  return guarded(error, [&] {
    const sightline_encoder& own = required(encoder, "encoder");
    const auto inputs = array(images, count, "images");
    for (const sightline_pixels& image : inputs) {
      require(image.name, "name");
      require(image.rgb, "rgb");
    }
    ImageOutput output(own, count, vectors, capacity, failures);
    in_batches(own, count, progress_of(progress, user_data), [&](size_t begin, size_t end) {
      encode_pixels(own, inputs.subspan(begin, end - begin), begin, output);
    });
    output.finish();
  });
}
