// The grid of a search: one row of images for each query.
#include <sightline/error.h>
#include <sightline/report.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/path_id.h"
#include "base/text.h"
#include "image/preprocess.h"
#include "report/shown_examples.h"

namespace sightline {
namespace {

// The folder or data set from which the images are read again.
std::filesystem::path source_path(const Collection& collection) {
  const auto& provenance = collection.provenance();
  if (!provenance || !provenance->source) return collection.path();
  const VectorSource& source = *provenance->source;
  return source.dataset.path.empty() ? source.folder : source.dataset.path;
}

std::optional<std::string> missing_images(const Collection& collection,
                                          std::span<const VectorItem> items,
                                          std::span<const std::vector<uint8_t>> images) {
  const auto first = std::ranges::find_if(images, [](const auto& bytes) { return bytes.empty(); });
  if (first == images.end()) return std::nullopt;
  const auto count = std::ranges::count_if(images, [](const auto& bytes) { return bytes.empty(); });
  const VectorItem& item = items[static_cast<size_t>(first - images.begin())];
  return message("the grid has placeholders for ", counted(count, "image"),
                 " that cannot be read again from ", quoted(source_path(collection)), ", such as ",
                 quoted(path_of_id(item.id)));
}

}  // namespace

std::vector<uint8_t> render_search_grid(const SearchResult& result, const Collection& collection,
                                        std::vector<std::string>& warnings,
                                        const GridOptions& options) {
  std::vector<VectorItem> items;
  for (const QueryHits& query : result.queries) {
    for (const SearchHit& hit : query.hits) items.push_back(hit.item);
  }
  std::vector<std::vector<uint8_t>> images = collection.read_images(items);
  if (auto warning = missing_images(collection, items, images)) warnings.push_back(*warning);
  std::vector<GridQuery> queries;
  size_t at = 0;
  for (const QueryHits& query : result.queries) {
    GridQuery grid{query.name, {}};
    for (const SearchHit& hit : query.hits) {
      const auto& captions = hit.item.captions;
      const bool right =
          query.type == QueryType::text && !query.query && has_caption(captions, query.name);
      grid.images.push_back({std::move(images[at++]),
                             hit.similarity,
                             captions.empty() ? hit.item.id : captions[0],
                             right,
                             {},
                             hit.item.id,
                             dataset_and_split(hit.item)});
    }
    queries.push_back(std::move(grid));
  }
  GridOptions as_encoded = options;
  if (const auto& provenance = collection.provenance())
    as_encoded.orientation = described_profiles(provenance->preprocessing).orientation;
  return render_grid(queries, as_encoded);
}

}  // namespace sightline
