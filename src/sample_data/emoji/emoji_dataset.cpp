#include <sightline/dataset.h>
#include <sightline/emoji_dataset.h>

#include <functional>
#include <optional>
#include <regex>

#include "image/write_png.h"
#include "sample_data/emoji/emoji_font.h"
#include "sample_data/emoji/emoji_split.h"
#include "sample_data/emoji/emoji_table.h"
#include "sample_data/icons/emoji_pictures.h"
#include "sample_data/icons/icon_source.h"
#include "sample_data/sample_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
constexpr int kFormat = 1;  // incremented when the generated files change

// Matches names from hex_name(): "1f469-200d-1f680.png".
bool is_generated_image(std::string_view name) {
  static const std::regex pattern("[0-9a-f]{4,6}(-[0-9a-f]{4,6})*\\.png");
  return std::regex_match(name.begin(), name.end(), pattern);
}

SampleKind emoji_kind(const std::optional<IconSet>& pictures) {
  std::vector<std::string> columns = {"name",     "keywords", "emoji", "group",
                                      "subgroup", "split",    "base"};
  if (pictures) columns.insert(columns.end(), {"creator", "licence", "source"});
  SampleKind kind = {"sightline dataset emoji", "an emoji data set", "parquet/emoji.parquet",
                     std::move(columns), is_generated_image};
  if (pictures) kind.package = pictures->info().package;
  return kind;
}

void check_sources(const EmojiSources& sources) {
  MissingPackages missing;
  missing.need(sources.font, "fonts-noto-color-emoji");
  missing.need(sources.names, "unicode-data");
  missing.need(sources.annotations / "annotations" / "en.xml", "unicode-cldr-core");
  missing.need(sources.annotations / "annotationsDerived" / "en.xml", "unicode-cldr-core");
  missing.check("the emoji data set");
  if (!sources.pictures.empty()) require_svg("an emoji data set with other pictures");
}

// Returns everything that the result depends on: file contents, not versions or times.
Json fingerprint(const EmojiSources& sources, const std::optional<IconSet>& pictures) {
  std::vector<fs::path> files = {sources.font, sources.names,
                                 sources.annotations / "annotations" / "en.xml",
                                 sources.annotations / "annotationsDerived" / "en.xml"};
  if (pictures) files.insert(files.end(), pictures->files().begin(), pictures->files().end());
  return {{"format", kFormat}, {"parquet", has_parquet()}, {"inputs", fingerprint_files(files)}};
}

struct Plan {
  std::vector<Emoji> table;  // the emoji that the font can draw
  std::vector<uint32_t> glyphs;
  SplitResult split;
  int64_t not_drawn = 0;
};

Plan make_plan(const EmojiSources& sources, const EmojiFont& font) {
  Plan plan;
  for (auto& emoji : load_emoji_table(sources)) {
    const uint32_t glyph = font.glyph(emoji.sequence);
    if (glyph == 0 || !font.has_bitmap(glyph)) {
      ++plan.not_drawn;
      continue;
    }
    plan.table.push_back(std::move(emoji));
    plan.glyphs.push_back(glyph);
  }
  plan.split = split_emoji(plan.table, plan.glyphs, kEmojiTestRows, kEmojiNovelRows);
  return plan;
}

Json metadata(const Plan& plan, size_t i) {
  const Emoji& emoji = plan.table[i];
  return {{"file_name", "images/" + hex_name(emoji.sequence) + ".png"},
          {"text", emoji.name},
          {"name", emoji.name},
          {"keywords", emoji.keywords},
          {"emoji", to_utf8(emoji.sequence)},
          {"group", emoji.group},
          {"subgroup", emoji.subgroup},
          {"split", split_name(plan.split.split[i])},
          {"base", plan.table[plan.split.first[i]].name}};
}

// Returns the image of an emoji of the plan, or nothing if it is left out.
using PngOf = std::function<std::vector<uint8_t>(size_t)>;

