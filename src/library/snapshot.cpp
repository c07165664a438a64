#include "library/snapshot.h"

#include <sightline/error.h>

#include <algorithm>
#include <limits>

#include "base/file.h"
#include "base/text.h"
#include "library/library_model.h"
#include "library/store/open_segment.h"
#include "library/store/paths.h"

namespace sightline::library {
namespace {

// The complement of `tombstones`; bits behind the last row are 0.
std::vector<uint64_t> live_rows(const SegmentRecord& segment) {
  std::vector<uint64_t> live;
  for (const uint64_t word : segment.tombstones) live.push_back(~word);
  if (!live.empty() && segment.rows % 64 != 0)
    live.back() &= (uint64_t{1} << (segment.rows % 64)) - 1;
  return live;
}

}  // namespace

Snapshot::Connection::Connection(const std::filesystem::path& folder)
    : catalogue(catalogue_file(folder), Database::Mode::read) {}

Snapshot::Snapshot(const std::filesystem::path& folder, const std::string& model)
    : reader_(folder), passes_(std::in_place, folder) {
  constexpr int kAttempts = 10;  // each is lost to a compaction that commits meanwhile
  for (int i = 1;; ++i) {
    open(folder, model);
    // Another commit between the two transactions.
    if (!passes_->transaction && i < kAttempts) continue;
    try {
      open_segments(folder);
      break;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found || i == kAttempts) throw;
    }
  }
  if (!passes_->transaction) passes_.reset();
}

// Begins both transactions; that of passes_ is left out if it has another state.
void Snapshot::open(const std::filesystem::path& folder, const std::string& model) {
  reader_.transaction.reset();
  passes_->transaction.reset();
  // data_version changes when another connection commits.
  constexpr const char* kVersion = "PRAGMA data_version";
  const Database& passes = passes_->catalogue.database();
  const int64_t version = passes.integer(kVersion);
  Catalogue& catalogue = reader_.catalogue;
  reader_.transaction.emplace(catalogue.database(), Transaction::Kind::read);
  model_ = find_model(catalogue.models(), catalogue.active_model(), model, folder);
  last_content_ = catalogue.last_content();
  passes_->transaction.emplace(passes_->catalogue.database(), Transaction::Kind::read);
  passes_->catalogue.last_content();  // the first read decides the state
  if (passes.integer(kVersion) != version) passes_->transaction.reset();
}

void Snapshot::open_segments(const std::filesystem::path& folder) {
  parts_.clear();
  rows_ = 0;
  for (const SegmentRecord& record : reader_.catalogue.segments(model_.id)) {
    parts_.push_back({open_segment(folder, model_, record), rows_, live_rows(record)});
    rows_ += record.rows;
    if (rows_ > std::numeric_limits<int32_t>::max())
      throw Error(ErrorCode::unsupported, "a library of more than 2,147,483,647 vectors");
  }
}

bool Snapshot::is_intact() const {
  return std::ranges::all_of(parts_, [](const Part& part) {
    const FileIdentity& mapped = part.segment->file().identity();
    try {
      const FileIdentity now = file_identity(part.segment->file().path());
      return now.device == mapped.device && now.inode == mapped.inode && now.size >= mapped.size;
    } catch (const Error&) {  // removed, or unreadable by now
      return true;
    }
  });
}

int64_t Snapshot::content_of(int64_t row) const {
  if (row < 0 || row >= rows_) {
    throw Error(ErrorCode::invalid_argument, "the library ",
                quoted(reader_.catalogue.database().path()), " has no row ", row, ", only ", rows_);
  }
  const auto after = std::ranges::upper_bound(parts_, row, {}, &Part::first);
  const Part& part = *std::prev(after);
  return part.segment->contents()[static_cast<size_t>(row - part.first)];
}

const ContentMap<int32_t>& Snapshot::row_of_contents() const {
  std::call_once(located_, [this] {
    row_of_contents_.clear();  // an earlier call may have thrown
    for (const Part& part : parts_) {
      const auto contents = part.segment->contents();
      for (size_t i = 0; i < contents.size(); ++i) {
        if (!part.live.empty() && (part.live[i / 64] >> (i % 64) & 1) == 0) continue;
        if (contents[i] < 0 || contents[i] > last_content_)
          throw Error(ErrorCode::invalid_data, "the segment ", quoted(part.segment->file().path()),
                      " is damaged: it has an image of number ", contents[i]);
        row_of_contents_.set(contents[i],
                             static_cast<int32_t>(part.first + static_cast<int64_t>(i)));
      }
    }
  });
  return row_of_contents_;
}

}  // namespace sightline::library
