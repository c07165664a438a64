#include "data/readers/webdataset.h"

#include <sightline/error.h>

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <system_error>

#include "data/columns/add_file.h"
#include "data/readers/columns.h"
#include "data/readers/tar_shard.h"
#include "data/readers/webdataset_sample.h"
#include "data/row_skipper.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Number of samples that are read to find the columns.
constexpr int kProbedSamples = 32;

// Reads the samples of all shards, whatever their split.
class Samples {
 public:
  Samples(const std::vector<Shard>& shards, const DatasetOptions& options)
      : shards_(shards), options_(options) {}

  std::optional<Row> next() {
    while (ready_.empty()) {
      if (!shard_ && !open_next()) return std::nullopt;
      read_entry();
    }
    Row row = std::move(ready_.front());
    ready_.pop_front();
    return row;
  }

  // Passes over samples, of which only the headers of their entries are read. Returns their number.
  int64_t skip(int64_t samples) {
    skipping_ = samples;
    while (skipping_ > 0 && !ready_.empty()) {
      ready_.pop_front();
      --skipping_;
    }
    while (skipping_ > 0 && (shard_ || open_next())) read_entry();
    const int64_t passed = samples - skipping_;
    skipping_ = 0;
    return passed;
  }

  // Returns the requested texts that any sample has had.
  const std::set<std::string>& found_texts() const { return found_texts_; }

 private:
  const Shard& current() const { return shards_[at_ - 1]; }

  bool open_next() {
    if (at_ == shards_.size()) return false;
    ++at_;
    try {
      shard_.emplace(current().file);
    } catch (const Error& error) {
      fail(error);
    }
    return true;
  }

  void read_entry() {
    if (!shard_) return;
    try {
      const auto entry = shard_->next();
      if (!entry) {
        close_sample();
        shard_.reset();
        return;
      }
      const auto name = split_entry_name(entry->name);
      if (!name) return;
      if (!sample_ || sample_->key() != name->key) {
        close_sample();
        sample_ = std::make_unique<WebSample>(name->key, options_);
      }
      if (skipping_ == 0) sample_->add(name->extension, *shard_);
    } catch (const Error& error) {
      fail(error);
    }
  }

  void close_sample() {
    if (sample_ && skipping_ > 0) {
      --skipping_;
    } else if (sample_) {
      ready_.push_back(sample_->finish(current().split));
      found_texts_.insert(sample_->found_texts().begin(), sample_->found_texts().end());
    }
    sample_.reset();
  }

  // A damaged shard also loses the sample that was being read.
  void fail(const Error& error) {
    Row row;
    row.id = current().file.filename().string();
    if (sample_) row.id += ":" + sample_->key();
    row.error = error.what();
    if (skipping_ > 0) {
      --skipping_;
    } else {
      ready_.push_back(std::move(row));
    }
    sample_.reset();
    shard_.reset();
  }

  const std::vector<Shard>& shards_;
  const DatasetOptions& options_;
  size_t at_ = 0;  // number of shards opened
  std::optional<TarShard> shard_;
  std::unique_ptr<WebSample> sample_;
  std::deque<Row> ready_;
  int64_t skipping_ = 0;  // rows that are still to be passed over
  std::set<std::string> found_texts_;
};

class WebDataset : public Dataset, public RowSkipper {
 public:
  WebDataset(std::vector<Shard> shards, const DatasetOptions& options)
      : shards_(std::move(shards)),
        options_(options),
        filter_(options.split),
        samples_(shards_, options_) {
    find_columns();
  }

  std::optional<Row> next() override {
    while (auto row = samples_.next()) {
      if (row->error) return row;
      const auto split = row->extra.find("split");
      if (filter_.accepts(split == row->extra.end() ? "" : split->second)) return row;
    }
    filter_.check_all_seen(shards_.front().file.string());
    return std::nullopt;
  }

  // With a split, samples are read, because they may name their split.
  int64_t skip(int64_t rows) override {
    if (filter_.all()) return samples_.skip(rows);
    int64_t passed = 0;
    while (passed < rows && next()) ++passed;
    return passed;
  }

  void identify(Sha256& hash) const override {
    for (const Shard& shard : shards_) add_file(hash, shard.file);
  }

  int64_t size() const override { return -1; }
  std::string format() const override { return "webdataset"; }
  DatasetColumns columns() const override { return columns_; }

 private:
  void find_columns() {
    Samples probe(shards_, options_);
    std::set<std::string> extra;
    std::string problem = "it has no entry named like KEY.jpg";
    bool captions = false;
    int good = 0;
    for (int seen = 0; seen < kProbedSamples; ++seen) {
      const auto row = probe.next();
      if (!row) break;
      if (row->error) {
        problem = *row->error;
        continue;
      }
      ++good;
      captions = captions || !row->captions.empty();
      for (const auto& [name, value] : row->extra) extra.insert(name);
    }
    if (good == 0 && shards_.size() == 1) {
      throw Error(ErrorCode::invalid_data, "'", shards_.front().file.string(),
                  "' has no sample with an image: ", problem);
    }
    for (const auto& name : options_.text_columns) {
      if (good > 0 && !probe.found_texts().contains(name)) {
        throw Error(ErrorCode::not_found, "the first ", good, " samples of '",
                    shards_.front().file.string(), "' have no text named '", name, "'");
      }
    }
    columns_.image = options_.image_column.empty() ? "jpg" : options_.image_column;
    if (captions)
      columns_.text = options_.text_columns.empty() ? "txt" : join_names(options_.text_columns);
    if (extra.contains("split")) columns_.split = "split";
    columns_.list_captions = true;
    columns_.extra.assign(extra.begin(), extra.end());
  }

  std::vector<Shard> shards_;
  DatasetOptions options_;
  SplitFilter filter_;
  DatasetColumns columns_;
  Samples samples_;
};

}  // namespace

std::unique_ptr<Dataset> open_webdataset(std::vector<Shard> shards, const DatasetOptions& options) {
  std::error_code ignored;
  for (const auto& shard : shards) {
    if (!fs::exists(shard.file, ignored)) {
      throw Error(ErrorCode::not_found, "there is no shard '", shard.file.string(), "'");
    }
  }
  return std::make_unique<WebDataset>(std::move(shards), options);
}

}  // namespace sightline
