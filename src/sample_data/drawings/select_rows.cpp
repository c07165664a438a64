#include "sample_data/drawings/select_rows.h"

#include <algorithm>
#include <functional>

#include "sample_data/drawings/keywords.h"
#include "sample_data/drawings/render_drawings.h"
#include "sample_data/drawings/selection.h"

namespace sightline {
namespace {

constexpr double kSameImage = 1.0;  // mean difference of thumbnails, of 255
constexpr int kLongestSeries = 6;

// Removes elements and counts them as left out by a rule. `kept` says which stay.
template <typename T>
void keep(std::vector<T>& items, const std::vector<bool>& kept, const std::string& rule,
          Selection& selection) {
  std::vector<T> rest;
  for (size_t i = 0; i < items.size(); ++i) {
    if (kept[i]) rest.push_back(std::move(items[i]));
  }
  selection.left_out.push_back({rule, static_cast<int64_t>(items.size() - rest.size())});
  items = std::move(rest);
}

template <typename T>
std::vector<bool> where(const std::vector<T>& items, const std::function<bool(const T&)>& holds) {
  std::vector<bool> kept;
  for (const auto& item : items) kept.push_back(holds(item));
  return kept;
}

std::vector<DrawingRow> make_captions(const std::vector<Drawing>& drawings,
                                      const Dictionary& dictionary) {
  const Captions captions(dictionary, drawings);
  std::vector<DrawingRow> rows;
  for (const auto& drawing : drawings) {
    DrawingRow row;
    row.drawing = drawing;
    row.keywords = clean_keywords(drawing, dictionary);
    row.caption = captions.caption(drawing, row.keywords).value_or(Caption());
    rows.push_back(std::move(row));
  }
  return rows;
}

// Draws the rows; those that fail or are blank are left out.
void render(const std::filesystem::path& folder, std::vector<DrawingRow>& rows,
            Selection& selection, const ProgressFn& progress) {
  std::vector<Drawing> drawings;
  for (const auto& row : rows) drawings.push_back(row.drawing);
  auto rendered = render_drawings(folder, drawings, progress);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].thumbnail = rendered[i].thumbnail;
    rows[i].png = std::move(rendered[i].png);
  }
  using Status = RenderedDrawing::Status;
  const auto kept_by = [&](Status status) {
    return where<RenderedDrawing>(rendered, [&](const auto& r) { return r.status != status; });
  };
  const auto not_failed = kept_by(Status::failed), not_blank = kept_by(Status::blank);
  std::vector<bool> rest_not_blank;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (not_failed[i]) rest_not_blank.push_back(not_blank[i]);
  }
  keep(rows, not_failed, "librsvg cannot draw it", selection);
  keep(rows, rest_not_blank, "blank or in one colour", selection);
}

}  // namespace

Selection select_rows(const Package& package, const Dictionary& dictionary,
                      const ProgressFn& progress) {
  Selection selection;
  selection.left_out.push_back({"symbolic link", package.links});
  std::vector<Drawing> drawings = package.drawings;
  keep(drawings,
       where<Drawing>(drawings, [](const auto& d) { return is_public_domain(d.licence); }),
       "not in the public domain", selection);
  for (const std::string_view folder : left_out_folders()) {
    keep(drawings,
         where<Drawing>(drawings, [&](const auto& d) { return left_out_folder(d.path) != folder; }),
         "folder " + std::string(folder), selection);
  }
  keep(drawings, where<Drawing>(drawings, is_for_everyone), "not for every audience", selection);
  auto rows = make_captions(drawings, dictionary);
  keep(rows, where<DrawingRow>(rows, [](const auto& row) { return !row.caption.text.empty(); }),
       "no English caption", selection);
  render(package.folder, rows, selection, progress);

  std::vector<Thumbnail> thumbnails;
  for (const auto& row : rows) thumbnails.push_back(row.thumbnail);
  keep(rows, keep_different(thumbnails, kSameImage), "near duplicate", selection);

  std::vector<std::string> captions;
  drawings.clear();
  for (const auto& row : rows) {
    captions.push_back(row.caption.text);
    drawings.push_back(row.drawing);
  }
  keep(rows, keep_short_series(drawings, captions, kLongestSeries),
       "more than 6 with one caption by one creator", selection);
  selection.rows = std::move(rows);
  return selection;
}

}  // namespace sightline
