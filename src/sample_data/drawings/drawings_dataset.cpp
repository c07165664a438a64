#include <sightline/dataset.h>
#include <sightline/drawings_dataset.h>
#include <sightline/error.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "sample_data/drawings/drawings_split.h"
#include "sample_data/drawings/package.h"
#include "sample_data/drawings/render_drawings.h"
#include "sample_data/drawings/select_rows.h"
#include "sample_data/image_name.h"
#include "sample_data/sample_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
constexpr int kFormat = 1;  // incremented when the generated files change

SampleKind drawings_kind() {
  return {"sightline dataset drawings",
          "a drawings data set",
          "parquet/drawings.parquet",
          {"keywords", "group", "subgroup", "split", "title", "creator", "licence", "source"},
          is_image_name};
}

// `expected`: of a path that is not the package's.
void need(MissingPackages& missing, const fs::path& path, const fs::path& of_package,
          const char* package, const char* expected) {
  if (path == of_package) {
    missing.need(path, package);
  } else if (!fs::exists(file_status(path))) {
    throw Error(ErrorCode::not_found, quoted(path), " does not exist; expected ", expected);
  }
}

void check_sources(const DrawingsSources& sources) {
  const DrawingsSources installed;
  MissingPackages missing;
  need(missing, sources.drawings, installed.drawings, "openclipart-svg", "a folder of SVG files");
  need(missing, sources.words, installed.words, "wamerican", "a file with one word per line");
  missing.check("the drawings data set");
  require_svg("the drawings data set");
}

// Returns the folder at `depth` of a path, with spaces; empty if there is none.
std::string folder_at(std::string_view path, int depth) {
  for (; depth > 0; --depth) {
    const size_t slash = path.find('/');
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
  }
  const size_t end = path.find('/');
  if (end == std::string_view::npos) return {};
  std::string name(path.substr(0, end));
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

Json metadata(const DrawingRow& row, Split split) {
  const Drawing& drawing = row.drawing;
  return {{"file_name", "images/" + image_name(drawing.path)},
          {"text", row.caption.text},
          {"keywords", join_words(row.keywords, " | ")},
          {"group", folder_at(drawing.path, 0)},
          {"subgroup", folder_at(drawing.path, 1)},
          {"split", split_name(split)},
          {"title", drawing.title},
          {"creator", drawing.creator},
          {"licence", drawing.licence},
          {"source", drawing.path}};
}

std::vector<Split> choose_splits(const std::vector<DrawingRow>& rows) {
  std::vector<SplitRow> items;
  for (const auto& row : rows) {
    items.push_back({row.drawing.path, row.caption.text, row.keywords, row.thumbnail});
  }
  const auto test = std::min<size_t>(kDrawingsTestRows, rows.size() / 5),
             novel = std::min<size_t>(kDrawingsNovelRows, rows.size() / 8);
  return split_drawings(items, test, novel);
}

std::vector<SampleCount> count_captions(const std::vector<DrawingRow>& rows) {
  std::vector<SampleCount> counts;
  for (const auto& [source, name] :
       {std::pair{CaptionSource::title, "title"}, std::pair{CaptionSource::file_name, "file name"},
        std::pair{CaptionSource::translation, "translation"},
        std::pair{CaptionSource::keyword, "keyword"}}) {
    const auto count = std::count_if(rows.begin(), rows.end(), [&, s = source](const auto& row) {
      return row.caption.source == s;
    });
    counts.push_back({name, count});
  }
  return counts;
}

// Throws if the manifest is not in the expected form.
DrawingsDatasetSummary summary_of(const Json& manifest, bool already_there) {
  const SplitCounts rows = split_counts(manifest);
  return {rows.train,
          rows.test,
          rows.novel,
          manifest.at("files"),
          counts_of(manifest.at("left_out")),
          counts_of(manifest.at("captions")),
          manifest.at("made_from").at("parquet"),
          already_there};
}

}  // namespace

DrawingsDatasetSummary make_drawings_dataset(const fs::path& directory, const ProgressFn& progress,
                                             const DrawingsSources& sources) {
  check_sources(sources);
  const SampleFolder folder(directory, drawings_kind());
  const Package package = read_package(sources.drawings, progress);
  Json inputs = fingerprint_files({sources.words});
  inputs.push_back({{"file", "*.svg"}, {"sha256", package.sha256}});
  const Json made_from = {{"format", kFormat}, {"parquet", has_parquet()}, {"inputs", inputs}};
  const auto finished = folder.find_finished<DrawingsDatasetSummary>(
      made_from, [](const Json& manifest) { return summary_of(manifest, true); });
  if (finished) return *finished;
  folder.check();  // fails early: drawing takes a while
  Selection selection = select_rows(package, Dictionary::load(sources.words), progress);
  const auto splits = choose_splits(selection.rows);
  folder.prepare();
  SampleWriter writer(folder);
  for (size_t i = 0; i < selection.rows.size(); ++i) {
    writer.add(metadata(selection.rows[i], splits[i]), std::move(selection.rows[i].png));
    if (progress && i % 256 == 255) {
      progress({"writing drawings", static_cast<int64_t>(i) + 1,
                static_cast<int64_t>(selection.rows.size()), ""});
    }
  }
  const int64_t image_bytes = writer.finish();
  const Json facts = {{"made_from", made_from},
                      {"files", package.files},
                      {"left_out", counts_json(selection.left_out)},
                      {"captions", counts_json(count_captions(selection.rows))}};
  return summary_of(folder.finish(facts, count_splits(splits), image_bytes), false);
}

}  // namespace sightline
