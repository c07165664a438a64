#include "sample_data/sample_folder.h"

#include <sightline/dataset.h>
#include <sightline/error.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/path_id.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "data/parquet_plugin.h"
#include "data/unfinished.h"
#include "data/writers/write_file.h"
#include "image/draw_svg.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
constexpr const char* kManifest = "manifest.json";
constexpr const char* kMetadata = "metadata.jsonl";

// Writes one file instead of one per split: if a file name in the folder contains "train" or
// "test", Python's `datasets` takes that file for the whole data set.
std::unique_ptr<ParquetWriter> open_parquet_writer(const SampleFolder& folder) {
  if (!has_parquet()) return nullptr;
  const fs::path file = folder.directory() / folder.kind().parquet;
  make_folder(file.parent_path());
  return create_parquet_writer(file, {false, folder.kind().columns});
}

Row parquet_row(const Json& values, std::vector<uint8_t> png) {
  Row row;
  row.image = std::move(png);
  row.captions = {values["text"].get<std::string>()};
  for (const auto& [key, value] : values.items()) {
    if (key != "file_name" && key != "text") row.extra[key] = value.get<std::string>();
  }
  return row;
}

}  // namespace

SplitCounts count_splits(const std::vector<Split>& splits) {
  SplitCounts counts;
  for (const Split split : splits) {
    ++(split == Split::train ? counts.train : split == Split::test ? counts.test : counts.novel);
  }
  return counts;
}

SplitCounts split_counts(const Json& manifest) {
  const Json& rows = manifest.at("rows");
  return {rows.at("train"), rows.at("test"), rows.at("novel")};
}

// Returns null or a discarded value if there is no readable manifest.
Json SampleFolder::read_manifest() const {
  std::error_code error;
  if (!fs::is_regular_file(directory_ / kManifest, error)) return nullptr;
  try {
    return Json::parse(read_text_file(directory_ / kManifest, 1 << 20), nullptr, false);
  } catch (const Error&) {  // too large to be ours, or not readable
    return nullptr;
  }
}

// Removes only the files that an earlier call wrote; other files belong to the user.
void SampleFolder::remove_generated_files() const {
  std::error_code error;
  std::vector<fs::path> generated = {directory_ / kMetadata, directory_ / kind_.parquet};
  fs::directory_iterator at(directory_ / "images", error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    if (kind_.is_image(at->path().filename().string())) generated.push_back(at->path());
  }
  for (const auto& file : generated) {
    if (!fs::is_directory(fs::symlink_status(file, error))) fs::remove(file, error);
  }
}

// A manifest that is not in the expected form is replaced.
void SampleFolder::refuse_other_package(const Json& manifest) const {
  if (manifest.value("complete", Json()) != true) return;
  const Json package = manifest.value("package", Json::object());
  const Json name = package.is_object() ? package.value("name", Json("")) : Json();
  if (!name.is_string() || name == kind_.package) return;
  const auto images = [](const std::string& of) {
    return of.empty() ? std::string("no package") : "'" + printable(of) + "'";
  };
  throw Error(ErrorCode::invalid_argument, quoted(directory_), " holds ", kind_.noun,
              " with images of ", images(name), ", expected those of ", images(kind_.package),
              ": choose another folder");
}

bool SampleFolder::check() const {
  std::error_code error;
  remove_leftovers(directory_,
                   [](const std::string& name) { return name == kManifest || name == kMetadata; });
  const Json manifest = read_manifest();
  const bool generated = manifest.is_object() && manifest.value("made_by", Json()) == kind_.made_by;
  const bool taken = fs::exists(directory_, error) && !generated &&
                     (!fs::is_directory(directory_, error) || !fs::is_empty(directory_, error));
  if (taken) {
    throw Error(ErrorCode::invalid_argument, "'", directory_.string(),
                "' already exists and is not ", kind_.noun, "; expected a new or empty folder");
  }
  if (generated) refuse_other_package(manifest);
  return generated;
}

void SampleFolder::prepare() const {
  const bool generated = check();
  make_folder(directory_);
  if (generated) {
    mark_unfinished(directory_);
    remove_generated_files();
  }
  const Json incomplete = {{"made_by", kind_.made_by}, {"complete", false}};
  write_file_atomic(directory_ / kManifest, incomplete.dump() + "\n");
  mark_unfinished(directory_);
  make_folder(directory_ / "images");
}

