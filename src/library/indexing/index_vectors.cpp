#include "library/indexing/index_vectors.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace sightline::library {
namespace {

constexpr int64_t kStep = 4096;  // rows whose items are read together

class VectorSetIndexer {
 public:
  VectorSetIndexer(Store& store, int64_t model, int64_t source, const VectorSet& set,
                   std::chrono::milliseconds commit_interval)
      : store_(store), model_(model), source_(source), set_(set), interval_(commit_interval) {
    counts_.files = set.index().rows();
  }

  IndexCounts run(const ProgressFn& progress) {
    run_and_commit(
        [&] {
          for (int64_t begin = 0; begin < counts_.files; begin += kStep) {
            const int64_t end = std::min(begin + kStep, counts_.files);
            add_rows(begin, end);
            commit_if_due();
            if (progress) progress({"adding vectors", end, counts_.files, "", ""});
          }
          remove_missing();
        },
        [this] { store_.commit(); });
    return counts_;
  }

 private:
  void add_rows(int64_t begin, int64_t end) {
    std::vector<int64_t> rows(static_cast<size_t>(end - begin));
    std::iota(rows.begin(), rows.end(), begin);
    std::vector<VectorItem> items = set_.items(rows);
    for (size_t i = 0; i < rows.size(); ++i) add(record_of(std::move(items[i]), rows[i]), rows[i]);
  }

  ItemRecord record_of(VectorItem item, int64_t row) {
    ItemRecord record;
    record.source = source_;
    record.split = split_of(item);
    record.path = unique_id(record.split, item.id, row);
    record.about.captions = std::move(item.captions);
    record.about.fields = std::move(item.fields);
    record.about.fields.erase("split");
    return record;
  }

  // Ids may repeat in vectors of other programs: the row's number tells such items apart.
  std::string unique_id(const std::string& split, const std::string& id, int64_t row) {
    if (seen_.emplace(split, id).second) return id;
    std::string unique = id + "#" + std::to_string(row);
    seen_.emplace(split, unique);
    return unique;
  }

  void add(ItemRecord record, int64_t row) {
    const std::span<const float> vector = set_.index().row(row);
    const auto before = store_.read().find_item(source_, record.split, record.path);
    if (before && is_unchanged(record, *before, vector)) {
      ++counts_.unchanged;
      return;
    }
    record.content =
        before && before->content != 0 ? before->content : store_.change().add_content({});
    store_.change().clear_failure(store_.change().put_item(record));
    store_.remove_vector(model_, record.content);
    store_.add_vector(model_, record.content, vector);
    ++(before ? counts_.updated : counts_.added);
  }

  bool is_unchanged(const ItemRecord& record, const ItemRecord& before,
                    std::span<const float> vector) {
    return before.content != 0 && store_.has_stored_vector(model_, before.content, vector) &&
           !store_.read().failure(before.id) &&
           store_.read().description(before.id) == record.about;
  }

  void commit_if_due() {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_commit_ < interval_) return;
    store_.commit();
    last_commit_ = now;
  }

  void remove_missing() {
    for (const int64_t item : store_.read().items_except(source_, seen_)) {
      store_.remove_if_unused(store_.change().remove_item(item));
      ++counts_.removed;
    }
  }

  Store& store_;
  int64_t model_, source_;
  const VectorSet& set_;
  std::chrono::milliseconds interval_;
  IndexCounts counts_;
  std::set<std::pair<std::string, std::string>> seen_;
  std::chrono::steady_clock::time_point last_commit_ = std::chrono::steady_clock::now();
};

}  // namespace

IndexCounts index_vector_set(Store& store, int64_t model, int64_t source, const VectorSet& set,
                             const ProgressFn& progress,
                             std::chrono::milliseconds commit_interval) {
  return VectorSetIndexer(store, model, source, set, commit_interval).run(progress);
}

}  // namespace sightline::library
