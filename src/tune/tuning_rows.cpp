#include "tune/tuning_rows.h"

#include <sightline/error.h>
#include <sightline/image_properties.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <set>

#include "base/parallel.h"
#include "base/random.h"
#include "base/text.h"

namespace sightline {
namespace {

constexpr int kHashDistance = 8;
constexpr size_t kBlock = 64;  // images in memory

DatasetInput input_of(const TuningData& data, size_t d) {
  DatasetInput input = data.datasets[d];
  input.splits = splits_of(data);
  return input;
}

// Hashes of images that cannot be decoded stay 0; encoding reports them.
void hash_images(std::vector<Row>& block, std::vector<TuningRow>& rows, size_t first) {
  parallel_each(static_cast<int64_t>(block.size()), [&](int, int64_t i) {
    const Row& row = block[static_cast<size_t>(i)];
    TuningRow& to = rows[first + static_cast<size_t>(i)];
    to.digest = sha256(row.image);
    try {
      PreprocessSpec spec;
      spec.decode = DecodeProfile::fast;
      to.hash = perceptual_hash(decode_raster(row.image, row.id, spec));
    } catch (const Error&) {
      to.hash = 0;
    }
  });
  block.clear();
}

class Reader {
 public:
  explicit Reader(TuningRows& out) : out_(out) {}

  void read(RowReader& reader, int dataset, const ProgressFn& progress) {
    const size_t first = out_.rows.size();
    std::vector<Row> block;
    int64_t position = 0;
    while (std::optional<Row> row = reader.next()) {
      const int64_t at = position++;
      if (progress) progress({"reading the data", position, reader.size(), "", ""});
      if (row->error) {
        ++out_.skipped;
        continue;
      }
      add(*row, dataset, at);
      block.push_back(std::move(*row));
      if (block.size() == kBlock) finish(block);
    }
    finish(block);
    if (reader.merges_repeats()) merge_repeats(first, reader.max_captions());
  }

 private:
  void add(Row& row, int dataset, int64_t position) {
    TuningRow& to = out_.rows.emplace_back();
    to.dataset = dataset;
    to.position = position;
    to.id = row.id;
    to.split = row.split;
    to.fields = row.extra;
    for (const std::string& caption : row.captions)
      if (!is_blank(caption)) to.captions.push_back(caption);
  }

  void finish(std::vector<Row>& block) {
    hash_images(block, out_.rows, out_.rows.size() - block.size());
  }

  // As in encode_rows: captions of a row that repeats an image of its split go to the first row.
  void merge_repeats(size_t first, int64_t max_captions) {
    std::map<std::pair<Digest, std::string>, size_t> seen;
    size_t kept = first;
    for (size_t i = first; i < out_.rows.size(); ++i) {
      TuningRow& row = out_.rows[i];
      const auto [at, fresh] = seen.try_emplace({row.digest, row.split}, kept);
      if (fresh) {
        if (kept != i) out_.rows[kept] = std::move(row);
        ++kept;
        continue;
      }
      ++out_.repeated;
      std::vector<std::string>& captions = out_.rows[at->second].captions;
      for (std::string& caption : row.captions)
        if (max_captions == 0 || std::ssize(captions) < max_captions)
          captions.push_back(std::move(caption));
    }
    out_.rows.resize(kept);
  }

  TuningRows& out_;
};

class Groups {
 public:
  explicit Groups(size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), int64_t{0});
  }
  int64_t find(int64_t i) {
    while (at(i) != i) i = at(i) = at(at(i));
    return i;
  }
  void join(int64_t a, int64_t b) {
    a = find(a);
    b = find(b);
    at(std::max(a, b)) = std::min(a, b);
  }

 private:
  int64_t& at(int64_t i) { return parent_[static_cast<size_t>(i)]; }
  std::vector<int64_t> parent_;
};

