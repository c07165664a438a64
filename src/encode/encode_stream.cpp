#include <sightline/encoder.h>

#include <utility>
#include <vector>

#include "base/read_ahead.h"

namespace sightline {
namespace {

constexpr size_t kBytesAhead = size_t{64} << 20;

// Images that wait for their batch to be full, those that cannot be encoded among them, so that
// all leave in the order in which they came.
class Batch {
 public:
  void add(StreamImage image) {
    good_ += !image.error;
    images_.push_back(std::move(image));
  }

  int64_t good() const { return good_; }
  bool empty() const { return images_.empty(); }

  void encode(const Encoder& encoder, const VectorSink& sink) {
    inputs_.clear();
    for (const StreamImage& image : images_) {
      if (!image.error) inputs_.push_back({image.id, image.bytes});
    }
    EncodedImages encoded = encoder.encode_images(inputs_);
    size_t row = 0;
    for (StreamImage& image : images_) {
      std::span<const float> vector;
      if (!image.error) {
        image.error = std::move(encoded.errors[row]);
        if (!image.error) vector = encoded.vectors.row(static_cast<int64_t>(row));
        ++row;
      }
      sink(image, vector);
    }
    images_.clear();
    good_ = 0;
  }

 private:
  std::vector<StreamImage> images_;
  std::vector<ImageInput> inputs_;
  int64_t good_ = 0;
};

}  // namespace

int64_t Encoder::encode_stream(const ImageSource& source, const VectorSink& sink, int64_t expected,
                               const ProgressFn& progress) const {
  ReadAhead<StreamImage> images(
      source, [](const StreamImage& image) { return image.bytes.size(); },
      static_cast<size_t>(options_.batch_size), kBytesAhead);
  // Errors wait too: a long run of them must not.
  const int64_t most_waiting = 4 * options_.batch_size;
  Batch batch;
  int64_t done = 0;
  int64_t waiting = 0;
  const auto flush = [&] {
    batch.encode(*this, sink);
    done += std::exchange(waiting, 0);
    if (progress) progress({"encoding images", done, expected, ""});
  };
  while (auto image = images.next()) {
    batch.add(std::move(*image));
    ++waiting;
    if (batch.good() == options_.batch_size || waiting == most_waiting) flush();
  }
  if (!batch.empty()) flush();
  if (progress) progress({"encoding images", done, done, ""});
  return done;
}

}  // namespace sightline
