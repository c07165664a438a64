#include "library/rows/filter_rows.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "library/rows/condition_test.h"
#include "library/rows/item_of_record.h"

namespace sightline::library {
namespace {

constexpr int kContentColumn = 4;  // of kItemColumns
constexpr int kFieldsColumn = 19;  // after kItemColumns

// A smaller share of items is looked up one by one.
constexpr int64_t kLookupShare = 8;

using ItemFn = std::function<void(int64_t item, int64_t content)>;

// Items that are described alike: files, or rows of data sets with further columns.
struct ItemClass {
  ItemType type = ItemType::file;
  std::string where;               // terms of WHERE: the class, and conditions that SQL decides
  std::vector<double> parameters;  // of these
  // Conditions that must be tested: those that the item's id decides, its row, and the others.
  std::vector<ConditionTest*> id_tests, row_tests, other_tests;
  ItemParts parts;  // of the others
};

class FilterItems {
 public:
  FilterItems(const Snapshot& snapshot, Catalogue& catalogue, const Filter& filter,
              std::span<const DatasetSource> sources, const filter::ItemPathFn& path,
              const ItemFn& met)
      : rows_(snapshot.row_of_contents()),
        catalogue_(catalogue),
        filter_(filter),
        sources_(sources),
        path_(path),
        met_(met) {}

  void run() {
    for (const Condition& condition : filter_.conditions)
      tests_.push_back(std::make_unique<ConditionTest>(catalogue_, condition, path_));
    scan(plan_files());
    scan(plan_rows());
  }

 private:
  ItemClass plan_files() {
    ItemClass out{ItemType::file, "fields IS NULL", {}, {}, {}, {}, {}};
    for (size_t i = 0; i < tests_.size(); ++i) {
      const SqlCondition sql = sql_condition(filter_.conditions[i]);
      if (sql.where.empty()) {
        add_test(out, *tests_[i]);
        continue;
      }
      out.where += " AND " + sql.where;
      out.parameters.insert(out.parameters.end(), sql.parameters.begin(), sql.parameters.end());
    }
    return out;
  }

  ItemClass plan_rows() {
    ItemClass out{ItemType::dataset_row, "fields IS NOT NULL", {}, {}, {}, {}, {}};
    for (const auto& test : tests_) add_test(out, *test);
    return out;
  }

  static void add_test(ItemClass& items, ConditionTest& test) {
    if (test.found(items.type) != nullptr) {
      items.id_tests.push_back(&test);
      return;
    }
    const ItemParts parts = test.parts(items.type);
    (parts == ItemParts() ? items.row_tests : items.other_tests).push_back(&test);
    items.parts = items.parts | parts;
  }

  // The fewest candidates of a test, if they are few enough to be looked up.
  const std::vector<int64_t>* candidates(const ItemClass& items) const {
    const std::vector<int64_t>* fewest = nullptr;
    for (const ConditionTest* test : items.id_tests) {
      const std::vector<int64_t>* own = test->found(items.type);
      if (!test->negated() && (fewest == nullptr || own->size() < fewest->size())) fewest = own;
    }
    if (fewest == nullptr) return nullptr;
    const int64_t all = catalogue_.database().integer("SELECT max(id) FROM items");
    return static_cast<int64_t>(fewest->size()) * kLookupShare < all ? fewest : nullptr;
  }

  void scan(const ItemClass& items) {
    const std::vector<int64_t>* few = candidates(items);
    const int id_parameter = static_cast<int>(items.parameters.size()) + 1;
    Statement select = catalogue_.database().prepare(
        std::string("SELECT ") + kItemColumns +
        ", fields FROM items WHERE content IS NOT NULL AND " + items.where +
        (few == nullptr ? "" : " AND id = ?" + std::to_string(id_parameter)));
    for (size_t i = 0; i < items.parameters.size(); ++i)
      select.bind(static_cast<int>(i) + 1, items.parameters[i]);
    if (few == nullptr) {
      while (select.step()) add_if_met(items, select);
      return;
    }
    for (const int64_t id : *few) {
      select.reset();
      if (select.bind(id_parameter, id).step()) add_if_met(items, select);
    }
  }

  void add_if_met(const ItemClass& items, const Statement& row) {
    const int64_t id = row.integer(0);
    const bool met = std::ranges::all_of(items.id_tests, [&](const ConditionTest* test) {
      return std::ranges::binary_search(*test->found(items.type), id) != test->negated();
    });
    if (met && meets_row_tests(items, row) && meets_other_tests(items, row))
      add(id, row.integer(kContentColumn));
  }

  bool meets_row_tests(const ItemClass& items, const Statement& row) const {
    return items.row_tests.empty() ||
           all_hold(items.row_tests, item_of_record(item_of_row(row), sources_));
  }

  bool meets_other_tests(const ItemClass& items, const Statement& row) {
    if (items.other_tests.empty()) return true;
    ItemRecord record = item_of_row(row);
    if (items.parts.fields) record.about.fields = parse_fields(row.text(kFieldsColumn));
    return all_hold(items.other_tests,
                    item_with(catalogue_, std::move(record), items.parts, sources_));
  }

  static bool all_hold(const std::vector<ConditionTest*>& tests, const VectorItem& item) {
    return std::ranges::all_of(tests, [&](ConditionTest* test) { return test->holds(item); });
  }

  void add(int64_t item, int64_t content) {
    if (rows_.get(content) >= 0) met_(item, content);
  }

  const ContentMap<int32_t>& rows_;
  Catalogue& catalogue_;
  const Filter& filter_;
  std::span<const DatasetSource> sources_;
  const filter::ItemPathFn& path_;
  const ItemFn& met_;
  std::vector<std::unique_ptr<ConditionTest>> tests_;
};

}  // namespace

RowMask filter_rows(const Snapshot& snapshot, const Filter& filter,
                    std::span<const DatasetSource> sources, const filter::ItemPathFn& path) {
  RowMask mask(snapshot.rows());
  const ContentMap<int32_t>& rows = snapshot.row_of_contents();
  snapshot.with_catalogue([&](Catalogue& catalogue) {
    filter_items(snapshot, catalogue, filter, sources, path,
                 [&](int64_t, int64_t content) { mask.add(rows.get(content)); });
  });
  return mask;
}

void filter_items(const Snapshot& snapshot, Catalogue& catalogue, const Filter& filter,
                  std::span<const DatasetSource> sources, const filter::ItemPathFn& path,
                  const std::function<void(int64_t item, int64_t content)>& met) {
  FilterItems(snapshot, catalogue, filter, sources, path, met).run();
}

}  // namespace sightline::library
