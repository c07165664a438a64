#include "eval/collect.h"

#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/parallel.h"
#include "base/read_ahead.h"
#include "eval/row_stream.h"

namespace sightline {
namespace {

// Images wait as files, not as pixels, until there are some batches of them.
constexpr size_t kBatchesInWaiting = 4;
constexpr size_t kBytesInWaiting = 64u << 20;

bool blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string::npos;
}

SeenRow see(RowStream::Item& item, CaptionChoice choice) {
  SeenRow seen;
  seen.row.id = item.row.id;
  seen.row.split = item.split;
  seen.error = item.row.error;
  if (seen.error) return seen;
  for (std::string& caption : item.row.captions) {
    if (blank(caption)) continue;
    seen.row.captions.push_back(std::move(caption));
    if (choice == CaptionChoice::first) break;
  }
  return seen;
}

// The next rows, read by a thread ahead of their use and hashed on all cores: as many as a batch.
class RowBatches {
 public:
  RowBatches(RowStream& stream, int64_t batch_size)
      : batch_size_(static_cast<size_t>(batch_size)),
        rows_([&stream] { return stream.next(); },
              [](const RowStream::Item& item) { return item.row.image.size(); },
              2 * static_cast<size_t>(batch_size), kBytesInWaiting) {}

  struct Hashed {
    RowStream::Item item;
    Digest digest{};
  };
  // Empty at the end.
  std::vector<Hashed> next() {
    std::vector<Hashed> batch;
    size_t bytes = 0;
    while (batch.size() < batch_size_ && bytes < kBytesInWaiting) {
      auto item = rows_.next();
      if (!item) break;
      bytes += item->row.image.size();
      batch.push_back({std::move(*item)});
    }
    parallel_each(static_cast<int64_t>(batch.size()), [&](int, int64_t i) {
      Hashed& row = batch[static_cast<size_t>(i)];
      if (!row.item.row.error) row.digest = sha256(row.item.row.image);
    });
    return batch;
  }

 private:
  size_t batch_size_;
  ReadAhead<RowStream::Item> rows_;
};

// Gathers rows whose vectors are not in the cache and encodes them some batches at a time.
class ImageCollector {
 public:
  ImageCollector(const EvaluationInput& input, DualEncoder& encoder, std::vector<SeenRow>& rows,
                 EncodeCounts& counts, std::vector<std::string>& warnings)
      : input_(input),
        encoder_(encoder),
        rows_(rows),
        counts_(counts),
        dim_(encoder.info().embedding_dim),
        cache_(input.cache,
               {encoder.info().fingerprint, encoder.image_profile(),
                computation_name(encoder.computation()), "image", dim_},
               warnings) {}

  void take(int64_t index, std::vector<uint8_t> bytes) {
    values_.resize(static_cast<size_t>((index + 1) * dim_));
    const SeenRow& seen = rows_[static_cast<size_t>(index)];
    if (seen.error) return;
    if (cache_.lookup(seen.digest, row(index))) {
      ++counts_.cached_images;
      return;
    }
    std::ranges::fill(row(index), 0.0f);
    waiting_bytes_ += bytes.size();
    waiting_.push_back({index, std::move(bytes)});
    if (waiting_.size() >= kBatchesInWaiting * static_cast<size_t>(input_.batch_size) ||
        waiting_bytes_ >= kBytesInWaiting) {
      encode_waiting();
    }
  }

  void encode_waiting() {
    if (waiting_.empty()) return;
    std::vector<ImageInput> inputs;
    for (const auto& [index, bytes] : waiting_) {
      inputs.push_back({rows_[static_cast<size_t>(index)].row.id, bytes});
    }
    const EncodedImages encoded = encoder_.encode_images(inputs);
    std::vector<Digest> digests;
    std::vector<float> vectors;
    for (size_t i = 0; i < waiting_.size(); ++i) {
      SeenRow& seen = rows_[static_cast<size_t>(waiting_[i].first)];
      if (encoded.errors[i]) {
        seen.error = encoded.errors[i];
        continue;
      }
      const auto vector = encoded.vectors.row(static_cast<int64_t>(i));
      std::ranges::copy(vector, row(waiting_[i].first).begin());
      digests.push_back(seen.digest);
      vectors.insert(vectors.end(), vector.begin(), vector.end());
      ++counts_.encoded_images;
    }
    cache_.append(digests, vectors);
    waiting_.clear();
    waiting_bytes_ = 0;
  }

  Matrix finish() {
    encode_waiting();
    Matrix matrix;
    matrix.rows = static_cast<int64_t>(rows_.size());
    matrix.dim = dim_;
    matrix.values = std::move(values_);
    matrix.values.resize(static_cast<size_t>(matrix.rows * dim_));
    return matrix;
  }

 private:
  std::span<float> row(int64_t index) {
    return {values_.data() + index * dim_, static_cast<size_t>(dim_)};
  }

  const EvaluationInput& input_;
  DualEncoder& encoder_;
  std::vector<SeenRow>& rows_;
  EncodeCounts& counts_;
  int64_t dim_;
  OptionalCache cache_;
  std::vector<float> values_;
  std::vector<std::pair<int64_t, std::vector<uint8_t>>> waiting_;
  size_t waiting_bytes_ = 0;
};

[[noreturn]] void throw_changed(const std::string& what) {
  throw Error(ErrorCode::invalid_data, "the data set changed while the experiment ran: ", what,
              "; please run it again");
}

}  // namespace

