#include "library/rows/filter_rows.h"

#include <sightline/error.h>

#include <algorithm>
#include <memory>

#include "base/path_id.h"
#include "library/rows/condition_test.h"
#include "library/rows/item_of_record.h"
#include "search/filter/filter_matcher.h"

namespace sightline::library {
namespace {

// Only what tests of items read; taken and rating are decided by SQL.
constexpr const char* kColumns =
    "SELECT id, content, source, split, path, camera, lens, latitude, longitude, size, taken, "
    "rating, title FROM items WHERE content IS NOT NULL";

// A smaller share of items is looked up one by one.
constexpr int64_t kLookupShare = 8;

ItemRecord record_of(const Statement& row) {
  ItemRecord out;
  out.id = row.integer(0);
  out.content = row.integer(1);
  out.source = row.integer(2);
  out.split = row.text(3);
  out.path = row.text(4);
  out.about.camera = row.text(5);
  out.about.lens = row.text(6);
  out.about.latitude = row.optional_real(7);
  out.about.longitude = row.optional_real(8);
  out.stamp.size = row.integer(9);
  out.about.taken = row.optional_integer(10);
  out.about.rating = row.optional_integer(11);
  out.about.title = row.text(12);
  return out;
}

class FilterRows {
 public:
  FilterRows(const Snapshot& snapshot, Catalogue& catalogue, const Filter& filter,
             std::span<const DatasetSource> sources)
      : rows_(snapshot.row_of_contents()),
        catalogue_(catalogue),
        filter_(filter),
        sources_(sources),
        mask_(snapshot.rows()) {}

  RowMask run() {
    plan();
    files();
    rows_of_datasets();
    return std::move(mask_);
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
    const std::string sql = std::string(kColumns) + " AND fields IS NULL" + where_;
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
    const int64_t content = row.integer(1);
    if (!tests_.empty()) {
      const ItemRecord record = record_of(row);
      const VectorItem item = item_of_record(record, sources_);
      for (const auto& test : tests_) {
        if (!test->holds(record.id, item)) return;
      }
    }
    add(content);
  }

  // Rows of data sets with further columns, which filters may name.
  void rows_of_datasets() {
    Statement select =
        catalogue_.database().prepare(std::string(kColumns) + " AND fields IS NOT NULL");
    const filter::FilterMatcher matcher(filter_);
    while (select.step()) {
      ItemRecord record = record_of(select);
      record.about = catalogue_.description(record.id);
      VectorItem item = item_of_record(record, sources_);
      item.captions = record.about.captions;
      if (const auto image = catalogue_.content(record.content); image && image->width > 0) {
        item.fields["width"] = std::to_string(image->width);
        item.fields["height"] = std::to_string(image->height);
      }
      if (matcher.matches(item)) add(record.content);
    }
  }

  void add(int64_t content) {
    const auto at = static_cast<size_t>(content);
    if (content > 0 && at < rows_.size() && rows_[at] >= 0) mask_.add(rows_[at]);
  }

  const std::vector<int32_t>& rows_;
  Catalogue& catalogue_;
  const Filter& filter_;
  std::span<const DatasetSource> sources_;
  RowMask mask_;
  std::vector<std::unique_ptr<ConditionTest>> tests_;
  std::string where_;
  std::vector<double> parameters_;
};

}  // namespace

RowMask filter_rows(const Snapshot& snapshot, const Filter& filter,
                    std::span<const DatasetSource> sources) {
  return snapshot.with_catalogue(
      [&](Catalogue& catalogue) { return FilterRows(snapshot, catalogue, filter, sources).run(); });
}

std::optional<int64_t> find_row(const Snapshot& snapshot, const std::string& name,
                                std::span<const DatasetSource> sources) {
  const std::vector<int32_t>& rows = snapshot.row_of_contents();
  std::optional<int64_t> whole;
  std::vector<std::pair<int64_t, std::string>> ends;
  snapshot.with_catalogue([&](Catalogue& catalogue) {
    // The bytes of `name` may be escaped in the id of a file.
    Statement select = catalogue.database().prepare(
        "SELECT content, source, split, path FROM items WHERE content IS NOT NULL AND (path = ?1 "
        "OR "
        "substr(path, -length(?1)) = ?1 OR source != 1) ORDER BY path");
    const std::string raw = path_of_id(name).string();
    select.bind_blob(1, {reinterpret_cast<const uint8_t*>(raw.data()), raw.size()});
    while (select.step()) {
      const auto content = static_cast<size_t>(select.integer(0));
      if (content >= rows.size() || rows[content] < 0) continue;
      ItemRecord record;
      record.source = select.integer(1);
      record.split = select.text(2);
      record.path = select.text(3);
      const VectorItem item = item_of_record(record, sources);
      const std::string path = filter::item_path(item);
      if (path == name && !whole) whole = rows[content];
      if (item.id == name || path.ends_with("/" + name)) ends.emplace_back(rows[content], path);
    }
  });
  if (whole) return whole;
  if (ends.empty()) return std::nullopt;
  const bool same =
      std::ranges::all_of(ends, [&](const auto& end) { return end.first == ends[0].first; });
  if (!same) {
    const auto other =
        std::ranges::find_if(ends, [&](const auto& end) { return end.first != ends[0].first; });
    throw Error(ErrorCode::invalid_argument, "'", name, "' is the end of ", ends.size(),
                " ids, such as '", ends[0].second, "' and '", other->second,
                "'; give more of the one that is meant");
  }
  return ends[0].first;
}

}  // namespace sightline::library
