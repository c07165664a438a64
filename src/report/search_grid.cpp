// The grid of a search: one row of images for each query.
#include <sightline/error.h>
#include <sightline/report.h>

#include <algorithm>
#include <utility>

#include "image/preprocess.h"

namespace sightline {

std::vector<uint8_t> render_search_grid(const SearchResult& result, const Collection& collection,
                                        const GridOptions& options) {
  std::vector<VectorItem> items;
  for (const QueryHits& query : result.queries) {
    for (const SearchHit& hit : query.hits) items.push_back(hit.item);
  }
  std::vector<std::vector<uint8_t>> images = collection.read_images(items);
  const bool none = std::ranges::all_of(images, [](const auto& bytes) { return bytes.empty(); });
  if (none && !items.empty()) {
    throw Error(ErrorCode::not_found, "a grid cannot be drawn: '", items[0].id,
                "' and the other images of the hits cannot be read again from '",
                collection.path().string(), "'");
  }
  std::vector<GridQuery> queries;
  size_t at = 0;
  for (const QueryHits& query : result.queries) {
    GridQuery grid{query.name, {}};
    for (const SearchHit& hit : query.hits) {
      const auto& captions = hit.item.captions;
      const bool right = query.type == QueryType::text &&
                         std::ranges::find(captions, query.name) != captions.end();
      grid.images.push_back({std::move(images[at++]), hit.similarity,
                             captions.empty() ? hit.item.id : captions[0], right});
    }
    queries.push_back(std::move(grid));
  }
  GridOptions as_encoded = options;
  if (const auto& provenance = collection.provenance())
    as_encoded.orientation = described_profiles(provenance->preprocessing).orientation;
  return render_grid(queries, as_encoded);
}

}  // namespace sightline
