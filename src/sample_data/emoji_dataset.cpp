#include <sightline/dataset.h>
#include <sightline/emoji_dataset.h>
#include <sightline/error.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <regex>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/temporary_path.h"
#include "data/parquet_plugin.h"
#include "data/unfinished.h"
#include "data/writers/parquet_writer.h"
#include "data/writers/write_file.h"
#include "image/write_png.h"
#include "sample_data/emoji_font.h"
#include "sample_data/emoji_split.h"
#include "sample_data/emoji_table.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
constexpr const char* kManifest = "manifest.json";
constexpr const char* kParquet = "parquet/emoji.parquet";
constexpr const char* kMadeBy =
    "sightline dataset emoji";  // in the manifest; identifies generated folders
constexpr int kFormat = 1;      // incremented when the generated files change

void check_sources(const EmojiSources& sources) {
  std::string missing;
  const auto need = [&](const fs::path& file, const char* package) {
    std::error_code error;
    if (!fs::exists(file, error) && missing.find(package) == std::string::npos) {
      if (!missing.empty()) missing += ' ';
      missing += package;
    }
  };
  need(sources.font, "fonts-noto-color-emoji");
  need(sources.names, "unicode-data");
  need(sources.annotations / "annotations" / "en.xml", "unicode-cldr-core");
  need(sources.annotations / "annotationsDerived" / "en.xml", "unicode-cldr-core");
  if (!missing.empty()) {
    throw Error(ErrorCode::not_found,
                "the emoji data set needs Debian packages that are not installed: apt-get install ",
                missing);
  }
}

// Returns everything that the result depends on: file contents, not versions or times.
Json fingerprint(const EmojiSources& sources) {
  Json inputs;
  for (const auto& file :
       {sources.font, sources.names, sources.annotations / "annotations" / "en.xml",
        sources.annotations / "annotationsDerived" / "en.xml"}) {
    inputs.push_back({{"file", file.string()}, {"sha256", sha256_of_file(file)}});
  }
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

Row parquet_row(const Json& meta, std::vector<uint8_t> png) {
  Row row;
  row.image = std::move(png);
  row.captions = {meta["text"].get<std::string>()};
  for (const auto& [key, value] : meta.items()) {
    if (key != "file_name" && key != "text") row.extra[key] = value.get<std::string>();
  }
  return row;
}

// Returns null or a discarded value if there is no readable manifest.
Json read_manifest(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_regular_file(directory / kManifest, error)) return nullptr;
  try {
    return Json::parse(read_text_file(directory / kManifest, 1 << 20), nullptr, false);
  } catch (const Error&) {  // too large to be ours, or not readable
    return nullptr;
  }
}

// Matches names from hex_name(): "1f469-200d-1f680.png".
bool is_generated_image(const std::string& name) {
  static const std::regex pattern("[0-9a-f]{4,6}(-[0-9a-f]{4,6})*\\.png");
  return std::regex_match(name, pattern);
}

// Removes only the files that an earlier call wrote; other files belong to the user.
void remove_generated_files(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> generated = {directory / "metadata.jsonl", directory / kParquet};
  fs::directory_iterator at(directory / "images", error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    if (is_generated_image(at->path().filename().string())) generated.push_back(at->path());
  }
  for (const auto& file : generated) {
    if (!fs::is_directory(fs::symlink_status(file, error))) fs::remove(file, error);
  }
}

// Accepts a missing or empty folder, or one that an earlier call generated; returns whether it is
// such a generated one. Throws invalid_argument if the folder holds other files.
bool check_folder(const fs::path& directory) {
  std::error_code error;
  remove_leftovers(directory, [](const std::string& name) {
    return name == kManifest || name == "metadata.jsonl";
  });
  const Json manifest = read_manifest(directory);
  const bool generated = manifest.is_object() && manifest.value("made_by", Json()) == kMadeBy;
  const bool taken = fs::exists(directory, error) && !generated &&
                     (!fs::is_directory(directory, error) || !fs::is_empty(directory, error));
  if (taken) {
    throw Error(ErrorCode::invalid_argument, "'", directory.string(),
                "' already exists and is not an emoji data set; expected a new or empty folder");
  }
  return generated;
}

void prepare_folder(const fs::path& directory) {
  const bool generated = check_folder(directory);
  make_folder(directory);
  if (generated) remove_generated_files(directory);
  const Json incomplete = {{"made_by", kMadeBy}, {"complete", false}};
  write_file_atomic(directory / kManifest, incomplete.dump() + "\n");
  mark_unfinished(directory);
  make_folder(directory / "images");
}

