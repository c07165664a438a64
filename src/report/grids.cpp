#include "report/grids.h"

#include <sightline/error.h>
#include <sightline/report.h>

#include <optional>
#include <set>
#include <utility>

#include "base/file.h"
#include "report/metric_format.h"
#include "report/page/thumbnails.h"
#include "report/shown_examples.h"
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
    GridImage image = image_of(result, images, hit.index, hit.similarity);
    image.right = has_caption(result.rows[static_cast<size_t>(hit.index)].captions, query.text);
    grid.images.push_back(std::move(image));
  }
  return grid;
}

// The hits of an example, with the mark of its own image; an image below them follows unmarked.
GridQuery example_grid(const ExperimentResult& result, const ExampleRow& example,
                       const std::string& label, const ImageBytes& images) {
  constexpr size_t kImages = 8;
  const int64_t own = result.text_row[static_cast<size_t>(example.text)];
  GridQuery grid;
  grid.title =
      label + ", " + example_name(example.kind) + ":   “" + caption_of(result, example.text) + "”";
  const std::string rank_label =
      "rank " + std::to_string(example.rank) + ":  " + decimal(example.similarity, 3);
  const bool has_own = drawn_hits(result, example, kImages).has_own;
  const DrawnHits drawn = drawn_hits(result, example, has_own ? kImages : kImages - 1);
  for (size_t i = 0; i < drawn.count; ++i) {
    const Hit& hit = example.hits[i];
    GridImage image = image_of(result, images, hit.index, hit.similarity);
    if (hit.index == own) {
      image.right = drawn.own_right;
      if (!image.right) image.label = rank_label;
    }
    grid.images.push_back(std::move(image));
  }
  if (has_own) return grid;
  grid.images.push_back(image_of(result, images, own, example.similarity));
  grid.images.back().label = rank_label;
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
