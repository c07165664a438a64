#include "eval/published_experiment.h"

#include <sightline/dataset.h>
#include <sightline/error.h>

#include "base/file.h"
#include "base/hash.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr PublishedModel kModels[] = {
    {"baseline", 6}, {"RN50", 339}, {"ViT-B/32", 376}, {"ViT-B/16", 400}};
constexpr const char* kDatasets[] = {"reach-vb/pokemon-blip-captions",
                                     "lambdalabs/pokemon-blip-captions"};

std::vector<fs::path> parquet_files(const fs::path& dataset) {
  std::vector<fs::path> files;
  if (!fs::is_directory(file_status(dataset))) return {dataset};
  std::error_code error;
  fs::recursive_directory_iterator at(dataset, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at->path().extension() == ".parquet") files.push_back(at->path());
  }
  return files;
}

}  // namespace

std::span<const PublishedModel> published_models() {
  return kModels;
}

std::span<const char* const> published_queries() {
  static constexpr const char* kQueries[] = {"flying in the sky", "mouth open",
                                             "mouth dnaksjd xysopendasdas", "A yellow cat",
                                             "A red ball"};
  return kQueries;
}

std::span<const char* const> published_datasets() {
  return kDatasets;
}

PublishedFile compare_published_file(const fs::path& dataset) {
  const std::vector<fs::path> files = parquet_files(dataset);
  if (files.size() != 1) return PublishedFile::several;
  if (file_identity(files[0]).size != kPublishedSizeBytes) return PublishedFile::other;
  return sha256_of_file(files[0]) == kPublishedSha256 ? PublishedFile::same : PublishedFile::other;
}

void check_published_dataset(const fs::path& dataset) {
  const auto data = open_dataset(dataset);
  const DatasetColumns columns = data->columns();
  const std::string name = "'" + dataset.string() + "' is not the published data set: ";
  if (data->format() != "parquet") {
    throw Error(ErrorCode::invalid_data, name, "expected parquet, found ", data->format());
  }
  if (columns.image != kPublishedImageColumn || columns.text != kPublishedTextColumn) {
    throw Error(ErrorCode::invalid_data, name, "expected the columns image and text, found '",
                columns.image, "' and '", columns.text, "'");
  }
  if (data->size() != kPublishedRows) {
    throw Error(ErrorCode::invalid_data, name, "expected ", kPublishedRows, " rows, found ",
                data->size());
  }
}

}  // namespace sightline