// Writes one file instead of one per split: if a file name in the folder contains "train" or
// "test", Python's `datasets` takes that file for the whole data set.
std::unique_ptr<ParquetWriter> open_writer(const fs::path& directory) {
  if (!has_parquet()) return nullptr;
  make_folder(directory / "parquet");
  return create_parquet_writer(
      directory / kParquet,
      {false, {"name", "keywords", "emoji", "group", "subgroup", "split", "base"}});
}

// Writes images, parquet and metadata. Returns the total size of the images in bytes.
int64_t write_rows(const fs::path& directory, const Plan& plan, const EmojiFont& font,
                   const ProgressFn& progress) {
  const auto writer = open_writer(directory);
  std::string lines;
  int64_t image_bytes = 0;
  for (size_t i = 0; i < plan.table.size(); ++i) {
    const Json meta = metadata(plan, i);
    auto png = encode_png(font.draw(plan.glyphs[i]));
    const std::string file = meta["file_name"];
    write_file(directory / file, png);
    image_bytes += static_cast<int64_t>(png.size());
    lines += meta.dump() + "\n";
    if (writer) writer->add(parquet_row(meta, std::move(png)), fs::path(file).filename());
    if (progress && (i % 64 == 63 || i + 1 == plan.table.size())) {
      progress({"drawing emoji", static_cast<int64_t>(i) + 1,
                static_cast<int64_t>(plan.table.size()), ""});
    }
  }
  if (writer) writer->finish();
  write_file_atomic(directory / "metadata.jsonl", lines);
  return image_bytes;
}

// Returns the manifest's summary if the folder still matches the manifest, else nothing.
std::optional<EmojiDatasetSummary> find_finished(const fs::path& directory, const Json& made_from) {
  const Json manifest = read_manifest(directory);
  if (!manifest.is_object()) return std::nullopt;
  try {
    if (manifest.at("complete") != true) return std::nullopt;
    if (manifest.at("made_from") != made_from) return std::nullopt;
    const auto lines = MappedFile(directory / "metadata.jsonl");
    if (to_hex(sha256(lines.bytes())) != manifest.at("metadata_sha256")) return std::nullopt;
    int64_t bytes = 0, files = 0;
    for (const auto& entry : fs::directory_iterator(directory / "images")) {
      if (!is_generated_image(entry.path().filename().string())) continue;
      bytes += static_cast<int64_t>(entry.file_size());
      ++files;
    }
    const auto& rows = manifest.at("rows");
    EmojiDatasetSummary summary{rows.at("train"),         rows.at("test"),         rows.at("novel"),
                                manifest.at("not_drawn"), made_from.at("parquet"), true};
    if (files != summary.train + summary.test + summary.novel) return std::nullopt;
    if (bytes != manifest.at("image_bytes").get<int64_t>()) return std::nullopt;
    if (summary.parquet && !fs::exists(directory / kParquet)) return std::nullopt;
    unmark_unfinished(directory);  // left if the last step was interrupted
    return summary;
  } catch (const std::exception&) {  // a damaged data set is generated again
    return std::nullopt;
  }
}

}  // namespace

EmojiDatasetSummary make_emoji_dataset(const fs::path& directory, const ProgressFn& progress,
                                       const EmojiSources& sources) {
  check_sources(sources);
  const Json made_from = fingerprint(sources);
  if (const auto finished = find_finished(directory, made_from)) return *finished;
  check_folder(directory);  // fails early: the plan takes seconds
  const EmojiFont font(sources.font);
  const Plan plan = make_plan(sources, font);
  prepare_folder(directory);
  const int64_t image_bytes = write_rows(directory, plan, font, progress);

  EmojiDatasetSummary summary;
  for (const Split split : plan.split.split) {
    ++(split == Split::train ? summary.train : split == Split::test ? summary.test : summary.novel);
  }
  summary.not_drawn = plan.not_drawn;
  summary.parquet = has_parquet();
  const Json manifest = {
      {"made_by", kMadeBy},
      {"complete", true},
      {"made_from", made_from},
      {"rows", {{"train", summary.train}, {"test", summary.test}, {"novel", summary.novel}}},
      {"not_drawn", summary.not_drawn},
      {"image_bytes", image_bytes},
      {"metadata_sha256", sha256_of_file(directory / "metadata.jsonl")}};
  write_file_atomic(directory / kManifest, manifest.dump(2) + "\n");
  unmark_unfinished(directory);
  return summary;
}

}  // namespace sightline
