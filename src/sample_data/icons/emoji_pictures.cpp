#include "sample_data/icons/emoji_pictures.h"

#include <sightline/error.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "sample_data/icons/match_emoji.h"
#include "sample_data/icons/render_icons.h"

namespace sightline {
namespace {

// Removes the emoji that are not held out but have the image of a novel one; returns their number.
// Compares what is drawn: it is zoomed to fit, so that different icons may become one image.
int64_t remove_novel_images(const std::vector<Split>& splits, EmojiPictures& pictures) {
  std::set<std::vector<uint8_t>> novel;
  for (size_t i = 0; i < splits.size(); ++i) {
    if (splits[i] == Split::novel && !pictures.png[i].empty()) novel.insert(pictures.png[i]);
  }
  int64_t removed = 0;
  for (size_t i = 0; i < splits.size(); ++i) {
    if (splits[i] == Split::novel || !novel.contains(pictures.png[i])) continue;
    pictures.icons[i].clear();
    pictures.png[i].clear();
    ++removed;
  }
  return removed;
}

// An alias counts as its icon.
int64_t count_unmatched(const IconSet& set, const std::vector<std::string>& icons) {
  std::set<std::string> matched;
  for (const auto& icon : icons) {
    if (!icon.empty()) matched.insert(set.icon_of(icon));
  }
  return static_cast<int64_t>(set.icons().size() - matched.size());
}

}  // namespace

EmojiPictures draw_pictures(const std::vector<Emoji>& table, const std::vector<Split>& splits,
                            const IconSet& set, const ProgressFn& progress) {
  EmojiPictures pictures;
  pictures.icons = match_emoji(table, set);
  const auto missing = std::ranges::count(pictures.icons, std::string());
  if (missing == static_cast<int64_t>(table.size())) {
    throw Error(ErrorCode::invalid_data, quoted(set.files().front()),
                " has no icon of an emoji; expected a set of emoji");
  }
  pictures.unmatched_icons = count_unmatched(set, pictures.icons);
  auto rendered = render_icons(set, pictures.icons, progress);
  pictures.png = std::move(rendered.png);
  const int64_t same = remove_novel_images(splits, pictures);
  pictures.left_out = {{"not in the package", missing},
                       {"same image as a novel emoji", same},
                       {"librsvg cannot draw it", rendered.failed},
                       {"blank or in one colour", rendered.blank}};
  return pictures;
}

}  // namespace sightline
