#include "encode/encode_rows.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/read_ahead.h"
#include "encode/optional_cache.h"
#include "encode/repeated_images.h"

namespace sightline {
namespace {

constexpr size_t kBytesAhead = size_t{64} << 20;
// Rows that wait for a full batch, in batches: without images to encode they must not all wait.
constexpr size_t kMostBatchesWaiting = 4;

struct HashedRow {
  Row row;
  Digest digest{};
};

// Rows in their order until a batch of images can be encoded.
class Pipeline {
 public:
  Pipeline(DualEncoder& encoder, OptionalCache& cache, size_t batch_size, bool merge_repeats,
           const RowSink& sink, EncodeSummary& summary)
      : encoder_(encoder),
        cache_(cache),
        dim_(encoder.info().embedding_dim),
        batch_size_(batch_size),
        merge_repeats_(merge_repeats),
        sink_(sink),
        summary_(summary) {}

  // Returns whether rows were handed out.
  bool add(HashedRow hashed) {
    Waiting waiting{std::move(hashed)};
    Row& row = waiting.hashed.row;
    vectors_.resize(vectors_.size() + static_cast<size_t>(dim_));
    if (merge_repeats_ && !row.error) {
      const auto [number, first] = images_.find(waiting.hashed.digest, row.split);
      waiting.number = number;
      waiting.repeats = !first;
    }
    if (waiting.repeats) {
      row.image = {};
    } else if (!row.error && cache_.lookup(waiting.hashed.digest, vector_of(waiting_.size()))) {
      row.image = {};
      ++summary_.counts.cached_images;
    } else {
      waiting.encode = !row.error;
      to_encode_ += waiting.encode;
    }
    waiting_.push_back(std::move(waiting));
    if (to_encode_ < batch_size_ && waiting_.size() < kMostBatchesWaiting * batch_size_)
      return false;
    flush();
    return true;
  }

  void flush() {
    encode();
    for (size_t i = 0; i < waiting_.size(); ++i) {
      Row& row = waiting_[i].hashed.row;
      const std::optional<int64_t> repeats = number(waiting_[i]);
      const bool has_vector = !row.error && !repeats;
      ++summary_.rows;
      summary_.repeated += repeats.has_value();
      sink_({std::move(row), has_vector ? vector_of(i) : std::span<const float>(), repeats});
    }
    waiting_.clear();
    vectors_.clear();
    to_encode_ = 0;
  }

 private:
  struct Waiting {
    HashedRow hashed;
    bool encode = false;
    RepeatedImages::Number* number = nullptr;  // of the row's image; null: not looked for
    bool repeats = false;                      // an earlier row has the same image
  };

  // Numbers a row with a vector. Returns the number of the row that this one repeats, if any; a row
  // that repeats one without a vector has an error too.
  std::optional<int64_t> number(Waiting& waiting) {
    Row& row = waiting.hashed.row;
    if (waiting.repeats && *waiting.number >= 0) return *waiting.number;
    if (waiting.repeats)
      row.error = "has the same image as an earlier row, which could not be encoded";
    else if (waiting.number)
      *waiting.number = row.error ? RepeatedImages::kNoVector : with_vector_;
    with_vector_ += !row.error;
    return std::nullopt;
  }

  std::span<float> vector_of(size_t i) {
    return std::span(vectors_).subspan(i * static_cast<size_t>(dim_), static_cast<size_t>(dim_));
  }

  void encode() {
    std::vector<ImageInput> inputs;
    for (const Waiting& waiting : waiting_) {
      if (waiting.encode) inputs.push_back({waiting.hashed.row.id, waiting.hashed.row.image});
    }
    if (inputs.empty()) return;
    EncodedImages encoded = encoder_.encode_images(inputs);
    std::vector<Digest> digests;
    std::vector<float> fresh;
    size_t input = 0;
    for (size_t i = 0; i < waiting_.size(); ++i) {
      if (!waiting_[i].encode) continue;
      Row& row = waiting_[i].hashed.row;
      const auto vector = encoded.vectors.row(static_cast<int64_t>(input));
      row.error = std::move(encoded.errors[input++]);
      row.image = {};
      if (row.error) continue;
      std::ranges::copy(vector, vector_of(i).begin());
      digests.push_back(waiting_[i].hashed.digest);
      fresh.insert(fresh.end(), vector.begin(), vector.end());
      ++summary_.counts.encoded_images;
    }
    cache_.append(digests, fresh);
  }

  DualEncoder& encoder_;
  OptionalCache& cache_;
  int64_t dim_;
  size_t batch_size_;
  bool merge_repeats_;
  const RowSink& sink_;
  EncodeSummary& summary_;
  std::vector<Waiting> waiting_;
  std::vector<float> vectors_;  // (waiting, D)
  size_t to_encode_ = 0;
  int64_t with_vector_ = 0;  // rows with a vector so far
  RepeatedImages images_;
};

// The next rows, at most a batch, hashed on all cores where `hash`. Empty at the end.
std::vector<HashedRow> next_rows(ReadAhead<Row>& rows, size_t batch_size, bool hash) {
  std::vector<HashedRow> batch;
  size_t bytes = 0;
  while (batch.size() < batch_size && bytes < kBytesAhead) {
    auto row = rows.next();
    if (!row) break;
    bytes += row->image.size();
    batch.push_back({std::move(*row), {}});
  }
  if (!hash) return batch;
  parallel_each(static_cast<int64_t>(batch.size()), [&](int, int64_t i) {
    HashedRow& hashed = batch[static_cast<size_t>(i)];
    if (!hashed.row.error) hashed.digest = sha256(hashed.row.image);
  });
  return batch;
}

}  // namespace

EncodeSummary encode_rows_with(RowReader& rows, DualEncoder& encoder, const EncodeOptions& options,
                               const std::string& stage, const RowSink& sink,
                               const RowCheck& check) {
  const auto start = std::chrono::steady_clock::now();
  EncodeSummary summary;
  summary.warnings = rows.warnings();
  const auto progress = [&](int64_t total) {
    if (options.progress) options.progress({stage, summary.rows, total, ""});
  };
  {
    OptionalCache cache(
        options.cache,
        {encoder.info().fingerprint, encoder.image_profile(),
         computation_name(encoder.computation()), "image", encoder.info().embedding_dim},
        summary.warnings);
    const auto batch_size = static_cast<size_t>(options.batch_size);
    ReadAhead<Row> ahead([&rows] { return rows.next(); },
                         [](const Row& row) { return row.image.size(); }, batch_size, kBytesAhead);
    Pipeline pipeline(encoder, cache, batch_size, rows.merges_repeats(), sink, summary);
    const bool hash = cache.enabled() || check || rows.merges_repeats();
    for (;;) {
      auto batch = next_rows(ahead, hash ? batch_size : 1, hash);
      if (batch.empty()) break;
      for (HashedRow& hashed : batch) {
        if (check) {
          if (auto reason = check(hashed.row, hashed.digest)) hashed.row.error = std::move(reason);
        }
        if (pipeline.add(std::move(hashed))) progress(rows.size());
      }
    }
    pipeline.flush();
  }
  progress(summary.rows);
  summary.counts.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

EncodeSummary encode_rows(RowReader& rows, const Model& model, const EncodeOptions& options,
                          const RowSink& sink) {
  ModelEncoder encoder(
      model, {.batch_size = options.batch_size, .normalize = options.normalize, .limits = {}});
  EncodeOptions cached = options;
  if (!options.normalize) cached.cache.reset();
  return encode_rows_with(rows, encoder, cached, "encoding images", sink);
}

}  // namespace sightline
