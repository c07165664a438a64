#include "report/grids.h"

#include <sightline/error.h>
#include <sightline/report.h>

#include <algorithm>
#include <optional>
#include <regex>
#include <set>
#include <utility>

#include "base/file.h"
#include "report/metric_format.h"
#include "report/page/thumbnails.h"
#include "report/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Whether `name` is a file name that write_grids uses. The folder may contain other files.
bool is_grid(const std::string& name) {
  static const std::regex pattern("(query-[0-9]+|rows)-model-[0-9]+\\.png");
  return std::regex_match(name, pattern);
}

// Removes grids of an earlier report that the new report may not overwrite.
void clear_old_grids(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> old;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    if (is_grid(at->path().filename().string())) old.push_back(at->path());
  }
  for (const auto& file : old) fs::remove(file, error);
}

GridImage image_of(const ExperimentResult& result, const ImageBytes& images, int64_t index,
                   double similarity) {
  const ExperimentRow& row = result.rows[static_cast<size_t>(index)];
  GridImage image;
  if (const auto at = images.find(index); at != images.end()) image.bytes = at->second;
  image.similarity = similarity;
  image.caption = row.captions.empty() ? row.id : row.captions[0];
  return image;
}

GridQuery query_grid(const ExperimentResult& result, const FreeQuery& query,
                     const std::string& title, const ImageBytes& images) {
  GridQuery grid;
  grid.title = title;
  for (const Hit& hit : query.hits) {
    const auto& captions = result.rows[static_cast<size_t>(hit.index)].captions;
    GridImage image = image_of(result, images, hit.index, hit.similarity);
    image.right = std::ranges::find(captions, query.text) != captions.end();
    grid.images.push_back(std::move(image));
  }
  return grid;
}

// One row: the hits, with the own image marked among them, or without a mark after them.
GridQuery example_grid(const ExperimentResult& result, const ExampleRow& example,
                       const std::string& label, const ImageBytes& images) {
  constexpr size_t kImages = 8;
  const auto t = static_cast<size_t>(example.text);
  const int64_t own = result.text_row[t];
  GridQuery grid;
  grid.title =
      label + ", " + example_name(example.kind) + ":   “" +
      result.rows[static_cast<size_t>(own)].captions[static_cast<size_t>(result.text_caption[t])] +
      "”";
  for (size_t i = 0; i < std::min(kImages, example.hits.size()); ++i) {
    const Hit& hit = example.hits[i];
    GridImage image = image_of(result, images, hit.index, hit.similarity);
    image.right = hit.index == own;
    grid.images.push_back(std::move(image));
  }
  if (std::ranges::any_of(grid.images, &GridImage::right)) return grid;
  grid.images.resize(std::min(kImages - 1, grid.images.size()));
  GridImage last = image_of(result, images, own, example.similarity);
  last.label = "rank " + std::to_string(example.rank) + ":  " + decimal(example.similarity, 3);
  grid.images.push_back(std::move(last));
  return grid;
}

void write_grid(const std::vector<GridQuery>& queries, const fs::path& file, int cell,
                OrientationProfile orientation) {
  const std::vector<uint8_t> png =
      render_grid(queries, {.cell = cell, .limits = {}, .orientation = orientation});
  write_file_atomic(file, std::span<const uint8_t>(png));
}

}  // namespace

ImageBytes read_shown_images(const ExperimentResult& result, const EvaluationInput& input) {
  std::set<int64_t> wanted = rows_in_hits(result);
  for (const int64_t row : rows_with_differences(result)) wanted.insert(row);
  if (wanted.empty()) return {};
  return read_images(input, result.rows, std::vector<int64_t>(wanted.begin(), wanted.end()));
}

void write_grids(const ExperimentResult& result, const ImageBytes& images,
                 OrientationProfile orientation, const fs::path& folder) {
  constexpr int kQueryCell = 224, kExampleCell = 168;  // room for "rank 12345:  -0.123"
  clear_old_grids(folder);
  if (result.models.empty() ||
      (result.models[0].queries.empty() && result.models[0].examples.empty()))
    return;
  make_folder(folder);
  for (size_t m = 0; m < result.models.size(); ++m) {
    const ModelResult& model = result.models[m];
    const std::string end = "-model-" + std::to_string(m + 1) + ".png";
    for (size_t q = 0; q < model.queries.size(); ++q) {
      const FreeQuery& query = model.queries[q];
      write_grid({query_grid(result, query, "“" + query.text + "”   " + model.label, images)},
                 folder / ("query-" + std::to_string(q + 1) + end), kQueryCell, orientation);
    }
    std::vector<GridQuery> examples;
    for (const ExampleRow& example : model.examples) {
      examples.push_back(example_grid(result, example, model.label, images));
    }
    if (!examples.empty()) write_grid(examples, folder / ("rows" + end), kExampleCell, orientation);
  }
}

}  // namespace sightline
