#include <sightline/error.h>
#include <sightline/image_encoder.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "base/file.h"
#include "base/object_pool.h"
#include "base/parallel.h"
#include "encode/finite_vectors.h"
#include "encode/model_access.h"
#include "image/image_preprocessor.h"

namespace sightline {
namespace {

// Buffers of one call, which turns images into a batch of pixels. The tower takes over the pixels
// and reuses their memory.
struct Workspace {
  Tensor pixels;                   // of the batch that is being filled: one image per row
  std::vector<image::Size> sizes;  // of each image of the batch
  std::vector<std::unique_ptr<image::ImagePreprocessor>> preparers;
  std::vector<int64_t> good;  // the input of each row of `pixels`
};

image::Size prepare(const ImageSource& source, image::ImagePreprocessor& preprocessor,
                    const ImageLimits& limits, float* out, ImageProperties* properties) {
  if (source.pixels) return preprocessor.prepare(*source.pixels, source.id, out, properties);
  if (source.file.empty()) return preprocessor.prepare(source.bytes, source.id, out, properties);
  const std::vector<uint8_t> bytes = read_file(source.file, limits.max_bytes);
  return preprocessor.prepare(bytes, source.id, out, properties);
}

// The vectors of the first `rows` images of the workspace.
Matrix encode_rows(const Model& model, Workspace& work, int64_t rows) {
  const PreprocessSpec& spec = model.preprocess();
  if (!spec.variable_size()) {
    Tensor pixels({rows, 3, spec.crop_size, spec.crop_size}, DType::f32, work.pixels.storage());
    work.pixels = Tensor();
    return ModelAccess::encode_pixels(model, std::move(pixels));
  }
  std::vector<PatchGrid> grids;
  for (int64_t i = 0; i < rows; ++i) {
    const image::Size& size = work.sizes[static_cast<size_t>(i)];
    grids.push_back({size.height / spec.patch_size, size.width / spec.patch_size});
  }
  return ModelAccess::encode_patches(
      model, pack_patches(work.pixels.data<float>(), spec.max_elements(), std::move(grids),
                          spec.patch_size));
}

}  // namespace

struct ImageEncoder::Impl {
  Impl(const Model& used, const EncoderOptions& given)
      : model(used), options(given), workspaces([] { return std::make_unique<Workspace>(); }) {}

  int64_t fill(std::span<const ImageSource> images, EncodedImages& result, int64_t begin,
               int64_t size, Workspace& work) const;
  void encode_batch(std::span<const ImageSource> images, EncodedImages& result, int64_t begin,
                    int64_t size, Workspace& work) const;

  const Model& model;
  EncoderOptions options;
  ObjectPool<Workspace> workspaces;
};

ImageEncoder::ImageEncoder(const Model& model, const EncoderOptions& options)
    : impl_(std::make_unique<Impl>(model, options)) {
  if (options.batch_size < 1 || options.batch_size > 4096) {
    throw Error(ErrorCode::invalid_argument, "batch size ", options.batch_size,
                ", expected 1 to 4096");
  }
}
ImageEncoder::ImageEncoder(ImageEncoder&&) noexcept = default;
ImageEncoder::~ImageEncoder() = default;

// Preprocesses images [begin, begin + size) into the first rows of the workspace's pixels, without
// gaps for those that fail. Returns the number of rows.
int64_t ImageEncoder::Impl::fill(std::span<const ImageSource> images, EncodedImages& result,
                                 int64_t begin, int64_t size, Workspace& work) const {
  const PreprocessSpec& spec = model.preprocess();
  const int64_t floats = spec.max_elements();
  work.pixels = Tensor({size, floats}, DType::f32);
  work.sizes.resize(static_cast<size_t>(size));
  float* const pixels = work.pixels.data<float>();
  work.preparers.resize(static_cast<size_t>(thread_count()));
  for (auto& preparer : work.preparers) {
    if (!preparer) preparer = std::make_unique<image::ImagePreprocessor>(spec, options.limits);
  }
  parallel_each(size, [&](int worker, int64_t i) {
    const auto at = static_cast<size_t>(begin + i);
    const ImageSource& source = images[at];
    try {
      work.sizes[static_cast<size_t>(i)] =
          prepare(source, *work.preparers[static_cast<size_t>(worker)], options.limits,
                  pixels + i * floats, options.properties ? &result.properties[at] : nullptr);
    } catch (const Error& error) {
      result.errors[at] = error.what();
    } catch (const std::bad_alloc&) {
      result.errors[at] = "'" + source.id + "': not enough memory to decode it";
    }
  });
  work.good.clear();
  for (int64_t i = 0; i < size; ++i) {
    if (result.errors[static_cast<size_t>(begin + i)]) continue;
    const auto to = static_cast<int64_t>(work.good.size());
    if (to != i) {
      std::memmove(pixels + to * floats, pixels + i * floats,
                   static_cast<size_t>(floats) * sizeof(float));
      work.sizes[static_cast<size_t>(to)] = work.sizes[static_cast<size_t>(i)];
    }
    work.good.push_back(begin + i);
  }
  return static_cast<int64_t>(work.good.size());
}

void ImageEncoder::Impl::encode_batch(std::span<const ImageSource> images, EncodedImages& result,
                                      int64_t begin, int64_t size, Workspace& work) const {
  const int64_t rows = fill(images, result, begin, size, work);
  const Matrix vectors = encode_rows(model, work, rows);
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t at = work.good[static_cast<size_t>(i)];
    const std::string& id = images[static_cast<size_t>(at)].id;
    std::string reason =
        not_finite_reason(vectors.row(i), "'" + id + "'", model.info(), model.computation());
    if (reason.empty()) {
      std::ranges::copy(vectors.row(i), result.vectors.row(at).begin());
    } else {
      result.errors[static_cast<size_t>(at)] = std::move(reason);
    }
  }
}

EncodedImages ImageEncoder::encode(std::span<const ImageSource> images,
                                   const ProgressFn& progress) const {
  const auto count = static_cast<int64_t>(images.size());
  impl_->model.preprocess();  // throws without an image tower
  EncodedImages result{Matrix(count, impl_->model.info().embedding_dim), {}};
  result.errors.resize(images.size());
  if (impl_->options.properties) result.properties.resize(images.size());
  const auto work = impl_->workspaces.take();
  for (int64_t begin = 0; begin < count; begin += impl_->options.batch_size) {
    const int64_t size = std::min(impl_->options.batch_size, count - begin);
    impl_->encode_batch(images, result, begin, size, *work);
    if (progress) progress({"encoding images", begin + size, count, ""});
  }
  if (impl_->options.normalize) normalize_rows(result.vectors);
  return result;
}

}  // namespace sightline
