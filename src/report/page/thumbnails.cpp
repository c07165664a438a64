#include "report/page/thumbnails.h"

#include <algorithm>
#include <utility>

#include "base/parallel.h"
#include "image/thumbnail.h"
#include "image/write_jpeg.h"
#include "report/page/parts.h"

namespace sightline {
namespace {

constexpr size_t kMaxDifferences = 120;
constexpr int kLargeSide = 400, kSmallSide = 160, kQuality = 80;

// The captions that model a ranks within K and model b does not, the largest difference first.
std::vector<int64_t> only_right_for(const ExperimentResult& result, size_t a, size_t b) {
  const auto& ranks_a = result.models[a].ranks.text_rank;
  const auto& ranks_b = result.models[b].ranks.text_rank;
  std::vector<int64_t> texts;
  for (size_t t = 0; t < ranks_a.size(); ++t) {
    if (ranks_a[t] <= result.top_k && ranks_b[t] > result.top_k)
      texts.push_back(static_cast<int64_t>(t));
  }
  const auto gap = [&](int64_t t) {
    return ranks_b[static_cast<size_t>(t)] - ranks_a[static_cast<size_t>(t)];
  };
  const size_t kept = std::min(texts.size(), kMaxDifferences);
  std::partial_sort(
      texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(kept), texts.end(),
      [&](int64_t x, int64_t y) { return std::pair(-gap(x), x) < std::pair(-gap(y), y); });
  texts.resize(kept);
  return texts;
}

// Encodes images at one size in parallel; empty for those that cannot be decoded.
std::vector<std::string> encode_all(const std::vector<const std::vector<uint8_t>*>& files, int side,
                                    OrientationProfile orientation) {
  std::vector<std::string> jpegs(files.size());
  parallel_for(static_cast<int64_t>(files.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto at = static_cast<size_t>(i);
      if (const auto small = thumbnail(*files[at], side, orientation, ImageLimits{}))
        jpegs[at] = encode_jpeg(*small, kQuality);
    }
  });
  return jpegs;
}

// The rows of `images`, those with the largest differences last.
std::vector<int64_t> by_priority(const ExperimentResult& result,
                                 const std::map<int64_t, std::vector<uint8_t>>& images) {
  const std::vector<int64_t> differences = rows_with_differences(result);
  const std::set<int64_t> shown = rows_in_hits(result);
  std::vector<int64_t> rows;
  for (const auto& [row, unused] : images) {
    if (shown.contains(row)) rows.push_back(row);
  }
  for (const int64_t row : differences) {
    if (images.contains(row) && !shown.contains(row)) rows.push_back(row);
  }
  return rows;
}

}  // namespace

std::set<int64_t> rows_in_hits(const ExperimentResult& result) {
  std::set<int64_t> rows;
  for (const ModelResult& model : result.models) {
    for (const FreeQuery& query : model.queries) {
      for (const Hit& hit : query.hits) rows.insert(hit.index);
    }
    for (const ExampleRow& example : model.examples) {
      rows.insert(result.text_row[static_cast<size_t>(example.text)]);
      for (const Hit& hit : example.hits) rows.insert(hit.index);
    }
  }
  return rows;
}

std::vector<int64_t> rows_with_differences(const ExperimentResult& result) {
  std::vector<std::vector<int64_t>> lists;
  size_t longest = 0;
  for (size_t a = 0; a < result.models.size(); ++a) {
    for (size_t b = 0; b < result.models.size(); ++b) {
      if (a == b) continue;
      lists.push_back(only_right_for(result, a, b));
      longest = std::max(longest, lists.back().size());
    }
  }
  std::vector<int64_t> rows;
  std::set<int64_t> seen;
  for (size_t i = 0; i < longest && rows.size() < kMaxDifferences; ++i) {
    for (const auto& list : lists) {
      if (i >= list.size() || rows.size() >= kMaxDifferences) continue;
      const int64_t row = result.text_row[static_cast<size_t>(list[i])];
      if (seen.insert(row).second) rows.push_back(row);
    }
  }
  return rows;
}

PageImages page_images(const ExperimentResult& result,
                       const std::map<int64_t, std::vector<uint8_t>>& images,
                       OrientationProfile orientation, const ProgressFn& progress) {
  constexpr size_t kChunk = 64;
  const std::vector<int64_t> rows = by_priority(result, images);
  PageImages out;
  size_t used = 0;
  const auto report = [&](size_t done) {
    if (progress)
      progress(
          {"making thumbnails", static_cast<int64_t>(done), static_cast<int64_t>(rows.size()), ""});
  };
  for (size_t begin = 0; begin < rows.size() && used < kMaxThumbnailBytes; begin += kChunk) {
    report(begin);
    const size_t end = std::min(rows.size(), begin + kChunk);
    std::vector<const std::vector<uint8_t>*> files;
    for (size_t i = begin; i < end; ++i) files.push_back(&images.at(rows[i]));
    const int side = used < kMaxThumbnailBytes / 2 ? kLargeSide : kSmallSide;
    std::vector<std::string> jpegs = encode_all(files, side, orientation);
    for (size_t i = begin; i < end; ++i) {
      std::string& jpeg = jpegs[i - begin];
      if (jpeg.empty() || used + jpeg.size() > kMaxThumbnailBytes) continue;
      used += jpeg.size();
      out.emplace(rows[i], std::move(jpeg));
    }
  }
  report(rows.size());
  return out;
}

std::string image_styles(const PageImages& images) {
  std::string css;
  for (const auto& [index, jpeg] : images) {
    css += ".p" + std::to_string(index) + "{background-image:url(data:image/jpeg;base64," +
           base64(jpeg) + ")}\n";
  }
  return css;
}

}  // namespace sightline