// Writes images, parquet and metadata, with the columns that `more` returns. Returns the total size
// of the images in bytes.
int64_t write_rows(const SampleFolder& folder, const Plan& plan, const PngOf& png_of,
                   const std::function<Json(size_t)>& more, const ProgressFn& progress) {
  SampleWriter writer(folder);
  for (size_t i = 0; i < plan.table.size(); ++i) {
    if (auto png = png_of(i); !png.empty()) {
      Json row = metadata(plan, i);
      row.update(more(i));
      writer.add(row, std::move(png));
    }
    if (progress && (i % 64 == 63 || i + 1 == plan.table.size())) {
      progress({"drawing emoji", static_cast<int64_t>(i) + 1,
                static_cast<int64_t>(plan.table.size()), ""});
    }
  }
  return writer.finish();
}

// Throws if the manifest is not in the expected form.
EmojiDatasetSummary summary_of(const Json& manifest, bool already_there) {
  const SplitCounts rows = split_counts(manifest);
  EmojiDatasetSummary summary;
  summary.train = rows.train;
  summary.test = rows.test;
  summary.novel = rows.novel;
  summary.not_drawn = manifest.at("not_drawn");
  if (manifest.contains("package")) {
    summary.left_out = counts_of(manifest.at("left_out"));
    summary.unmatched_icons = manifest.at("unmatched_icons");
  }
  summary.parquet = manifest.at("made_from").at("parquet");
  summary.already_there = already_there;
  return summary;
}

Json write_font_emoji(const SampleFolder& folder, const Plan& plan, const EmojiFont& font,
                      const Json& made_from, const ProgressFn& progress) {
  folder.prepare();
  const int64_t bytes = write_rows(
      folder, plan, [&](size_t i) { return encode_png(font.draw(plan.glyphs[i])); },
      [](size_t) { return Json::object(); }, progress);
  return folder.finish({{"made_from", made_from}, {"not_drawn", plan.not_drawn}},
                       count_splits(plan.split.split), bytes);
}

Json write_pictures(const SampleFolder& folder, const Plan& plan, const IconSet& set,
                    const Json& made_from, const ProgressFn& progress) {
  EmojiPictures pictures = draw_pictures(plan.table, plan.split.split, set, progress);
  std::vector<Split> splits;
  for (size_t i = 0; i < plan.table.size(); ++i) {
    if (!pictures.png[i].empty()) splits.push_back(plan.split.split[i]);
  }
  folder.prepare();
  const int64_t bytes = write_rows(
      folder, plan, [&](size_t i) { return std::move(pictures.png[i]); },
      [&](size_t i) { return source_columns(set, pictures.icons[i]); }, progress);
  return folder.finish({{"made_from", made_from},
                        {"not_drawn", plan.not_drawn},
                        {"package", package_json(set)},
                        {"left_out", counts_json(pictures.left_out)},
                        {"unmatched_icons", pictures.unmatched_icons}},
                       count_splits(splits), bytes);
}

}  // namespace

EmojiDatasetSummary make_emoji_dataset(const fs::path& directory, const ProgressFn& progress,
                                       const EmojiSources& sources) {
  check_sources(sources);
  std::optional<IconSet> pictures;
  if (!sources.pictures.empty()) pictures.emplace(sources.pictures);
  const SampleFolder folder(directory, emoji_kind(pictures));
  const Json made_from = fingerprint(sources, pictures);
  const auto finished = folder.find_finished<EmojiDatasetSummary>(
      made_from, [](const Json& manifest) { return summary_of(manifest, true); });
  if (finished) return *finished;
  folder.check();  // fails early: the plan takes seconds
  const EmojiFont font(sources.font);
  const Plan plan = make_plan(sources, font);
  const Json manifest = pictures ? write_pictures(folder, plan, *pictures, made_from, progress)
                                 : write_font_emoji(folder, plan, font, made_from, progress);
  return summary_of(manifest, false);
}

}  // namespace sightline
