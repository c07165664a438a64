#include "library/indexing/index_vectors.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace sightline::library {
namespace {

constexpr int64_t kStep = 4096;  // rows whose items are read together

// Ids may repeat in vectors of other programs: the row's number tells such items apart.
std::string unique_id(std::set<std::pair<std::string, std::string>>& seen, const VectorItem& item,
                      int64_t row) {
  const std::string split = split_of(item);
  if (seen.emplace(split, item.id).second) return item.id;
  std::string id = item.id + "#" + std::to_string(row);
  seen.emplace(split, id);
  return id;
}

}  // namespace

IndexCounts index_vector_set(Store& store, int64_t model, int64_t source, const VectorSet& set,
                             const ProgressFn& progress) {
  IndexCounts counts;
  counts.files = set.index().rows();
  std::set<std::pair<std::string, std::string>> seen;
  for (int64_t begin = 0; begin < counts.files; begin += kStep) {
    std::vector<int64_t> rows(static_cast<size_t>(std::min(kStep, counts.files - begin)));
    std::iota(rows.begin(), rows.end(), begin);
    const std::vector<VectorItem> items = set.items(rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      ItemRecord record;
      record.source = source;
      record.split = split_of(items[i]);
      record.path = unique_id(seen, items[i], rows[i]);
      record.about.captions = items[i].captions;
      record.about.fields = items[i].fields;
      record.about.fields.erase("split");
      const auto before = store.read().find_item(source, record.split, record.path);
      record.content =
          before && before->content != 0 ? before->content : store.change().add_content({});
      store.change().put_item(record);
      store.remove_vector(model, record.content);
      store.add_vector(model, record.content, set.index().row(rows[i]));
      ++(before ? counts.updated : counts.added);
    }
    if (progress)
      progress({"adding vectors", begin + static_cast<int64_t>(rows.size()), counts.files, "", ""});
  }
  const std::vector<int64_t> missing = store.read().items_except(source, seen);
  for (const int64_t item : missing) store.remove_if_unused(store.change().remove_item(item));
  counts.removed = static_cast<int64_t>(missing.size());
  store.commit();
  return counts;
}

}  // namespace sightline::library
