#include "train/torch/batches.h"

#include <algorithm>
#include <cstring>

#include "base/parallel.h"
#include "train/augment.h"

namespace sightline {
namespace {

// The purpose of a random generator, part of its seed. 1 is the order of an epoch's rows.
constexpr uint64_t kRow = 2;

}  // namespace

Tensor pixel_batch(std::span<const Image> images, const PreprocessSpec& spec) {
  const int64_t count = static_cast<int64_t>(images.size());
  const int64_t side = images.front().width;
  Tensor pixels({count, 3, side, side}, DType::f32);
  parallel_for(count, 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      normalize_pixels(images[static_cast<size_t>(i)], spec,
                       pixels.data<float>() + i * 3 * side * side);
    }
  });
  return pixels;
}

Random row_random(const Recipe& recipe, int64_t epoch, int64_t row) {
  return Random{recipe.seed, kRow, static_cast<uint64_t>(epoch), static_cast<uint64_t>(row)};
}

std::vector<Image> augmented_images(const TaskContext& context, std::span<const int64_t> rows,
                                    int64_t epoch, int side,
                                    const std::function<void(size_t, Random&)>& draw) {
  std::vector<Image> images(rows.size());
  parallel_for(static_cast<int64_t>(rows.size()), 4, [&](int64_t begin, int64_t end) {
    Image buffer;
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      Random random = row_random(context.recipe, epoch, rows[i]);
      const Image& image = context.images.get(row_of(context.set, rows[i]).image, buffer);
      augment(image, side, context.recipe.augmentation, random, images[i]);
      if (draw) draw(i, random);
    }
  });
  return images;
}

std::vector<Image> stored_images(const ImageStore& store, std::span<const TrainingRow> rows) {
  std::vector<Image> images;
  Image buffer;
  for (const TrainingRow& row : rows) images.push_back(store.get(row.image, buffer));
  return images;
}

Tensor host_copy(const at::Tensor& array) {
  const at::Tensor cpu = array.detach().to(at::kCPU, at::kFloat).contiguous();
  Tensor result(Shape(cpu.sizes().begin(), cpu.sizes().end()), DType::f32);
  std::memcpy(result.data<float>(), cpu.data_ptr<float>(), result.bytes());
  return result;
}

std::vector<NamedTensor> host_copies(const std::vector<TorchParameter>& parameters) {
  std::vector<NamedTensor> tensors;
  for (const TorchParameter& p : parameters) tensors.push_back({p.name, host_copy(p.value)});
  return tensors;
}

}  // namespace sightline
