#include "library/overview/vocabulary.h"

#include <algorithm>

#include "base/json.h"
#include "library/overview/folder_names.h"
#include "library/overview/item_table.h"
#include "library/overview/value_counts.h"

namespace sightline::library {
namespace {

VocabularyValues sorted_values(const ValuePool& pool, std::span<const int64_t> counts) {
  VocabularyValues out;
  for (uint32_t i = 1; i < pool.size(); ++i) {
    if (counts[i] > 0) out.push_back({pool.text(i), pool.folded_text(i), counts[i]});
  }
  std::ranges::sort(out, [](const VocabularyValue& a, const VocabularyValue& b) {
    return a.count != b.count ? a.count > b.count : a.text < b.text;
  });
  return out;
}

VocabularyValues values_of(const ItemTable& table, const ValuePool& pool,
                           uint32_t TableItem::*number) {
  ValueCounts counts(pool.size());
  for (const TableItem& item : table.items) counts.add(item.content, item.*number);
  return sorted_values(pool, counts.all());
}

VocabularyValues tags_of(const ItemTable& table) {
  ValueCounts counts(table.tags.size());
  for (const TableItem& item : table.items) {
    for (const auto& [number, tag] : table.tags_of(item)) counts.add(item.content, tag);
  }
  return sorted_values(table.tags, counts.all());
}

VocabularyValues folders_of(const LibraryState& library, const ItemTable& table) {
  ValuePool pool;
  std::vector<std::vector<uint32_t>> numbers = {{}};  // by folder
  for (const NamedFolder& folder : name_folders(library, std::span(table.folders).subspan(1))) {
    std::vector<uint32_t>& own = numbers.emplace_back();
    for (size_t depth = 1; depth <= folder.parts.size(); ++depth)
      own.push_back(pool.add(joined_parts(folder, depth)));
  }
  ValueCounts counts(pool.size());
  for (const TableItem& item : table.items) {
    for (const uint32_t number : numbers[item.folder]) counts.add(item.content, number);
  }
  return sorted_values(pool, counts.all());
}

// A column while its values are counted.
struct ColumnValues {
  ValuePool pool;
  std::vector<int64_t> counts, last;  // by number: images; the last of them

  void add(int64_t content, std::string_view value) {
    if (pool.size() > kMostColumnValues) return;
    const uint32_t number = pool.add(value);
    counts.resize(pool.size());
    last.resize(pool.size());
    if (number == 0 || last[number] == content) return;
    last[number] = content;
    ++counts[number];
  }

  VocabularyValues values() const {
    if (pool.size() > kMostColumnValues) return {};
    return sorted_values(pool, counts);
  }
};

std::map<std::string, VocabularyValues> columns_of(const LibraryState& library) {
  const ContentMap<int32_t>& rows = library.snapshot()->row_of_contents();
  std::map<std::string, ColumnValues> columns;
  library.snapshot()->with_catalogue_for_passes([&](Catalogue& catalogue) {
    Statement select = catalogue.database().prepare(
        "SELECT content, fields FROM items WHERE fields IS NOT NULL AND content IS NOT NULL ORDER "
        "BY content");
    while (select.step()) {
      const int64_t content = select.integer(0);
      if (rows.get(content) < 0) continue;
      const JsonParse fields = try_parse_json(select.text(1), 4);
      if (!fields.problem.empty() || !fields.value.is_object()) continue;
      for (const auto& [key, value] : fields.value.items()) {
        if (value.is_string()) columns[key].add(content, value.get_ref<const std::string&>());
      }
    }
  });
  std::map<std::string, VocabularyValues> out;
  for (const auto& [key, column] : columns) out[key] = column.values();
  return out;
}

}  // namespace

Vocabulary make_vocabulary(const LibraryState& library) {
  const ItemTable table = read_item_table(library, {}, {.texts = true});
  Vocabulary out;
  out.cameras = values_of(table, table.cameras, &TableItem::camera);
  out.lenses = values_of(table, table.lenses, &TableItem::lens);
  out.ratings = values_of(table, table.ratings, &TableItem::rating);
  out.tags = tags_of(table);
  out.folders = folders_of(library, table);
  out.columns = columns_of(library);
  return out;
}

const Vocabulary& LibraryState::vocabulary() const {
  std::call_once(
      made_, [this] { vocabulary_ = std::make_shared<const Vocabulary>(make_vocabulary(*this)); });
  return *vocabulary_;
}

}  // namespace sightline::library