OptionalCache::OptionalCache(const std::optional<std::filesystem::path>& root,
                             const EmbeddingCacheKey& key, std::vector<std::string>& warnings)
    : warnings_(warnings) {
  if (!root) return;
  try {
    cache_.emplace(*root, key);
  } catch (const Error& error) {
    warnings_.push_back(std::string(error.what()) + "; embeddings are not kept");
  }
}

OptionalCache::~OptionalCache() {
  if (cache_)
    warnings_.insert(warnings_.end(), cache_->warnings().begin(), cache_->warnings().end());
}

bool OptionalCache::lookup(const Digest& digest, std::span<float> out) {
  return cache_ && cache_->lookup(digest, out);
}

void OptionalCache::append(std::span<const Digest> digests, std::span<const float> rows) {
  if (!cache_) return;
  try {
    cache_->append(digests, rows);
  } catch (const Error& error) {
    warnings_.push_back(std::string(error.what()) + "; further embeddings are not kept");
    warnings_.insert(warnings_.end(), cache_->warnings().begin(), cache_->warnings().end());
    cache_.reset();
  }
}

Matrix collect_images(const EvaluationInput& input, CaptionChoice captions, DualEncoder& encoder,
                      std::vector<SeenRow>& rows, EncodeCounts& counts, std::string& format,
                      std::vector<std::string>& warnings) {
  RowStream stream(input);
  format = stream.format();
  const bool first_pass = rows.empty();
  ImageCollector collector(input, encoder, rows, counts, warnings);
  const std::string stage = "images, " + encoder.info().name;
  RowBatches batches(stream, input.batch_size);
  int64_t index = 0;
  const auto take = [&](RowBatches::Hashed& hashed) {
    SeenRow seen = see(hashed.item, captions);
    seen.digest = hashed.digest;
    if (first_pass) {
      rows.push_back(std::move(seen));
    } else {
      if (index >= static_cast<int64_t>(rows.size())) throw_changed("it has more rows");
      const SeenRow& before = rows[static_cast<size_t>(index)];
      const bool read_error_now = seen.error && !before.error;
      if (seen.row.id != before.row.id || read_error_now ||
          (!seen.error && before.digest != Digest{} && seen.digest != before.digest)) {
        throw_changed("row '" + seen.row.id + "' is not what it was");
      }
    }
    collector.take(index++, std::move(hashed.item.row.image));
    if (input.progress && index % input.batch_size == 0) {
      input.progress({stage, index, stream.size(), ""});
    }
  };
  for (auto batch = batches.next(); !batch.empty(); batch = batches.next()) {
    for (RowBatches::Hashed& hashed : batch) take(hashed);
  }
  if (index != static_cast<int64_t>(rows.size())) throw_changed("it has fewer rows");
  Matrix images = collector.finish();
  if (input.progress) input.progress({stage, index, index, ""});
  return images;
}

Matrix collect_texts(const EvaluationInput& input, DualEncoder& encoder,
                     const std::vector<std::string>& texts, EncodeCounts& counts,
                     std::vector<std::string>& warnings, const std::string& what) {
  constexpr size_t kSlice = 4096;
  const int64_t dim = encoder.info().embedding_dim;
  Matrix all(static_cast<int64_t>(texts.size()), dim);
  OptionalCache cache(input.cache,
                      {encoder.info().fingerprint, encoder.text_profile(),
                       computation_name(encoder.computation()), "text", dim},
                      warnings);
  const std::string stage = what + ", " + encoder.info().name;
  int64_t cut = 0;
  for (size_t begin = 0; begin < texts.size(); begin += kSlice) {
    const size_t end = std::min(begin + kSlice, texts.size());
    std::vector<Digest> digests;
    std::vector<std::string> missing;
    std::vector<int64_t> place;
    for (size_t i = begin; i < end; ++i) {
      cut += encoder.cuts(texts[i]);
      const Digest digest = Sha256().update(std::string_view(texts[i])).digest();
      if (cache.lookup(digest, all.row(static_cast<int64_t>(i)))) {
        ++counts.cached_texts;
        continue;
      }
      digests.push_back(digest);
      missing.push_back(texts[i]);
      place.push_back(static_cast<int64_t>(i));
    }
    const Matrix encoded = missing.empty() ? Matrix() : encoder.encode_texts(missing);
    for (size_t i = 0; i < missing.size(); ++i) {
      std::ranges::copy(encoded.row(static_cast<int64_t>(i)), all.row(place[i]).begin());
    }
    counts.encoded_texts += static_cast<int64_t>(missing.size());
    cache.append(digests, encoded.values);
    if (input.progress) {
      input.progress({stage, static_cast<int64_t>(end), static_cast<int64_t>(texts.size()), ""});
    }
  }
  if (cut > 0) {
    warnings.push_back(std::to_string(cut) + " " + what + " are longer than " +
                       encoder.info().name + " takes (" +
                       std::to_string(encoder.info().context_length) + " tokens) and were cut");
  }
  return all;
}

}  // namespace sightline
