// The captions that are nearest to an image.
#include <sightline/error.h>
#include <sightline/explain.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "base/text.h"
#include "explain/masked_encoder.h"

namespace sightline {
namespace {

constexpr int64_t kItemsAtOnce = 10'000;

std::vector<std::string> different(std::span<const std::string> captions) {
  std::vector<std::string> out;
  std::unordered_set<std::string_view> known;
  for (const std::string& caption : captions)
    if (!is_blank(caption) && known.insert(caption).second) out.push_back(caption);
  return out;
}

void append_captions(const Collection& collection, std::span<const int64_t> rows,
                     std::vector<std::string>& out) {
  for (VectorItem& item : collection.items(rows))
    std::ranges::move(item.captions, std::back_inserter(out));
}

}  // namespace

NearestCaptions nearest_captions(std::span<const std::string> captions, const Model& model,
                                 std::span<const float> image, int k,
                                 const EncodeOptions& options) {
  if (k < 1) {
    throw Error(ErrorCode::invalid_argument, "the number of nearest captions is ", k,
                "; expected at least 1");
  }
  if (static_cast<int64_t>(image.size()) != model.info().embedding_dim) {
    throw Error(ErrorCode::invalid_argument, "the image's vector has ", image.size(),
                " elements; expected ", model.info().embedding_dim);
  }
  const std::vector<std::string> texts = different(captions);
  NearestCaptions out;
  out.compared = static_cast<int64_t>(texts.size());
  if (texts.empty()) return out;
  const EncodedTextRows encoded = encode_text_rows(texts, model, options);
  std::vector<double> similarities;
  for (int64_t i = 0; i < encoded.vectors.rows; ++i)
    similarities.push_back(checked_cosine(image, encoded.vectors.row(i), "image and caption"));
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  const size_t count = std::min(order.size(), static_cast<size_t>(k));
  std::ranges::partial_sort(
      order, order.begin() + static_cast<ptrdiff_t>(count), [&](size_t a, size_t b) {
        return similarities[a] != similarities[b] ? similarities[a] > similarities[b] : a < b;
      });
  for (size_t i = 0; i < count; ++i)
    out.captions.push_back({texts[order[i]], similarities[order[i]]});
  return out;
}

std::vector<std::string> captions_of(const Collection& collection) {
  std::vector<std::string> out;
  const RowMask live = collection.rows_matching({});
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < live.rows(); ++row) {
    if (live.has(row)) rows.push_back(row);
    if (static_cast<int64_t>(rows.size()) < kItemsAtOnce && row + 1 < live.rows()) continue;
    append_captions(collection, rows, out);
    rows.clear();
  }
  return out;
}

std::vector<std::string> captions_near(const Collection& collection, std::span<const float> image,
                                       int images, size_t captions) {
  double squares = 0;
  for (const float value : image) squares += static_cast<double>(value) * value;
  std::vector<float> unit(image.begin(), image.end());
  for (float& value : unit) value = static_cast<float>(value / std::sqrt(squares));
  std::vector<int64_t> rows;
  const auto hits = collection.vectors().search(unit, 1, {.k = images});
  for (const Hit& hit : hits[0]) rows.push_back(hit.index);
  std::vector<std::string> out;
  append_captions(collection, rows, out);
  out = different(out);
  if (out.size() > captions) out.resize(captions);
  return out;
}

}  // namespace sightline
