#include "report/tables/write_tables.h"

#include <regex>
#include <vector>

#include "base/file.h"
#include "report/metric_format.h"
#include "report/tables/accuracy_table.h"
#include "report/tables/comparison_table.h"
#include "report/tables/csv.h"
#include "report/tables/latex.h"
#include "report/tables/metric_groups.h"
#include "report/tables/metric_table.h"
#include "report/tables/noise_table.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

void clear_old_tables(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> old;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    if (is_table_file(at->path().filename().string())) old.push_back(at->path());
  }
  for (const auto& file : old) fs::remove(file, error);
}

std::vector<Table> tables_of_view(const ExperimentResult& result, View view) {
  std::vector<Table> tables = {metric_table(result, view)};
  if (!result.comparisons.empty()) tables.push_back(comparison_table(result, view));
  if (const auto groups = split_groups(result, view); !groups.empty())
    tables.push_back(group_table(result, view, "splits", {"split"}, groups));
  if (const auto groups = column_groups(result, view); !groups.empty())
    tables.push_back(group_table(result, view, "columns", {"column", "value"}, groups));
  return tables;
}

}  // namespace

void write_table(const Table& csv, const Table& latex, const fs::path& folder) {
  write_file_atomic(folder / (csv.name + ".csv"), csv_text(csv));
  write_file_atomic(folder / (latex.name + ".tex"), latex_text(latex));
}

bool is_table_file(const std::string& name) {
  static const std::regex pattern(
      "((metrics|comparisons|splits|columns)-(text-to-image|image-to-text)(-caption-equivalent)?|"
      "accuracy-at-k-(text-to-image|image-to-text)|noise|classification|classes)"
      "\\.(csv|tex)");
  return std::regex_match(name, pattern);
}

void write_tables(const ExperimentResult& result, const fs::path& folder) {
  clear_old_tables(folder);
  if (result.models.empty()) return;
  make_folder(folder);
  const int views = captions_repeat(result) ? kViewCount : 2;  // the strict views are first
  for (int v = 0; v < views; ++v) {
    for (const Table& table : tables_of_view(result, static_cast<View>(v)))
      write_table(table, table, folder);
  }
  for (const View view : {View::text_to_image, View::image_to_text})
    write_table(accuracy_data_table(result, view), accuracy_overview_table(result, view), folder);
  if (!result.noise.kinds.empty() && result.models[0].robustness)
    write_table(noise_data_table(result), noise_overview_table(result), folder);
}

}  // namespace sightline
