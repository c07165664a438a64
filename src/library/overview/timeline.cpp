#include <sightline/library_overview.h>

#include <chrono>
#include <cstdio>

#include "library/library_collection.h"
#include "library/overview/item_table.h"
#include "library/overview/value_counts.h"

namespace sightline {
namespace library {
namespace {

constexpr size_t kMonths = 12 * 10000;  // of the years 0 to 9999

size_t month_of(int64_t seconds) {
  using namespace std::chrono;
  const year_month_day date(floor<days>(sys_seconds(std::chrono::seconds(seconds))));
  return static_cast<size_t>(12 * static_cast<int>(date.year())) +
         static_cast<unsigned>(date.month()) - 1;
}

std::string month_text(size_t month) {
  char text[16];
  std::snprintf(text, sizeof text, "%04zu-%02zu", month / 12, month % 12 + 1);
  return text;
}

}  // namespace
}  // namespace library

LibraryTimeline library_timeline(const Collection& collection, const Filter& filter) {
  using namespace library;
  const ItemTable table = read_item_table(state_of(collection), filter, {});
  ValueCounts months(kMonths);
  LibraryTimeline out;
  int64_t dated = 0, last = 0;
  for (const TableItem& item : table.items) {
    if (!item.taken) continue;
    months.add(item.content, month_of(*item.taken));
    dated += item.content != last;
    last = item.content;
  }
  out.undated = table.contents - dated;
  for (size_t month = 0; month < kMonths; ++month) {
    if (months.count(month) > 0) out.months.push_back({month_text(month), months.count(month)});
  }
  return out;
}

}  // namespace sightline
