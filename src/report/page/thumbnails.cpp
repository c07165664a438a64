#include "report/page/thumbnails.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "base/parallel.h"
#include "base/text.h"
#include "image/thumbnail.h"
#include "image/write_jpeg.h"
#include "report/failures/attacked_examples.h"
#include "report/page/hits.h"
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

// Row indices without repetitions, in the order in which they were added.
struct OrderedRows {
  std::vector<int64_t> rows;
  std::set<int64_t> seen;
  void add(int64_t row) {
    if (seen.insert(row).second) rows.push_back(row);
  }
};

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
    if (model.failures.image_hubs) {
      for (const Hub& hub : model.failures.image_hubs->hubs) rows.insert(hub.candidate);
    }
    if (model.failures.typographic) {
      for (const TypographicExample& e : model.failures.typographic->examples) rows.insert(e.row);
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
  OrderedRows found;
  for (size_t i = 0; i < longest && found.rows.size() < kMaxDifferences; ++i) {
    for (const auto& list : lists) {
      if (i < list.size() && found.rows.size() < kMaxDifferences)
        found.add(result.text_row[static_cast<size_t>(list[i])]);
    }
  }
  return found.rows;
}

std::vector<int64_t> rows_on_page(const ExperimentResult& result) {
  OrderedRows shown;
  for (const ModelResult& model : result.models) {
    for (const ExampleRow& example : model.examples)
      shown.add(result.text_row[static_cast<size_t>(example.text)]);
  }
  const auto add_hit = [&](const std::vector<Hit>& hits, size_t i) {
    if (i < hits.size()) shown.add(hits[i].index);
  };
  for (size_t i = 0; i < kMaxPageHits; ++i) {
    for (const ModelResult& model : result.models) {
      for (const ExampleRow& example : model.examples) add_hit(example.hits, i);
      for (const FreeQuery& query : model.queries) add_hit(query.hits, i);
    }
  }
  for (size_t m = 0; m < result.models.size(); ++m) {
    const FailureReport& failures = result.models[m].failures;
    if (failures.image_hubs) {
      for (const Hub& hub : failures.image_hubs->hubs) shown.add(hub.candidate);
    }
    if (!failures.typographic) continue;
    for (size_t e = 0; e < failures.typographic->examples.size(); ++e)
      shown.add(example_number(result, m, e));
  }
  for (const int64_t row : rows_with_differences(result)) shown.add(row);
  return shown.rows;
}

PageImages make_thumbnails(std::vector<int64_t> rows,
                           const std::map<int64_t, std::vector<uint8_t>>& images,
                           OrientationProfile orientation, const ProgressFn& progress,
                           size_t limit) {
  constexpr size_t kChunk = 64;
  PageImages out;
  out.unreadable =
      static_cast<int64_t>(std::erase_if(rows, [&](int64_t row) { return !images.contains(row); }));
  size_t used = 0;
  const auto report = [&](size_t done) {
    if (progress)
      progress(
          {"making thumbnails", static_cast<int64_t>(done), static_cast<int64_t>(rows.size()), ""});
  };
  for (size_t begin = 0; begin < rows.size(); begin += kChunk) {
    report(begin);
    const size_t end = std::min(rows.size(), begin + kChunk);
    if (used >= limit) {
      out.over_limit += static_cast<int64_t>(end - begin);
      continue;
    }
    std::vector<const std::vector<uint8_t>*> files;
    for (size_t i = begin; i < end; ++i) files.push_back(&images.at(rows[i]));
    const int side = used < limit / 2 ? kLargeSide : kSmallSide;
    std::vector<std::string> jpegs = encode_all(files, side, orientation);
    for (size_t i = begin; i < end; ++i) {
      std::string& jpeg = jpegs[i - begin];
      if (jpeg.empty()) {
        ++out.unreadable;
      } else if (used + jpeg.size() > limit) {
        ++out.over_limit;
      } else {
        used += jpeg.size();
        out.jpegs.emplace(rows[i], std::move(jpeg));
      }
    }
  }
  report(rows.size());
  return out;
}

PageImages page_images(const ExperimentResult& result,
                       const std::map<int64_t, std::vector<uint8_t>>& images,
                       OrientationProfile orientation, const ProgressFn& progress, size_t limit) {
  return make_thumbnails(rows_on_page(result), images, orientation, progress, limit);
}

std::string omitted_note(const PageImages& images) {
  std::vector<std::pair<int64_t, std::string>> reasons = {
      {images.over_limit, "the thumbnails of the page would take more than " +
                              std::to_string(kMaxThumbnailBytes >> 20) + " MiB"},
      {images.unreadable, "the image could not be read"}};
  std::erase_if(reasons, [](const auto& reason) { return reason.first == 0; });
  if (reasons.empty()) return "";
  const int64_t count = images.over_limit + images.unreadable;
  std::string html = "<p class=\"soft omitted\">" + counted(count, "image") +
                     (count == 1 ? " has no thumbnail and is" : " have no thumbnail and are") +
                     " shown by id";
  for (size_t i = 0; i < reasons.size(); ++i) {
    const std::string number = reasons.size() == 1 ? "" : " " + std::to_string(reasons[i].first);
    html += (i == 0 && reasons.size() > 1 ? ":" : ",") + number + " because " + reasons[i].second;
  }
  return html + ".</p>\n";
}

std::string image_styles(const PageImages& images) {
  std::string css;
  for (const auto& [index, jpeg] : images.jpegs) {
    css += ".p" + std::to_string(index) + "{background-image:url(data:image/jpeg;base64," +
           base64(jpeg) + ")}\n";
  }
  return css;
}

}  // namespace sightline
