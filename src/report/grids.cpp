#include "report/grids.h"

#include <sightline/error.h>
#include <sightline/report.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/file.h"
#include "report/metric_format.h"
#include "report/page/thumbnails.h"
#include "report/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

GridImage image_of(const ExperimentResult& result, const ImageBytes& images, int64_t index,
                   double similarity) {
  const ExperimentRow& row = result.rows[static_cast<size_t>(index)];
  GridImage image;
  if (const auto at = images.find(index); at != images.end()) image.bytes = at->second;
  image.name = row.id;
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

// One row: the hits, with the own image marked among them, or without a mark after them. Ties can
// put the own image among the hits although its rank is below them; it has no mark then.
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
  GridImage own_image = image_of(result, images, own, example.similarity);
  own_image.label = "rank " + std::to_string(example.rank) + ":  " + decimal(example.similarity, 3);
  bool contains_own = false;
  for (size_t i = 0; i < std::min(kImages, example.hits.size()); ++i) {
    const Hit& hit = example.hits[i];
    grid.images.push_back(image_of(result, images, hit.index, hit.similarity));
    if (hit.index != own) continue;
    contains_own = true;
    grid.images.back().right = example.rank <= static_cast<int64_t>(example.hits.size());
    if (!grid.images.back().right) grid.images.back().label = own_image.label;
  }
  if (contains_own) return grid;
  grid.images.resize(std::min(kImages - 1, grid.images.size()));
  grid.images.push_back(std::move(own_image));
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
                 OrientationProfile orientation, const fs::path& folder,
                 const ProgressFn& progress) {
  constexpr int kQueryCell = 224, kExampleCell = 168;  // room for "rank 12345:  -0.123"
  if (result.models.empty() ||
      (result.models[0].queries.empty() && result.models[0].examples.empty()))
    return;
  make_folder(folder);
  int64_t total = 0, done = 0;
  for (const ModelResult& model : result.models)
    total += static_cast<int64_t>(model.queries.size()) + (model.examples.empty() ? 0 : 1);
  const auto report = [&] {
    if (progress) progress({"drawing grids", done++, total, ""});
  };
  for (size_t m = 0; m < result.models.size(); ++m) {
    const ModelResult& model = result.models[m];
    const std::string end = "-model-" + std::to_string(m + 1) + ".png";
    for (size_t q = 0; q < model.queries.size(); ++q) {
      const FreeQuery& query = model.queries[q];
      report();
      write_grid({query_grid(result, query, "“" + query.text + "”   " + model.label, images)},
                 folder / ("query-" + std::to_string(q + 1) + end), kQueryCell, orientation);
    }
    if (model.examples.empty()) continue;
    report();
    std::vector<GridQuery> examples;
    for (const ExampleRow& example : model.examples) {
      examples.push_back(example_grid(result, example, model.label, images));
    }
    write_grid(examples, folder / ("rows" + end), kExampleCell, orientation);
  }
  report();
}

}  // namespace sightline
