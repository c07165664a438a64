#include <sightline/dataset.h>
#include <sightline/emoji_dataset.h>

#include <regex>

#include "image/write_png.h"
#include "sample_data/emoji/emoji_font.h"
#include "sample_data/emoji/emoji_split.h"
#include "sample_data/emoji/emoji_table.h"
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

SampleKind emoji_kind() {
  return {"sightline dataset emoji",
          "an emoji data set",
          "parquet/emoji.parquet",
          {"name", "keywords", "emoji", "group", "subgroup", "split", "base"},
          is_generated_image};
}

void check_sources(const EmojiSources& sources) {
  MissingPackages missing;
  missing.need(sources.font, "fonts-noto-color-emoji");
  missing.need(sources.names, "unicode-data");
  missing.need(sources.annotations / "annotations" / "en.xml", "unicode-cldr-core");
  missing.need(sources.annotations / "annotationsDerived" / "en.xml", "unicode-cldr-core");
  missing.check("the emoji data set");
}

// Returns everything that the result depends on: file contents, not versions or times.
Json fingerprint(const EmojiSources& sources) {
  const Json inputs = fingerprint_files({sources.font, sources.names,
                                         sources.annotations / "annotations" / "en.xml",
                                         sources.annotations / "annotationsDerived" / "en.xml"});
  return {{"format", kFormat}, {"parquet", has_parquet()}, {"inputs", inputs}};
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

// Writes images, parquet and metadata. Returns the total size of the images in bytes.
int64_t write_rows(const SampleFolder& folder, const Plan& plan, const EmojiFont& font,
                   const ProgressFn& progress) {
  SampleWriter writer(folder);
  for (size_t i = 0; i < plan.table.size(); ++i) {
    writer.add(metadata(plan, i), encode_png(font.draw(plan.glyphs[i])));
    if (progress && (i % 64 == 63 || i + 1 == plan.table.size())) {
      progress({"drawing emoji", static_cast<int64_t>(i) + 1,
                static_cast<int64_t>(plan.table.size()), ""});
    }
  }
  return writer.finish();
}

EmojiDatasetSummary summary_of(const SplitCounts& rows, int64_t not_drawn, bool already_there) {
  return {rows.train, rows.test, rows.novel, not_drawn, has_parquet(), already_there};
}

}  // namespace

EmojiDatasetSummary make_emoji_dataset(const fs::path& directory, const ProgressFn& progress,
                                       const EmojiSources& sources) {
  check_sources(sources);
  const SampleFolder folder(directory, emoji_kind());
  const Json made_from = fingerprint(sources);
  if (const auto finished = folder.find_finished(made_from)) {
    return summary_of(split_counts(*finished), finished->value("not_drawn", int64_t{0}), true);
  }
  folder.check();  // fails early: the plan takes seconds
  const EmojiFont font(sources.font);
  const Plan plan = make_plan(sources, font);
  folder.prepare();
  const int64_t image_bytes = write_rows(folder, plan, font, progress);
  const SplitCounts rows = count_splits(plan.split.split);
  folder.finish({{"made_from", made_from}, {"not_drawn", plan.not_drawn}}, rows, image_bytes);
  return summary_of(rows, plan.not_drawn, false);
}

}  // namespace sightline
