#include <sightline/error.h>
#include <sightline/shards.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "encode/encode_rows.h"
#include "encode/repeated_images.h"
#include "vectors/item_line.h"
#include "vectors/set_files.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using vectors::SetFiles;

SetFiles open_files(const fs::path& npy, const Model& model, const VectorProvenance& provenance,
                    const ShardInput& input) {
  vectors::Description description;
  description.provenance = provenance;
  description.dim = model.info().embedding_dim;
  description.shard.emplace().input = input;
  return SetFiles(npy, std::move(description));
}

void close_files(SetFiles& out, const WrittenVectors& written) {
  vectors::ShardRecord& shard = *out.description().shard;
  shard.skipped = static_cast<int64_t>(written.skipped.size());
  shard.repeated = written.summary.repeated;
  out.close();
}

// Writes the rows of a shard, and joins those that repeat an image of the shard, as the pipeline
// does for a whole input (docs/decisions/0033-repeated-images.md). The keys of images stay in the
// ids, so that merge_shards can join those of different shards.
class ShardRows {
 public:
  ShardRows(const ShardInput& input, SetFiles& out, WrittenVectors& written)
      : merges_(input.merges_repeats), limit_(input.max_captions), out_(out), written_(written) {}

  // Of a row that was read, if rows are joined. Returns a reason not to encode it.
  std::optional<std::string> check(const Row& row, const Digest& digest) {
    Waiting waiting{digest};
    if (!row.error) {
      const auto [number, first] = images_.find(digest, row.split);
      waiting.number = number;
      waiting.repeats = !first;
    }
    waiting_.push_back(waiting);
    if (!waiting.repeats) return std::nullopt;
    return "has the same image as an earlier row, which could not be encoded";
  }

  // Of a row behind the pipeline; in the same order.
  void add(EncodedRow&& encoded) {
    Waiting waiting;
    if (merges_) {
      waiting = waiting_.front();
      waiting_.pop_front();
    }
    Row& row = encoded.row;
    if (waiting.repeats && *waiting.number >= 0) {
      add_captions(*waiting.number, item_of(std::move(row)).captions);
      ++written_.summary.repeated;
    } else if (row.error) {
      if (waiting.number != nullptr) *waiting.number = RepeatedImages::kNoVector;
      written_.skipped.push_back({std::move(row.id), std::move(*row.error)});
    } else {
      if (waiting.number != nullptr) *waiting.number = out_.rows();
      const VectorItem item = item_of(std::move(row));
      if (limit_ > 0) captions_.push_back(static_cast<int64_t>(item.captions.size()));
      out_.add(encoded.vector, item, merges_ ? vectors::image_key(waiting.digest) : "");
    }
  }

 private:
  struct Waiting {
    Digest digest{};
    RepeatedImages::Number* number = nullptr;  // of the row's image; null: not looked for
    bool repeats = false;                      // an earlier row of the shard has the same image
  };

  void add_captions(int64_t row, std::vector<std::string> more) {
    if (limit_ > 0) {
      int64_t& count = captions_[static_cast<size_t>(row)];
      more.resize(static_cast<size_t>(std::min(limit_ - count, static_cast<int64_t>(more.size()))));
      count += static_cast<int64_t>(more.size());
    }
    out_.add_captions(row, more);
  }

  bool merges_;
  int64_t limit_;
  SetFiles& out_;
  WrittenVectors& written_;
  RepeatedImages images_;
  std::deque<Waiting> waiting_;    // checked rows that the pipeline has not handed out
  std::vector<int64_t> captions_;  // of each row of `out_`, only if they are limited
};

}  // namespace

WrittenVectors write_image_shard(const RowList& rows, const ShardInput& input, const Model& model,
                                 const VectorProvenance& provenance, const EncodeOptions& options,
                                 const fs::path& npy) {
  RowReader reader = rows.read(shard_range(input.shard, rows.rows()));
  SetFiles out = open_files(npy, model, provenance, input);
  ModelEncoder encoder(
      model, {.batch_size = options.batch_size, .normalize = options.normalize, .limits = {}});
  EncodeOptions cached = options;
  if (!options.normalize) cached.cache.reset();
  WrittenVectors written;
  ShardRows sink(input, out, written);
  RowCheck check;
  if (input.merges_repeats)
    check = [&](Row& row, const Digest& digest) { return sink.check(row, digest); };
  const EncodeSummary summary = encode_rows_with(
      reader, encoder, cached, "encoding images",
      [&](EncodedRow&& row) { sink.add(std::move(row)); }, check);
  const int64_t repeated = written.summary.repeated;
  written.summary = summary;
  written.summary.repeated = repeated;
  const auto& warnings = rows.warnings();
  written.summary.warnings.insert(written.summary.warnings.end(), warnings.begin(), warnings.end());
  close_files(out, written);
  return written;
}

WrittenVectors write_text_shard(std::span<const std::string> texts, const ShardInput& input,
                                const Model& model, const VectorProvenance& provenance,
                                const EncodeOptions& options, const fs::path& npy) {
  const RowRange range = shard_range(input.shard, static_cast<int64_t>(texts.size()));
  const auto part =
      texts.subspan(static_cast<size_t>(range.first), static_cast<size_t>(range.rows));
  SetFiles out = open_files(npy, model, provenance, input);
  WrittenVectors written;
  if (!part.empty()) {
    const EncodedTextRows encoded = encode_text_rows(part, model, options);
    written.summary = {range.rows, 0, encoded.counts, encoded.warnings};
    for (int64_t i = 0; i < range.rows; ++i) {
      const auto at = static_cast<size_t>(i);
      VectorItem item{"line-" + std::to_string(range.first + i + 1), {part[at]}, {}};
      if (encoded.tokens[at].truncated) {
        item.fields["kept_text"] = encoded.tokens[at].kept_text;
        ++written.truncated;
      }
      out.add(encoded.vectors.row(i), item);
    }
  }
  close_files(out, written);
  return written;
}

}  // namespace sightline
