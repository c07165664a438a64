#include "library/rows/filter_rows.h"

#include <sightline/error.h>

#include <algorithm>
#include <memory>

#include "base/path_id.h"
#include "library/rows/condition_test.h"
#include "library/rows/item_of_record.h"
#include "search/filter/filter_matcher.h"
#include "search/filter/named_row.h"

namespace sightline::library {
namespace {

std::string select_items(const std::string& where) {
  return std::string("SELECT ") + kItemColumns + " FROM items WHERE content IS NOT NULL AND " +
         where;
}

constexpr int kIdColumn = 0, kContentColumn = 4;  // of kItemColumns

// A smaller share of items is looked up one by one.
constexpr int64_t kLookupShare = 8;

using ItemFn = std::function<void(int64_t item, int64_t content)>;

class FilterItems {
 public:
  FilterItems(const Snapshot& snapshot, Catalogue& catalogue, const Filter& filter,
              std::span<const DatasetSource> sources, const ItemFn& met)
      : rows_(snapshot.row_of_contents()),
        catalogue_(catalogue),
        filter_(filter),
        sources_(sources),
        met_(met) {}

  void run() {
    plan();
    files();
    rows_of_datasets();
  }

 private:
  void plan() {
    for (const Condition& condition : filter_.conditions) {
      const SqlCondition sql = sql_condition(condition);
      if (sql.where.empty()) {
        tests_.push_back(std::make_unique<ConditionTest>(catalogue_, condition));
        continue;
      }
      where_ += " AND " + sql.where;
      parameters_.insert(parameters_.end(), sql.parameters.begin(), sql.parameters.end());
    }
  }

  // The fewest candidates of a test, if they are few enough to be looked up.
  const std::vector<int64_t>* candidates() const {
    const std::vector<int64_t>* fewest = nullptr;
    for (const auto& test : tests_) {
      const auto& own = test->candidates();
      if (own && (fewest == nullptr || own->size() < fewest->size())) fewest = &*own;
    }
    const int64_t items = catalogue_.database().integer("SELECT max(id) FROM items");
    return fewest != nullptr && static_cast<int64_t>(fewest->size()) * kLookupShare < items
               ? fewest
               : nullptr;
  }

  void bind(Statement& select) const {
    for (size_t i = 0; i < parameters_.size(); ++i)
      select.bind(static_cast<int>(i) + 1, parameters_[i]);
  }

  // Items that are described by columns only.
  void files() {
    const std::string sql = select_items("fields IS NULL" + where_);
    if (const std::vector<int64_t>* few = candidates()) {
      Statement select = catalogue_.database().prepare(sql + " AND id = ?" +
                                                       std::to_string(parameters_.size() + 1));
      for (const int64_t id : *few) {
        select.reset();
        bind(select);
        select.bind(static_cast<int>(parameters_.size()) + 1, id);
        if (select.step()) add_if_met(select);
      }
      return;
    }
    Statement select = catalogue_.database().prepare(sql);
    bind(select);
    while (select.step()) add_if_met(select);
  }

  void add_if_met(const Statement& row) {
    const int64_t content = row.integer(kContentColumn);
    if (!has_row(content)) return;
    std::optional<VectorItem> made;
    const std::function<const VectorItem&()> item = [&]() -> const VectorItem& {
      if (!made) made = item_of_record(item_of_row(row), sources_);
      return *made;
    };
    for (const auto& test : tests_) {
      if (!test->holds(row, item)) return;
    }
    met_(row.integer(kIdColumn), content);
  }

  // Rows of data sets with further columns, which filters may name.
  void rows_of_datasets() {
    Statement select = catalogue_.database().prepare(select_items("fields IS NOT NULL"));
    const filter::FilterMatcher matcher(filter_);
    while (select.step()) {
      const ItemRecord record = item_of_row(select);
      if (has_row(record.content) && matcher.matches(whole_item(catalogue_, record, sources_)))
        met_(record.id, record.content);
    }
  }

  bool has_row(int64_t content) const {
    const auto at = static_cast<size_t>(content);
    return content > 0 && at < rows_.size() && rows_[at] >= 0;
  }

  const std::vector<int32_t>& rows_;
  Catalogue& catalogue_;
  const Filter& filter_;
  std::span<const DatasetSource> sources_;
  const ItemFn& met_;
  std::vector<std::unique_ptr<ConditionTest>> tests_;
  std::string where_;
  std::vector<double> parameters_;
};

}  // namespace

RowMask filter_rows(const Snapshot& snapshot, const Filter& filter,
                    std::span<const DatasetSource> sources) {
  RowMask mask(snapshot.rows());
  const std::vector<int32_t>& rows = snapshot.row_of_contents();
  snapshot.with_catalogue([&](Catalogue& catalogue) {
    filter_items(snapshot, catalogue, filter, sources,
                 [&](int64_t, int64_t content) { mask.add(rows[static_cast<size_t>(content)]); });
  });
  return mask;
}

void filter_items(const Snapshot& snapshot, Catalogue& catalogue, const Filter& filter,
                  std::span<const DatasetSource> sources,
                  const std::function<void(int64_t item, int64_t content)>& met) {
  FilterItems(snapshot, catalogue, filter, sources, met).run();
}

std::optional<int64_t> find_row(const Snapshot& snapshot, const std::string& name,
                                std::span<const DatasetSource> sources) {
  const std::vector<int32_t>& rows = snapshot.row_of_contents();
  filter::NamedRow named(name);
  snapshot.with_catalogue([&](Catalogue& catalogue) {
    // The bytes of `name` may be escaped in the id of a file.
    Statement select = catalogue.database().prepare(
        select_items("(path = ?1 OR substr(path, -length(?1)) = ?1 OR source != 1) ORDER BY path"));
    const std::string raw = path_of_id(name).string();
    select.bind_blob(1, {reinterpret_cast<const uint8_t*>(raw.data()), raw.size()});
    while (select.step()) {
      const ItemRecord record = item_of_row(select);
      const auto content = static_cast<size_t>(record.content);
      if (content >= rows.size() || rows[content] < 0) continue;
      named.offer(rows[content], item_of_record(record, sources));
    }
  });
  return named.row();
}

}  // namespace sightline::library
