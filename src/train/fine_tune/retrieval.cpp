#include "train/fine_tune/retrieval.h"

#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace sightline {
namespace {

constexpr const char* kIndex = "index";

// Returns a row for each image of a part, in the order of the data set; Row::extra has its index
// within the part.
class PartRows {
 public:
  PartRows(const SplitPlan& plan, SplitPart part) : reader_(plan.input) {
    for (const PlannedImage& image : plan.images) {
      if (image.part == part) waiting_.emplace(image.digest, waiting_.size());
    }
  }
  std::optional<Row> next() {
    while (auto row = reader_.next()) {
      const auto found = row->error ? waiting_.end() : waiting_.find(sha256(row->image));
      if (found == waiting_.end()) continue;
      row->captions.clear();
      row->extra = {{kIndex, std::to_string(found->second)}};
      waiting_.erase(found);
      return row;
    }
    return std::nullopt;
  }

 private:
  RowReader reader_;
  std::map<Digest, size_t> waiting_;  // index within the part
};

Matrix encode_images(const SplitPlan& plan, SplitPart part, const Model& model,
                     const EncodeOptions& options) {
  const int64_t count = plan.count(part);
  Matrix images(count, model.info().embedding_dim);
  PartRows source(plan, part);
  RowReader rows([&] { return source.next(); }, count, "files");
  int64_t found = 0;
  encode_rows(rows, model, options, [&](EncodedRow&& encoded) {
    if (encoded.row.error) {
      throw Error(ErrorCode::invalid_data, "the image '", encoded.row.id, "' of '",
                  plan.input.path.string(), "' cannot be encoded: ", *encoded.row.error);
    }
    std::ranges::copy(encoded.vector, images.row(std::stoll(encoded.row.extra.at(kIndex))).begin());
    ++found;
  });
  if (found != count) {
    throw Error(ErrorCode::invalid_data, "'", plan.input.path.string(), "' has ", found, " of the ",
                count, " images of ", part_name(part),
                " that it had before: the data set changed during fine-tuning");
  }
  return images;
}

}  // namespace

RetrievalSet encode_part(const SplitPlan& plan, SplitPart part, const Model& model,
                         const EncodeOptions& options) {
  RetrievalSet set;
  set.images = encode_images(plan, part, model, options);
  std::vector<std::string> texts;
  int64_t image = 0;
  for (const PlannedImage& planned : plan.images) {
    if (planned.part != part) continue;
    texts.insert(texts.end(), planned.captions.begin(), planned.captions.end());
    set.text_image.resize(texts.size(), image++);
  }
  set.texts = encode_text_rows(texts, model, options).vectors;
  return set;
}

}  // namespace sightline
