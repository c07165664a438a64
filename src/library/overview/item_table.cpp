#include "library/overview/item_table.h"

#include <sightline/metadata.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/json.h"
#include "base/text.h"
#include "library/rows/filter_rows.h"

namespace sightline::library {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

constexpr const char* kSelect =
    "SELECT id, content, source, taken, latitude, longitude, rating, fields, camera, lens, path "
    "FROM items WHERE content IS NOT NULL ORDER BY id";
enum Column { id, content, source, taken, latitude, longitude, rating, fields, camera, lens, path };

constexpr int64_t kFirstSecond = -62135596800, kEndSecond = 253402300800;  // years 1 to 9999

std::string_view text_of(const Statement& row, int column) {
  const std::span<const uint8_t> bytes = row.blob(column);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<double> number_of(std::string_view text) {
  const std::string_view digits = trimmed(text);
  double value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

Fields fields_of(std::string_view json) {
  Fields out;
  const JsonParse parsed = try_parse_json(json, 4);
  if (!parsed.problem.empty() || !parsed.value.is_object()) return out;
  for (const auto& [key, value] : parsed.value.items()) {
    if (value.is_string()) out[key] = value.get<std::string>();
  }
  return out;
}

// Whether one of the columns that add_fields reads can be in a JSON text as libraries write it.
// Parsing those without takes most of the time of a pass over a data set.
bool may_have_values(std::string_view json) {
  constexpr std::string_view kKeys[] = {
      "date\":", "latitude\":", "camera\":", "lens\":", "rating\":", "tags\":"};
  return std::ranges::any_of(
      kKeys, [&](std::string_view key) { return json.find(key) != std::string_view::npos; });
}

std::string_view field(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

bool is_place(double latitude, double longitude) {
  return latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180;
}

class TableReader {
 public:
  TableReader(const LibraryState& library, TableParts parts) : library_(library), parts_(parts) {
    for (const DatasetSource& dataset : library.sources())
      datasets_[dataset.id] = parts.texts ? table_.datasets.add(dataset.name) : 0;
    table_.folders.push_back({0, ""});
  }

  ItemTable read(Catalogue& catalogue, const std::vector<int64_t>* chosen) {
    const ContentMap<int32_t>& rows = library_.snapshot()->row_of_contents();
    Statement select = catalogue.database().prepare(kSelect);
    auto next = chosen == nullptr ? std::vector<int64_t>::const_iterator() : chosen->begin();
    while (select.step()) {
      const int64_t number = select.integer(id), image = select.integer(content);
      if (chosen != nullptr) {
        while (next != chosen->end() && *next < number) ++next;
        if (next == chosen->end()) break;
        if (*next != number) continue;
      }
      if (rows.get(image) < 0) continue;
      add(select, number, image);
    }
    if (parts_.texts) read_tags(catalogue);
    order();
    return std::move(table_);
  }

 private:
  void add(const Statement& row, int64_t number, int64_t image) {
    TableItem& item = table_.items.emplace_back();
    item.id = number;
    item.content = image;
    item.taken = row.optional_integer(taken);
    const auto north = row.optional_real(latitude), east = row.optional_real(longitude);
    if (north && east) item.place = {*north, *east};
    if (parts_.texts) add_texts(row, item);
    if (!row.is_null(fields)) add_fields(row, item);
    if (item.taken && (*item.taken < kFirstSecond || *item.taken >= kEndSecond)) item.taken.reset();
    if (item.place && !is_place(item.place->latitude, item.place->longitude)) item.place.reset();
  }

  void add_texts(const Statement& row, TableItem& item) {
    item.camera = table_.cameras.add(text_of(row, camera));
    item.lens = table_.lenses.add(text_of(row, lens));
    if (!row.is_null(rating)) item.rating = table_.ratings.add(std::to_string(row.integer(rating)));
    const int64_t from = row.integer(source);
    if (from != kFiles) item.dataset = datasets_[from];
    const std::string_view whole = text_of(row, path);
    const size_t slash = whole.rfind('/');
    const bool top = slash == std::string_view::npos;
    item.folder = folder(from, whole.substr(0, top ? 0 : std::max<size_t>(slash, 1)));
  }

  uint32_t folder(int64_t from, std::string_view path) {
    const ItemFolder& last = table_.folders[last_folder_];
    if (last.source == from && last.path == path) return last_folder_;
    const auto next = static_cast<uint32_t>(table_.folders.size());
    const auto [place, added] = folders_.try_emplace({from, std::string(path)}, next);
    if (added) table_.folders.push_back({from, std::string(path)});
    return last_folder_ = place->second;
  }

  // Values of a data set's columns, which those of the item's own columns replace.
  void add_fields(const Statement& row, TableItem& item) {
    const std::string_view json = text_of(row, fields);
    if (!may_have_values(json)) return;
    const Fields own = fields_of(json);
    if (!item.taken) {
      if (const auto date = parse_civil_time(field(own, "date"))) item.taken = date->seconds;
    }
    if (!item.place) {
      const auto north = number_of(field(own, "latitude")),
                 east = number_of(field(own, "longitude"));
      if (north && east) item.place = {*north, *east};
    }
    if (!parts_.texts) return;
    if (item.camera == 0) item.camera = table_.cameras.add(field(own, "camera"));
    if (item.lens == 0) item.lens = table_.lenses.add(field(own, "lens"));
    if (item.rating == 0 && number_of(field(own, "rating")))
      item.rating = table_.ratings.add(trimmed(field(own, "rating")));
    add_tags(item.id, field(own, "tags"));
  }

  // Separated by ';'.
  void add_tags(int64_t item, std::string_view texts) {
    for (size_t at = 0; at < texts.size();) {
      const size_t end = std::min(texts.find(';', at), texts.size());
      const uint32_t tag = table_.tags.add(trimmed(texts.substr(at, end - at)));
      if (tag != 0) column_tags_.emplace_back(item, tag);
      at = end + 1;
    }
  }

  void read_tags(Catalogue& catalogue) {
    Statement select = catalogue.database().prepare("SELECT item, tag FROM tags ORDER BY item");
    auto item = table_.items.begin();
    std::vector<std::pair<int64_t, uint32_t>>& out = table_.tags_of_items;
    while (select.step()) {
      const int64_t number = select.integer(0);
      while (item != table_.items.end() && item->id < number) ++item;
      if (item == table_.items.end()) break;
      if (item->id != number) continue;
      if (const uint32_t tag = table_.tags.add(text_of(select, 1))) out.emplace_back(number, tag);
    }
    // As in filters, the tags of a column are those of an item without others.
    const size_t listed = out.size();
    for (const auto& [number, tag] : column_tags_) {
      const auto end = out.begin() + static_cast<std::ptrdiff_t>(listed);
      const auto at = std::lower_bound(out.begin(), end, std::pair(number, uint32_t{0}));
      if (at == end || at->first != number) out.emplace_back(number, tag);
    }
    if (out.size() > listed)
      std::ranges::stable_sort(out, {}, &std::pair<int64_t, uint32_t>::first);
  }

  void order() {
    const auto by_content = [](const TableItem& a, const TableItem& b) {
      return a.content < b.content;
    };
    std::vector<TableItem>& items = table_.items;
    if (!std::is_sorted(items.begin(), items.end(), by_content))
      std::stable_sort(items.begin(), items.end(), by_content);
    for (size_t i = 0; i < items.size(); ++i)
      table_.contents += i == 0 || items[i].content != items[i - 1].content;
  }

  const LibraryState& library_;
  TableParts parts_;
  ItemTable table_;
  std::map<int64_t, uint32_t> datasets_;
  std::map<std::pair<int64_t, std::string>, uint32_t> folders_;
  std::vector<std::pair<int64_t, uint32_t>> column_tags_;  // of items in the order of their ids
  uint32_t last_folder_ = 0;
};

}  // namespace

std::span<const std::pair<int64_t, uint32_t>> ItemTable::tags_of(const TableItem& item) const {
  const auto found =
      std::ranges::equal_range(tags_of_items, item.id, {}, &std::pair<int64_t, uint32_t>::first);
  return {found.begin(), found.end()};
}

ItemTable read_item_table(const LibraryState& library, const Filter& filter, TableParts parts) {
  library.snapshot()->row_of_contents();  // before the catalogue is locked
  return library.snapshot()->with_catalogue_for_passes([&](Catalogue& catalogue) {
    std::vector<int64_t> chosen;
    if (!filter.empty()) {
      filter_items(*library.snapshot(), catalogue, filter, library.sources(), library.item_path(),
                   [&](int64_t item, int64_t) { chosen.push_back(item); });
      std::ranges::sort(chosen);
    }
    return TableReader(library, parts).read(catalogue, filter.empty() ? nullptr : &chosen);
  });
}

}  // namespace sightline::library
