// The folder of a sample data set: an ImageFolder, the same rows as Parquet, and a manifest.
//   metadata.jsonl, images/*.png
//   parquet/NAME.parquet           if the build has Arrow
//   manifest.json                  made_by, complete, what the data set was made from, row counts,
//                                  and what find_finished() checks
#pragma once

#include <sightline/sample_count.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "data/writers/parquet_writer.h"
#include "sample_data/split.h"

namespace sightline {

// The names that one sample data set uses in its folder and in messages.
struct SampleKind {
  std::string made_by;                 // in the manifest; identifies generated folders
  std::string noun;                    // for messages: "an emoji data set"
  std::string parquet;                 // "parquet/emoji.parquet"
  std::vector<std::string> columns;    // of the rows, in addition to file_name and text
  bool (*is_image)(std::string_view);  // whether the data set can generate an image of this name
  // The name of the package of icons that the images come from; "" if it has none, or the images
  // come from elsewhere.
  std::string package = {};
};

struct SplitCounts {
  int64_t train = 0, test = 0, novel = 0;
  int64_t total() const { return train + test + novel; }
};

SplitCounts count_splits(const std::vector<Split>& splits);
// Returns the counts in a manifest. Throws if they are missing.
SplitCounts split_counts(const Json& manifest);

class SampleFolder {
 public:
  SampleFolder(std::filesystem::path directory, SampleKind kind)
      : directory_(std::move(directory)), kind_(std::move(kind)) {}

  // Returns what `read` makes of the manifest if the folder holds a finished data set that was made
  // from `made_from` and still matches the manifest, else nothing. Throws nothing: where `read`
  // does, the manifest is damaged.
  template <typename Summary>
  std::optional<Summary> find_finished(const Json& made_from,
                                       const std::function<Summary(const Json&)>& read) const {
    std::optional<Summary> summary;
    const bool finished =
        is_finished(made_from, [&](const Json& manifest) { summary = read(manifest); });
    return finished ? summary : std::nullopt;
  }
  // Accepts a missing or empty folder, or one that an earlier call generated; returns whether it is
  // such a generated one. Throws invalid_argument if the folder holds other files, or a finished
  // data set with the images of another package.
  bool check() const;
  // Creates the folder, or removes the generated files of an earlier call, and marks it as
  // incomplete. Throws what check() throws, and io.
  void prepare() const;
  // Completes the data set and returns the manifest, which holds `facts`: made_from and what else
  // the kind records. Throws io.
  Json finish(const Json& facts, const SplitCounts& rows, int64_t image_bytes) const;

  const std::filesystem::path& directory() const { return directory_; }
  const SampleKind& kind() const { return kind_; }

 private:
  Json read_manifest() const;
  void refuse_other_package(const Json& manifest) const;
  bool is_finished(const Json& made_from, const std::function<void(const Json&)>& read) const;
  void remove_generated_files() const;

  std::filesystem::path directory_;
  SampleKind kind_;
};

// Writes the rows of a prepared folder.
class SampleWriter {
 public:
  explicit SampleWriter(const SampleFolder& folder);
  // `row` holds file_name ("images/x.png"), text and the columns of the kind, all of them texts.
  void add(const Json& row, std::vector<uint8_t> png);
  // Writes metadata.jsonl and finishes the Parquet file. Returns the total size of the images in
  // bytes. Call once.
  int64_t finish();

 private:
  std::filesystem::path directory_;
  std::unique_ptr<ParquetWriter> parquet_;
  std::string lines_;
  int64_t image_bytes_ = 0;
};

// Returns the names, without their folders, and SHA-256 of files, for the manifest's made_from: it
// is the same for the same files elsewhere.
Json fingerprint_files(const std::vector<std::filesystem::path>& files);

// Counts in a manifest: an object with the names as keys.
Json counts_json(const std::vector<SampleCount>& counts);
// Throws if the manifest is not in the expected form.
std::vector<SampleCount> counts_of(const Json& json);

// Throws unsupported if this build cannot draw SVG. `noun`: "the drawings data set".
void require_svg(const std::string& noun);

// Collects the Debian packages of missing source files.
class MissingPackages {
 public:
  void need(const std::filesystem::path& file, const std::string& package);
  // Throws not_found with the packages to install if there are any. `noun`: "the emoji data set".
  void check(const std::string& noun) const;

 private:
  std::string names_;
};

}  // namespace sightline
