#include "data/unread_tables.h"

#include <set>

#include "base/text.h"

namespace sightline {

std::string advice_on_tables(const std::filesystem::path& folder) {
  static const std::set<std::string> kTables = {".csv", ".tsv", ".json", ".jsonl", ".parquet"};
  std::set<std::filesystem::path> found;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (kTables.contains(lower(entry->path().extension().string())))
      found.insert(entry->path().filename());
  }
  if (found.empty()) return "";
  return "; it holds " + quoted(*found.begin()) + ": pass that file to read its captions";
}

}  // namespace sightline
