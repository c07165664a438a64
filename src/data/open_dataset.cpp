// Detects the format of a data set and opens it.
#include <sightline/dataset.h>
#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/file.h"
#include "base/suggest.h"
#include "base/text.h"
#include "data/metadata_file.h"
#include "data/parquet_plugin.h"
#include "data/readers/caption_files.h"
#include "data/readers/columns.h"
#include "data/readers/folder.h"
#include "data/readers/imagefolder.h"
#include "data/readers/limited_captions.h"
#include "data/readers/parquet_reader.h"
#include "data/readers/saved_dataset.h"
#include "data/readers/shard_names.h"
#include "data/readers/webdataset.h"
#include "data/readers/zip_images.h"
#include "data/unfinished.h"
#include "image/extensions.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

using Entries = std::vector<fs::directory_entry>;  // entries cache their file type

// A detected data set: its format and the files that it consists of.
struct Detected {
  std::string format;
  std::vector<fs::path> files;
  std::vector<Shard> shards;      // only for webdataset
  bool caption_sidecars = false;  // only for folder: a.txt has the captions of a.jpg
};

Entries sorted_entries(const fs::path& folder) {
  Entries entries;
  std::error_code error;
  fs::directory_iterator found(folder, error);
  for (; !error && found != fs::directory_iterator(); found.increment(error)) {
    if (!found->path().filename().string().starts_with('.')) entries.push_back(*found);
  }
  if (error) {
    throw Error(ErrorCode::io, "cannot read the folder '", folder.string(), "': ", error.message());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

void append_metadata(const fs::path& folder, std::vector<fs::path>& metadata) {
  if (fs::path file = metadata_file_in(folder); !file.empty()) metadata.push_back(std::move(file));
}

void append_metadata_of_subfolders(const Entries& entries, std::vector<fs::path>& metadata) {
  std::error_code ignored;
  for (const auto& entry : entries) {
    if (entry.is_directory(ignored)) append_metadata(entry.path(), metadata);
  }
}

// Searches the folder itself, then its direct subfolders (train/metadata.jsonl …), then those of
// data/, as on the Hugging Face Hub (data/train/metadata.jsonl …).
std::vector<fs::path> find_metadata(const fs::path& folder, const Entries& entries) {
  std::vector<fs::path> metadata;
  append_metadata(folder, metadata);
  if (!metadata.empty()) return metadata;
  append_metadata_of_subfolders(entries, metadata);
  std::error_code ignored;
  if (metadata.empty() && fs::is_directory(folder / "data", ignored))
    append_metadata_of_subfolders(sorted_entries(folder / "data"), metadata);
  return metadata;
}

// Returns whether a file only lists the images of the shard or folder of the same name, as
// img2dataset writes: 00000.parquet for 00000.tar or 00000/.
bool lists_shard(const fs::path& parquet) {
  std::error_code ignored;
  fs::path shard = parquet;
  if (fs::is_directory(shard.replace_extension(), ignored)) return true;
  return fs::is_regular_file(shard += ".tar", ignored);
}

std::vector<fs::path> parquet_files(const Entries& entries) {
  std::vector<fs::path> files;
  for (const auto& entry : entries) {
    const bool parquet = entry.path().extension() == ".parquet";
    if (parquet && !lists_shard(entry.path())) files.push_back(entry.path());
  }
  return files;
}

// Returns whether a folder is img2dataset's output "files": 00000/ with a.jpg and its caption
// a.txt, and 00000_stats.json.
bool is_img2dataset(const Entries& entries) {
  std::error_code ignored;
  return std::any_of(entries.begin(), entries.end(), [&](const fs::directory_entry& entry) {
    fs::path statistics = entry.path();
    statistics += "_stats.json";
    return entry.is_directory(ignored) && fs::is_regular_file(statistics, ignored);
  });
}

// Returns nothing if the entry is not a folder or cannot be read; reading the data set reports that
// error later.
Entries subfolder_entries(const fs::directory_entry& entry) {
  std::error_code error;
  if (!entry.is_directory(error)) return {};
  try {
    return sorted_entries(entry.path());
  } catch (const Error&) {
    return {};
  }
}

std::vector<fs::path> find_parquet_in_subfolders(const Entries& entries) {
  std::vector<fs::path> files;
  for (const auto& entry : entries) {
    const auto found = parquet_files(subfolder_entries(entry));
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

// Finds CONFIGURATION/SPLIT/0000.parquet, the layout of the Hub's automatic conversion (branch
// refs/convert/parquet). Each configuration is a data set of its own; this returns the files of
// "default", or of the only configuration.
std::vector<fs::path> find_converted(const fs::path& folder, const Entries& entries) {
  std::map<std::string, std::vector<fs::path>> configurations;
  for (const auto& entry : entries) {
    auto files = find_parquet_in_subfolders(subfolder_entries(entry));
    if (!files.empty()) configurations[entry.path().filename().string()] = std::move(files);
  }
  if (configurations.size() > 1 && !configurations.contains("default")) {
    std::string names;
    for (const auto& [name, files] : configurations) names += (names.empty() ? "" : ", ") + name;
    throw Error(ErrorCode::invalid_data, "'", folder.string(), "' holds several data sets (", names,
                "); expected the folder of one of them");
  }
  if (configurations.empty()) return {};
  const auto chosen = configurations.find("default");
  return chosen == configurations.end() ? configurations.begin()->second : chosen->second;
}

// Searches the folder itself, data/ (the layout of data sets on the Hugging Face Hub), the direct
// subfolders, and the layout of the Hub's automatic conversion.
std::vector<fs::path> find_parquet(const fs::path& folder, const Entries& entries) {
  auto files = parquet_files(entries);
  std::error_code ignored;
  if (files.empty() && fs::is_directory(folder / "data", ignored)) {
    files = parquet_files(sorted_entries(folder / "data"));
  }
  if (files.empty()) files = find_parquet_in_subfolders(entries);
  return files.empty() ? find_converted(folder, entries) : files;
}

// Returns whether a file may contain captions, judging by its name alone. Other text files in a
// folder of images are never opened.
bool may_contain_captions(const std::string& name) {
  const auto has = [&](std::string_view part) { return name.find(part) != name.npos; };
  return name.ends_with(".json") || name.ends_with(".token") ||
         (has(".token") && name.ends_with(".txt")) || name == "results.csv" ||
         name == "captions.txt" || name == "captions.csv" || name == "captions.tsv" ||
         name == "captions.jsonl";
}

// Returns the names of the images, with and without extension.
std::set<std::string> image_names(const Entries& entries) {
  std::set<std::string> names;
  for (const auto& entry : entries) {
    if (!image::has_image_extension(entry.path().native())) continue;
    names.insert(entry.path().filename().string());
    names.insert(entry.path().stem().string());
  }
  return names;
}

// Finds the caption files in a folder, grouped by format.
std::map<std::string, std::vector<fs::path>> find_captions(const Entries& entries) {
  std::map<std::string, std::vector<fs::path>> found;
  std::error_code ignored;
  const std::set<std::string> images = image_names(entries);
  for (const auto& entry : entries) {
    const std::string name = entry.path().filename().string();
    if (!may_contain_captions(name) || !entry.is_regular_file(ignored)) continue;
    // Programs write a sidecar, such as IMG_1.jpg.json or IMG_1.json, for each image.
    if (name.ends_with(".json") && images.contains(entry.path().stem().string())) continue;
    // COCO's annotations/ also contains object annotations.
    if (name.starts_with("instances_") || name.starts_with("person_keypoints_")) continue;
    if (name.find(".lemma.") != name.npos) continue;  // Flickr8k: the same captions, lemmatized
    try {
      if (const auto format = caption_file_format(entry.path()))
        found[*format].push_back(entry.path());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::invalid_data) throw;  // not a caption file
    }
  }
  return found;
}

std::optional<Detected> detect_captions(const fs::path& folder, const Entries& entries,
                                        const std::string& requested) {
  auto found = find_captions(entries);
  std::error_code ignored;
  if (fs::is_directory(folder / "annotations", ignored)) {
    for (auto& [format, files] : find_captions(sorted_entries(folder / "annotations"))) {
      found[format].insert(found[format].end(), files.begin(), files.end());
    }
  }
  if (!requested.empty())
    std::erase_if(found, [&](const auto& item) { return item.first != requested; });
  // A list of objects may be unrelated; caption files of a specific format take precedence.
  if (found.size() > 1) found.erase("json");
  if (found.empty()) return std::nullopt;
  const auto& [format, files] = *found.begin();
  if (found.size() > 1 || (format != "coco" && files.size() > 1)) {
    std::vector<std::string> names;
    for (const auto& [other, paths] : found) {
      for (const auto& path : paths) names.push_back(path.lexically_relative(folder).string());
    }
    throw Error(ErrorCode::invalid_argument, "'", folder.string(),
                "' holds several data sets: ", join_names(names),
                "; expected the path of one of them, or a format");
  }
  return Detected{format, files, {}};
}

// Searches the folder, then its direct subfolders, whose names are the splits.
std::vector<Shard> find_shards(const Entries& entries) {
  std::vector<Shard> shards;
  std::error_code ignored;
  for (const auto& entry : entries) {
    if (is_shard_name(entry.path()) && entry.is_regular_file(ignored)) {
      shards.push_back({entry.path(), split_of_shard_name(entry.path())});
    }
  }
  if (!shards.empty()) return shards;
  for (const auto& folder : entries) {
    for (const auto& entry : subfolder_entries(folder)) {
      if (is_shard_name(entry.path()) && entry.is_regular_file(ignored)) {
        shards.push_back({entry.path(), folder.path().filename().string()});
      }
    }
  }
  return shards;
}

// Zip archives are read like shards. Metadata in an archive needs a folder.
Detected detect_zips(const std::vector<fs::path>& files) {
  Detected found{"webdataset", {}, {}};
  for (const auto& file : files) {
    if (const auto metadata = metadata_in_zip(file); !metadata.empty()) {
      throw Error(ErrorCode::unsupported, "'", file.string(), "' contains the metadata file '",
                  metadata, "', which is read in a folder only; unpack it next to the archive");
    }
    found.shards.push_back({file, split_of_shard_name(file)});
  }
  return found;
}

// Returns the zip archives of a folder that has no other data: an archive next to photos is not the
// data set.
std::vector<fs::path> only_zips(const Entries& entries) {
  std::vector<fs::path> zips;
  std::error_code ignored;
  for (const auto& entry : entries) {
    const std::string extension = lower(entry.path().extension().string());
    const bool document = extension == ".md" || extension == ".txt" || extension == ".json" ||
                          entry.path().filename() == "LICENSE";
    if (extension == ".zip" && entry.is_regular_file(ignored))
      zips.push_back(entry.path());
    else if (!document)
      return {};
  }
  return zips;
}

Detected detect_in_folder(const fs::path& folder, const std::string& requested) {
  const auto entries = sorted_entries(folder);
  const auto may_be = [&](const char* format) { return requested.empty() || requested == format; };
  if (may_be("imagefolder")) {
    if (auto files = find_metadata(folder, entries); !files.empty())
      return {"imagefolder", files, {}};
  }
  if (may_be("arrow")) {
    if (auto files = find_saved_dataset(folder); !files.empty()) return {"arrow", files, {}};
  }
  if (may_be("parquet")) {
    if (auto files = find_parquet(folder, entries); !files.empty()) return {"parquet", files, {}};
  }
  if (auto found = detect_captions(folder, entries, requested)) return *found;
  if (may_be("webdataset")) {
    if (auto shards = find_shards(entries); !shards.empty()) return {"webdataset", {}, shards};
  }
  if (may_be("webdataset")) {
    if (const auto zips = only_zips(entries); !zips.empty()) return detect_zips(zips);
  }
  if (may_be("folder")) return {"folder", {}, {}, is_img2dataset(entries)};
  throw Error(ErrorCode::invalid_data, "the folder '", folder.string(),
              "' contains no data set of the format ", requested);
}

Detected expand_pattern(const std::string& pattern) {
  Detected found{"webdataset", {}, {}};
  for (auto& file : expand_braces(pattern)) {
    std::string split = split_of_shard_name(file);
    found.shards.push_back({std::move(file), std::move(split)});
  }
  return found;
}

Detected detect_file(const fs::path& file, const std::string& requested) {
  const std::string extension = lower(file.extension().string());
  if (extension == ".zip" && (requested.empty() || requested == "webdataset"))
    return detect_zips({file});
  const bool shard = requested == "webdataset" || (requested.empty() && is_shard_name(file));
  if (shard) return {"webdataset", {}, {{file, split_of_shard_name(file)}}};
  if (!requested.empty() && requested != "folder") return {requested, {file}, {}};
  if (is_metadata_name(file.filename())) return {"imagefolder", {file}, {}};
  if (extension == ".parquet") return {"parquet", {file}, {}};
  if (extension == ".arrow") return {"arrow", {file}, {}};
  if (const auto format = caption_file_format(file); format && requested.empty())
    return {*format, {file}, {}};
  throw Error(ErrorCode::invalid_data, "'", file.string(),
              "' is not a data set; expected a folder, a .parquet or .arrow file, metadata.jsonl, "
              ".csv or .parquet, a .json file in COCO's or Karpathy's format or with a list of "
              "objects, Flickr's token "
              "file, a .csv or .tsv table with a header, or a .tar or .zip shard");
}

std::unique_ptr<Dataset> open_detected(const fs::path& path, bool is_folder, const Detected& found,
                                       const DatasetOptions& options) {
  if (found.format == "folder") return open_folder(path, found.caption_sidecars, options);
  if (found.format == "parquet") return open_parquet({found.files, {}, "parquet", options});
  if (found.format == "arrow") {
    return open_parquet({found.files, saved_splits(found.files), "arrow", options});
  }
  if (found.format == "imagefolder") {
    return open_imagefolder(is_folder ? path : path.parent_path(), found.files, options);
  }
  if (found.format == "webdataset") return open_webdataset(found.shards, options);
  return open_caption_files(found.format, found.files, options);
}

}  // namespace

const std::vector<std::string>& dataset_formats() {
  static const std::vector<std::string> formats = {"imagefolder", "parquet", "arrow", "coco",
                                                   "karpathy",    "flickr",  "csv",   "json",
                                                   "webdataset",  "folder"};
  return formats;
}

std::unique_ptr<Dataset> open_dataset(const fs::path& path, const DatasetOptions& options) {
  const auto& formats = dataset_formats();
  if (!options.format.empty() &&
      std::find(formats.begin(), formats.end(), options.format) == formats.end()) {
    throw Error(ErrorCode::invalid_argument, "unknown data set format '", options.format,
                "'; expected one of ", join_names(formats));
  }
  const fs::file_status status = file_status(path);
  const bool pattern = !fs::exists(status) && path.string().find('{') != std::string::npos;
  if (!fs::exists(status) && !pattern) {
    throw Error(ErrorCode::not_found, "there is no data set '", path.string(), "'",
                nearest_path(path));
  }
  const bool is_folder = fs::is_directory(status);
  refuse_unfinished(is_folder ? path : path.parent_path());
  const Detected found = pattern     ? expand_pattern(path.string())
                         : is_folder ? detect_in_folder(path, options.format)
                                     : detect_file(path, options.format);
  if (found.format != "folder" &&
      (!options.folder.exclude.empty() || options.folder.include_hidden)) {
    throw Error(ErrorCode::invalid_argument,
                "patterns of excluded files and hidden files apply to a "
                "plain folder of images, but ",
                quoted(path), " has the format ", found.format);
  }
  auto dataset = open_detected(path, is_folder, found, options);
  if (options.max_captions > 0) {
    dataset = std::make_unique<LimitedCaptions>(std::move(dataset), options.max_captions);
  }
  return dataset;
}

}  // namespace sightline
