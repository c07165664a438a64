#include "sample_data/icons/render_icons.h"

#include <algorithm>
#include <span>

#include "image/draw_svg.h"
#include "image/write_png.h"
#include "sample_data/batches.h"
#include "sample_data/near_duplicates.h"

namespace sightline {
namespace {

constexpr image::SvgSquare kSquare{kIconSide, 4, 1.25};

enum class Status : uint8_t { drawn, failed, blank };

Status take(const image::DrawnSvg& drawn, std::vector<uint8_t>& png) {
  if (drawn.error) return Status::failed;
  if (!shows_something(drawn.image)) return Status::blank;
  png = encode_png(drawn.image);
  return Status::drawn;
}

}  // namespace

RenderedIcons render_icons(const IconSet& set, const std::vector<std::string>& names,
                           const ProgressFn& progress) {
  RenderedIcons rendered;
  rendered.png.resize(names.size());
  std::vector<Status> status(names.size(), Status::drawn);
  for_each_batch(names.size(), "drawing icons", progress, [&](size_t begin, size_t end) {
    std::vector<std::string> texts;
    std::vector<size_t> items;
    for (size_t i = begin; i < end; ++i) {
      if (names[i].empty()) continue;
      texts.push_back(set.svg(names[i]).value());
      items.push_back(i);
    }
    std::vector<image::SvgDocument> documents;
    for (size_t i = 0; i < items.size(); ++i) {
      const auto* bytes = reinterpret_cast<const uint8_t*>(texts[i].data());
      documents.push_back({{bytes, texts[i].size()}, names[items[i]]});
    }
    const auto drawn = image::draw_svg(documents, kSquare);
    for (size_t i = 0; i < items.size(); ++i)
      status[items[i]] = take(drawn[i], rendered.png[items[i]]);
  });
  rendered.failed = std::ranges::count(status, Status::failed);
  rendered.blank = std::ranges::count(status, Status::blank);
  return rendered;
}

}  // namespace sightline
