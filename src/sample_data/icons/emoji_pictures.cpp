#include "sample_data/icons/emoji_pictures.h"

#include <sightline/error.h>

#include <algorithm>
#include <set>

#include "sample_data/icons/match_emoji.h"
#include "sample_data/icons/render_icons.h"

namespace sightline {
namespace {

// Removes the icons of emoji that are not held out but have the image of a novel one; returns their
// number.
int64_t remove_novel_images(const std::vector<Split>& splits, const IconSet& set,
                            std::vector<std::string>& icons) {
  std::set<std::string> novel;
  for (size_t i = 0; i < icons.size(); ++i) {
    if (splits[i] == Split::novel && !icons[i].empty()) novel.insert(set.svg(icons[i]).value());
  }
  int64_t removed = 0;
  for (size_t i = 0; i < icons.size(); ++i) {
    if (splits[i] == Split::novel || icons[i].empty()) continue;
    if (!novel.contains(set.svg(icons[i]).value())) continue;
    icons[i].clear();
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
    throw Error(ErrorCode::invalid_data, "'", set.files().front().string(),
                "' has no icon of an emoji; expected a set of emoji");
  }
  pictures.unmatched_icons = count_unmatched(set, pictures.icons);
  const int64_t same = remove_novel_images(splits, set, pictures.icons);
  auto rendered = render_icons(set, pictures.icons, progress);
  pictures.png = std::move(rendered.png);
  pictures.left_out = {{"not in the package", missing},
                       {"same image as a novel emoji", same},
                       {"librsvg cannot draw it", rendered.failed},
                       {"less than 1 % is drawn on", rendered.blank}};
  return pictures;
}

Json source_columns(const IconSet& set, const std::string& icon) {
  return {{"creator", set.info().author}, {"licence", set.info().licence}, {"source", icon}};
}

Json package_json(const IconSet& set) {
  const IconSetInfo& info = set.info();
  return {{"name", info.package},    {"version", info.version},
          {"author", info.author},   {"author_url", info.author_url},
          {"licence", info.licence}, {"licence_url", info.licence_url}};
}

}  // namespace sightline