bool SampleFolder::is_finished(const Json& made_from,
                               const std::function<void(const Json&)>& read) const {
  const Json manifest = read_manifest();
  if (!manifest.is_object()) return false;
  try {
    if (manifest.at("made_by") != kind_.made_by) return false;
    if (manifest.at("complete") != true) return false;
    if (manifest.at("made_from") != made_from) return false;
    const auto lines = MappedFile(directory_ / kMetadata);
    if (to_hex(sha256(lines.bytes())) != manifest.at("metadata_sha256")) return false;
    int64_t bytes = 0, files = 0;
    for (const auto& entry : fs::directory_iterator(directory_ / "images")) {
      if (!kind_.is_image(entry.path().filename().string())) continue;
      bytes += static_cast<int64_t>(entry.file_size());
      ++files;
    }
    if (files != split_counts(manifest).total()) return false;
    if (bytes != manifest.at("image_bytes").get<int64_t>()) return false;
    if (made_from.at("parquet") == true && !fs::exists(directory_ / kind_.parquet)) {
      return false;
    }
    read(manifest);
    unmark_unfinished(directory_);  // left if the last step was interrupted
    return true;
  } catch (const std::exception&) {  // a damaged data set is generated again
    return false;
  }
}

Json SampleFolder::finish(const Json& facts, const SplitCounts& rows, int64_t image_bytes) const {
  Json manifest = {{"made_by", kind_.made_by}, {"complete", true}};
  manifest["made_from"] = facts.at("made_from");
  manifest["rows"] = {{"train", rows.train}, {"test", rows.test}, {"novel", rows.novel}};
  manifest.update(facts);
  manifest["image_bytes"] = image_bytes;
  manifest["metadata_sha256"] = sha256_of_file(directory_ / kMetadata);
  write_file_atomic(directory_ / kManifest, manifest.dump(2) + "\n");
  unmark_unfinished(directory_);
  return manifest;
}

SampleWriter::SampleWriter(const SampleFolder& folder)
    : directory_(folder.directory()), parquet_(open_parquet_writer(folder)) {}

void SampleWriter::add(const Json& row, std::vector<uint8_t> png) {
  const std::string file = row.at("file_name");
  write_file(directory_ / file, png);
  image_bytes_ += static_cast<int64_t>(png.size());
  lines_ += row.dump() + "\n";
  if (parquet_) parquet_->add(parquet_row(row, std::move(png)), fs::path(file).filename());
}

int64_t SampleWriter::finish() {
  if (parquet_) parquet_->finish();
  write_file_atomic(directory_ / kMetadata, lines_);
  return image_bytes_;
}

Json fingerprint_files(const std::vector<fs::path>& files) {
  Json inputs;
  for (const auto& file : files) {
    inputs.push_back({{"file", path_id(file.filename())}, {"sha256", sha256_of_file(file)}});
  }
  return inputs;
}

Json counts_json(const std::vector<SampleCount>& counts) {
  Json json = Json::object();
  for (const auto& [name, count] : counts) json[name] = count;
  return json;
}

std::vector<SampleCount> counts_of(const Json& json) {
  if (!json.is_object())
    throw Error(ErrorCode::invalid_data, "the counts in a manifest are not a JSON object");
  std::vector<SampleCount> counts;
  for (const auto& [name, count] : json.items()) counts.push_back({name, count});
  return counts;
}

void require_svg(const std::string& noun) {
  if (image::can_draw_svg()) return;
  throw Error(ErrorCode::unsupported, noun,
              " needs SVG images, which this build cannot draw: install librsvg2-dev and build "
              "again");
}

void MissingPackages::need(const fs::path& file, const std::string& package) {
  std::error_code error;
  if (fs::exists(file, error) || names_.find(package) != std::string::npos) return;
  if (!names_.empty()) names_ += ' ';
  names_ += package;
}

void MissingPackages::check(const std::string& noun) const {
  if (names_.empty()) return;
  throw Error(ErrorCode::not_found, noun,
              " needs Debian packages that are not installed: apt-get install ", names_);
}

}  // namespace sightline
