#include "train/torch/contrastive_loss.h"

#include <limits>
#include <map>
#include <set>
#include <vector>

namespace sightline {
namespace {

// (N, B) bool: the image has the text, or one equal to it.
at::Tensor same_subject(const BatchTexts& of, int64_t images) {
  std::map<int64_t, std::set<int64_t>> images_of;  // by text
  for (size_t i = 0; i < of.image.size(); ++i) images_of[of.identity[i]].insert(of.image[i]);
  at::Tensor same = at::zeros({static_cast<int64_t>(of.image.size()), images}, at::kBool);
  auto rows = same.accessor<bool, 2>();
  for (size_t i = 0; i < of.image.size(); ++i) {
    for (const int64_t image : images_of[of.identity[i]])
      rows[static_cast<int64_t>(i)][image] = true;
  }
  return same;
}

// The cross-entropies of the columns `target` (N) of each row, over the columns that `keep` has.
at::Tensor cross_entropies(const at::Tensor& logits, const at::Tensor& target,
                           const at::Tensor& keep, double smoothing) {
  const at::Tensor kept =
      logits.masked_fill(keep.logical_not(), -std::numeric_limits<float>::infinity());
  const at::Tensor logs = at::log_softmax(kept, 1);
  const at::Tensor loss = -logs.gather(1, target.unsqueeze(1)).squeeze(1);
  if (smoothing == 0) return loss;
  const at::Tensor all = -logs.masked_fill(keep.logical_not(), 0).sum(1) / keep.sum(1);
  return loss * (1 - smoothing) + all * smoothing;
}

}  // namespace

at::Tensor contrastive_loss(const at::Tensor& images, const at::Tensor& texts, const BatchTexts& of,
                            const at::Tensor& scale, double smoothing) {
  const int64_t count = texts.size(0);
  const auto device = texts.device();
  const at::Tensor image =
      at::tensor(at::ArrayRef<int64_t>(of.image.data(), of.image.size()), at::kLong).to(device);
  const at::Tensor same = same_subject(of, images.size(0)).to(device);
  const at::Tensor logits = at::matmul(texts, images.t()) * scale;  // (N, B)

  const at::Tensor own_image = at::one_hot(image, images.size(0)).to(at::kBool);
  const at::Tensor of_texts =
      cross_entropies(logits, image, same.logical_not().logical_or(own_image), smoothing);

  // Row i: the image of text i against all texts.
  const at::Tensor own_text = at::eye(count, at::TensorOptions().device(device)).to(at::kBool);
  const at::Tensor same_texts = same.index_select(1, image).t();  // (i, j): text j fits i's image
  const at::Tensor of_images =
      cross_entropies(logits.index_select(1, image).t(), at::arange(count, image.options()),
                      same_texts.logical_not().logical_or(own_text), smoothing);

  const at::Tensor texts_of_image = at::bincount(image, {}, images.size(0)).to(at::kFloat);
  const at::Tensor weights =
      texts_of_image.reciprocal().index_select(0, image) / static_cast<double>(images.size(0));
  return ((of_texts + of_images) * weights).sum() / 2;
}

}  // namespace sightline