std::vector<std::pair<int64_t, int64_t>> near_pairs(std::span<const TuningRow> rows) {
  std::vector<std::pair<int64_t, int64_t>> pairs;
  std::mutex mutex;
  parallel_each(std::ssize(rows), [&](int, int64_t i) {
    const uint64_t hash = rows[static_cast<size_t>(i)].hash;
    std::vector<std::pair<int64_t, int64_t>> own;
    for (int64_t j = 0; hash != 0 && j < i; ++j) {
      const uint64_t other = rows[static_cast<size_t>(j)].hash;
      if (other != 0 && hamming_distance(hash, other) <= kHashDistance) own.emplace_back(j, i);
    }
    const std::lock_guard lock(mutex);
    pairs.insert(pairs.end(), own.begin(), own.end());
  });
  std::ranges::sort(pairs);  // threads finish in any order
  return pairs;
}

bool in_splits(const TuningRow& row, const std::vector<std::string>& splits) {
  return splits.empty() || std::ranges::count(splits, row.split) > 0;
}

void require_captions(std::span<const TuningRow> rows, const std::vector<int64_t>& side,
                      const char* name) {
  const bool any = std::ranges::any_of(
      side, [&](int64_t i) { return !rows[static_cast<size_t>(i)].captions.empty(); });
  if (any) return;
  throw Error(ErrorCode::invalid_data, "the ", name, " data have no image with a caption, of ",
              rows.size(), " images: choose other splits or another report_share");
}

}  // namespace

std::vector<std::string> splits_of(const TuningData& data) {
  std::vector<std::string> splits = data.selection;
  splits.insert(splits.end(), data.report.begin(), data.report.end());
  return splits;
}

TuningRows read_tuning_rows(const TuningData& data, const ProgressFn& progress) {
  TuningRows out;
  Reader reader(out);
  for (size_t d = 0; d < data.datasets.size(); ++d) {
    RowReader rows(input_of(data, d));
    reader.read(rows, static_cast<int>(d), progress);
  }
  return out;
}

std::vector<int64_t> near_duplicate_groups(std::span<const TuningRow> rows,
                                           const std::function<bool(int64_t, int64_t)>& similar) {
  Groups groups(rows.size());
  std::map<Digest, int64_t> first;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    groups.join(first.try_emplace(rows[i].digest, at).first->second, at);
  }
  for (const auto& [a, b] : near_pairs(rows))
    if (groups.find(a) != groups.find(b) && similar(a, b)) groups.join(a, b);
  std::vector<int64_t> out;
  for (int64_t i = 0; i < std::ssize(rows); ++i) out.push_back(groups.find(i));
  return out;
}

TuningSplit split_rows(std::span<const TuningRow> rows, std::span<const int64_t> groups,
                       const TuningData& data, uint64_t seed) {
  std::map<int64_t, std::vector<int64_t>> members;
  for (size_t i = 0; i < rows.size(); ++i) members[groups[i]].push_back(static_cast<int64_t>(i));
  std::vector<int64_t> order;
  TuningSplit out;
  out.group_of.assign(groups.begin(), groups.end());
  for (const auto& [group, list] : members) {
    order.push_back(group);
    out.largest_group = std::max<int64_t>(out.largest_group, std::ssize(list));
  }
  out.groups = std::ssize(order);
  constexpr uint64_t kUse = 0x73706c6974;
  Random({seed, kUse}).shuffle(order);
  const double wanted = data.report_share * static_cast<double>(rows.size());
  for (const int64_t group : order) {
    const std::vector<int64_t>& list = members[group];
    const auto reports = [&](int64_t i) {
      return !data.report.empty() && in_splits(rows[static_cast<size_t>(i)], data.report);
    };
    const bool has_report = std::ranges::any_of(list, reports);
    const bool shared = data.report.empty() && static_cast<double>(out.report.size()) < wanted;
    for (const int64_t i : list) {
      if (shared || reports(i)) {
        out.report.push_back(i);
      } else if (has_report) {
        ++out.left_out;
      } else {
        out.selection.push_back(i);
      }
    }
  }
  std::ranges::sort(out.report);
  require_captions(rows, out.selection, "selection");
  require_captions(rows, out.report, "report");
  return out;
}

}  // namespace sightline
