#include "library/remove_source.h"

#include <sightline/error.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/text.h"
#include "library/path_prefix.h"

namespace sightline::library {
namespace {

std::vector<int64_t> items_below(Store& store, const std::string& root) {
  const auto roots = store.read().roots();
  Statement select =
      store.read().database().prepare("SELECT id, path FROM items WHERE source = 1 ORDER BY path");
  std::vector<int64_t> out;
  while (select.step()) {
    const std::string path = select.text(1);
    const bool other = std::ranges::any_of(roots, [&](const auto& entry) {
      return entry.first != root && is_at_or_below(path, entry.first);
    });
    if (is_at_or_below(path, root) && !other) out.push_back(select.integer(0));
  }
  return out;
}

}  // namespace

IndexSummary remove_source(Store& store, const std::filesystem::path& path) {
  const std::string name = path.string();
  std::vector<int64_t> items;
  bool found = false;
  for (const auto& [root, options] : store.read().roots()) {
    if (root != name) continue;
    found = true;
    items = items_below(store, name);
    store.change().remove_root(name);
  }
  for (const SourceRecord& source : store.read().sources()) {
    if (source.id == kFiles || source.path != name) continue;
    found = true;
    const std::vector<int64_t> rows = store.read().items_except(source.id, {});
    items.insert(items.end(), rows.begin(), rows.end());
    store.change().database().prepare("DELETE FROM sources WHERE id = ?").bind(1, source.id).run();
  }
  if (!found) {
    throw Error(ErrorCode::not_found, quoted(path),
                " is neither a root nor a data set of the library ", quoted(store.folder()),
                "; 'sightline library info' lists them");
  }
  std::set<int64_t> contents;
  for (const int64_t item : items) contents.insert(store.change().remove_item(item));
  for (const int64_t content : contents) store.remove_if_unused(content);
  store.commit();
  store.compact(false);
  IndexSummary out;
  out.removed = static_cast<int64_t>(items.size());
  return out;
}

}  // namespace sightline::library
