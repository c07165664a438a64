#include "train/torch/recall.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "train/torch/batches.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr size_t kBatch = 256;

struct Vectors {
  std::vector<at::Tensor> images, texts;
};

void encode_rows(const std::vector<TrainingRow>& rows, const ImageStore& images,
                 const EncodeImageBatch& encode_images, const EncodeTextBatch& encode_texts,
                 Vectors& vectors) {
  for (size_t begin = 0; begin < rows.size(); begin += kBatch) {
    const auto batch = std::span(rows).subspan(begin, std::min(kBatch, rows.size() - begin));
    std::vector<std::string> captions;
    for (const TrainingRow& row : batch) captions.push_back(row.captions.front());
    vectors.images.push_back(encode_images(stored_images(images, batch)));
    vectors.texts.push_back(encode_texts(captions));
  }
}

json figures_of(const at::Tensor& ranks) {
  json figures = json::object();
  for (const int k : {1, 5, 10})
    figures["R@" + std::to_string(k)] = ranks.le(k).to(at::kFloat).mean().item<double>();
  figures["MRR"] = ranks.to(at::kDouble).reciprocal().mean().item<double>();
  return figures;
}

}  // namespace

json measure_recall(const std::vector<HeldOut>& held_out, const ImageStore& store,
                    const EncodeImageBatch& images, const EncodeTextBatch& texts) {
  json recall = json::object();
  int64_t gallery = 0;
  for (size_t first = 0, end; first < held_out.size(); first = end) {
    Vectors vectors;
    for (end = first; end < held_out.size() && held_out[end].dataset == held_out[first].dataset;
         ++end)
      encode_rows(held_out[end].set.rows, store, images, texts, vectors);
    const at::Tensor scores = at::matmul(at::cat(vectors.texts), at::cat(vectors.images).t());
    const at::Tensor ranks = scores.ge(scores.diagonal().unsqueeze(1)).sum(1).cpu();
    if (first == 0) gallery = scores.size(1);
    int64_t begin = 0;
    for (size_t i = first; i < end; ++i) {
      const auto size = static_cast<int64_t>(held_out[i].set.rows.size());
      recall[held_out[i].split] = figures_of(ranks.narrow(0, begin, size));
      begin += size;
    }
  }
  return {{"gallery", gallery}, {"recall", recall}};
}

}  // namespace sightline
