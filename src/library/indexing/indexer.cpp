#include "library/indexing/indexer.h"

#include <sightline/error.h>

#include <algorithm>
#include <ctime>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/parallel.h"
#include "base/path_id.h"
#include "base/read_ahead.h"
#include "library/indexing/commit_interval.h"

namespace sightline::library {
namespace {

constexpr int64_t kMostPending = 8192;  // vectors that a killed process loses
constexpr size_t kMostFailuresKept = 1000;
constexpr size_t kBytesAhead = size_t{64} << 20;

constexpr int64_t kMinute = 60, kDay = 86'400;

bool is_gone(const std::string& path) {
  std::error_code error;
  return std::filesystem::symlink_status(path, error).type() ==
         std::filesystem::file_type::not_found;
}

}  // namespace

Indexer::Indexer(Store& store, int64_t model, DualEncoder& encoder, const IndexerOptions& options)
    : store_(store),
      model_(model),
      encoder_(encoder),
      options_(options),
      last_commit_(std::chrono::steady_clock::now()) {}

template <typename Body>
void Indexer::committing(const Body& body) {
  run_and_commit(body, [this] { commit(); });
}

// Items are never visible without their vectors or failures, nor vectors without items.
void Indexer::commit() {
  encode();
  for (const int64_t content : replaced_) store_.remove_if_unused(content);
  replaced_.clear();
  store_.commit();
  last_commit_ = std::chrono::steady_clock::now();
}

void Indexer::report(int64_t done, int64_t total) {
  if (!options_.progress) return;
  std::string note;
  if (counts_.failed > 0) note = message(counts_.failed, " failed");
  options_.progress({"indexing", done, total, note, ""});
}

void Indexer::index(FileScan scan) {
  counts_.files += scan.files;
  counts_.unchanged += scan.unchanged;
  for (FileToRead& folder : scan.unreadable) {
    if (failures_.size() < kMostFailuresKept)
      failures_.push_back({path_id(folder.path), std::move(*folder.problem)});
    ++counts_.failed;
  }
  committing([&] {
    const std::vector<FileToRead> files = without_moved(scan);
    const auto total = static_cast<int64_t>(files.size());
    size_t next = 0;
    SidecarFinder sidecars;
    ReadAhead<ImageToIndex> ahead(
        [&]() -> std::optional<ImageToIndex> {
          if (next == files.size()) return std::nullopt;
          const FileToRead& file = files[next++];
          if (!file.problem) return read_image_file(file.path, sidecars);
          ImageToIndex broken;
          broken.item.path = file.path;
          broken.error = file.problem;
          return broken;
        },
        [](const ImageToIndex& image) { return image.bytes.size(); }, options_.batch_size,
        kBytesAhead);
    int64_t done = 0;
    for (;;) {
      std::vector<ImageToIndex> batch;
      size_t bytes = 0;
      while (batch.size() < options_.batch_size && bytes < kBytesAhead) {
        auto image = ahead.next();
        if (!image) break;
        bytes += image->bytes.size();
        batch.push_back(std::move(*image));
      }
      if (batch.empty()) break;
      done += static_cast<int64_t>(batch.size());
      add_batch(batch);
      report(done, total);
    }
    missing_.insert(missing_.end(), scan.missing.begin(), scan.missing.end());
    for (const auto& [item, stamp] : scan.renumbered) store_.change().set_stamp(item, stamp);
  });
}

void Indexer::remove_missing() {
  committing([this] {
    std::vector<int64_t> missing = std::exchange(missing_, {});
    std::ranges::sort(missing);  // of roots in roots, items are missing in both
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    for (const int64_t item : missing) {
      if (!moved_.contains(item)) remove(item);
    }
  });
}

void Indexer::index_rows(RowReader& rows, int64_t source) {
  committing([&] {
    std::set<std::pair<std::string, std::string>> seen;
    const int64_t before = counts_.files;
    ReadAhead<Row> ahead([&rows] { return rows.next(); },
                         [](const Row& row) { return row.image.size(); }, options_.batch_size,
                         kBytesAhead);
    for (;;) {
      std::vector<ImageToIndex> batch;
      size_t bytes = 0;
      while (batch.size() < options_.batch_size && bytes < kBytesAhead) {
        auto row = ahead.next();
        if (!row) break;
        bytes += row->image.size();
        ImageToIndex image;
        image.item.source = source;
        image.item.split = std::move(row->split);
        image.item.path = std::move(row->id);
        image.item.about.captions = std::move(row->captions);
        image.item.about.fields = std::move(row->extra);
        image.bytes = std::move(row->image);
        image.error = std::move(row->error);
        seen.emplace(image.item.split, image.item.path);
        batch.push_back(std::move(image));
      }
      if (batch.empty()) break;
      counts_.files += static_cast<int64_t>(batch.size());
      add_batch(batch);
      report(counts_.files - before, rows.size());
    }
    for (const int64_t item : store_.read().items_except(source, seen)) remove(item);
  });
}

// Returns the files to read without those that were moved here, whose items get the new path.
std::vector<FileToRead> Indexer::without_moved(FileScan& scan) {
  std::vector<FileToRead> out;
  for (FileToRead& file : scan.to_read) {
    const bool known = file.problem || store_.read().find_item(kFiles, "", file.path).has_value();
    if (!known && was_moved(file.path)) continue;
    out.push_back(std::move(file));
  }
  return out;
}

// A file with the inode, size and times of one that is gone. The time of creation tells it from a
// new file that was given a free inode; without one, the file is read.
bool Indexer::was_moved(const std::string& path) {
  FileIdentity stamp;
  try {
    stamp = file_identity(path);
  } catch (const Error&) {
    return false;
  }
  const int64_t born_ns = birth_time_ns(path);
  for (const ItemRecord& item : store_.read().files_like(stamp)) {
    if (item.content == 0 || item.stamp.ctime_ns == 0 || born_ns == 0 || item.born_ns != born_ns ||
        !is_gone(item.path))
      continue;
    store_.change().set_path(item.id, path, stamp);
    moved_.insert(item.id);
    ++counts_.moved;
    return sidecars_.find(path).stamp == item.sidecars && store_.has_vector(model_, item.content) &&
           !store_.read().failure(item.id);
  }
  return false;
}

void Indexer::add_batch(std::vector<ImageToIndex>& batch) {
  parallel_each(static_cast<int64_t>(batch.size()),
                [&](int, int64_t i) { describe_image(batch[static_cast<size_t>(i)]); });
  for (ImageToIndex& image : batch) {
    if (image.error) {
      record_error(std::move(image));
    } else {
      add(std::move(image));
    }
    if (waiting_.size() >= options_.batch_size) encode();
  }
  commit_if_due();
}

void Indexer::add(ImageToIndex&& image) {
  const auto before = store_.read().find_item(image.item.source, image.item.split, image.item.path);
  Catalogue& catalogue = store_.change();
  ContentRecord content;
  content.sha256 = image.digest;
  content.id = catalogue.find_content(image.digest);
  const bool changed = before && before->content != 0 && before->content != content.id;
  if (options_.keep_changed && image.item.source == kFiles && (changed || content.id == 0)) {
    changed_.push_back(image.item.path);
    return;
  }
  if (before && is_unchanged(image, *before, content.id)) {
    ++counts_.unchanged;
    return;
  }
  if (content.id == 0) content.id = catalogue.add_content(content);
  image.item.content = content.id;
  const int64_t item = catalogue.put_item(image.item);
  ++(before ? counts_.updated : counts_.added);
  if (before && before->content != 0 && before->content != content.id)
    replaced_.push_back(before->content);
  if (store_.has_vector(model_, content.id)) {
    catalogue.clear_failure(item);
    ++counts_.reused;
    return;
  }
  if (const auto at = waiting_contents_.find(content.id); at != waiting_contents_.end()) {
    waiting_[at->second].items.push_back(item);
    ++counts_.reused;
    return;
  }
  waiting_contents_.emplace(content.id, waiting_.size());
  waiting_.push_back({std::move(image), content.id, {item}});
}

// Of data sets, which are read whole at each run.
bool Indexer::is_unchanged(const ImageToIndex& image, const ItemRecord& before, int64_t content) {
  if (image.item.source == kFiles || content == 0 || before.content != content ||
      !store_.has_vector(model_, content) || store_.read().failure(before.id))
    return false;
  ItemDescription known = store_.read().description(before.id);
  return known == image.item.about;
}

std::vector<std::string> Indexer::take_changed() {
  options_.keep_changed = false;
  const std::set<std::string> once(changed_.begin(), changed_.end());  // several scans find a file
  changed_.clear();
  return {once.begin(), once.end()};
}

void Indexer::record_error(ImageToIndex&& image) {
  const auto before = store_.read().find_item(image.item.source, image.item.split, image.item.path);
  // Removed since the scan: the next one finds that.
  if (!before && image.item.source == kFiles && is_gone(image.item.path)) return;
  // An image that was indexed stays searchable while its file cannot be read, or is not there: its
  // medium may not be mounted.
  const bool keep = before && before->content != 0;
  const int64_t item = keep ? before->id : store_.change().put_item(image.item);
  fail(item, path_id(image.item.path), *image.error, image.retry_soon);
}

void Indexer::encode() {
  if (waiting_.empty()) return;
  std::vector<ImageInput> inputs;
  for (const ToEncode& waiting : waiting_)
    inputs.push_back({path_id(waiting.image.item.path), waiting.image.bytes});
  EncodedImages encoded = encoder_.encode_images(inputs);
  for (size_t i = 0; i < waiting_.size(); ++i) finish_encoded(waiting_[i], i, encoded);
  waiting_.clear();
  waiting_contents_.clear();
}

void Indexer::finish_encoded(ToEncode& done, size_t i, EncodedImages& encoded) {
  if (encoded.errors[i]) {
    for (const int64_t item : done.items)
      fail(item, path_id(done.image.item.path), *encoded.errors[i], false);
    return;
  }
  store_.add_vector(model_, done.content, encoded.vectors.row(static_cast<int64_t>(i)));
  if (!encoded.properties.empty() && !encoded.properties[i].format.empty()) {
    const ImageProperties& image = encoded.properties[i];
    store_.change().describe_content(
        done.content,
        {done.content, {}, image.format, image.width, image.height, image.perceptual_hash});
  }
  ++counts_.encoded;
  for (const int64_t item : done.items) store_.change().clear_failure(item);
}

// An error that may pass is tried again by the next run, another one after a day, then after two,
// four and so on.
void Indexer::fail(int64_t item, const std::string& id, const std::string& reason, bool soon) {
  ++counts_.failed;
  if (failures_.size() < kMostFailuresKept) failures_.push_back({id, reason});
  const auto before = store_.read().failure(item);
  constexpr int64_t kMostDoublings = 6;
  const int64_t days = int64_t{1} << std::min(before ? before->attempts : 0, kMostDoublings);
  const int64_t now = std::time(nullptr);
  store_.change().set_failure(item, reason, now, now + (soon ? kMinute : days * kDay));
}

void Indexer::remove(int64_t item) {
  replaced_.push_back(store_.change().remove_item(item));
  ++counts_.removed;
}

void Indexer::commit_if_due() {
  const auto now = std::chrono::steady_clock::now();
  if (store_.pending() >= kMostPending || now - last_commit_ >= kCommitInterval) commit();
}

}  // namespace sightline::library
