#include "report/report_folder.h"

#include <sightline/error.h>
#include <sightline/report.h>

#include <fstream>
#include <regex>
#include <string>
#include <system_error>
#include <vector>

#include "base/temporary_path.h"
#include "base/text.h"
#include "report/tables/write_tables.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPage = "index.html";
constexpr const char* kResults = "results.json";
constexpr const char* kMeasurements = "measurements.json";

bool is_figure(const std::string& name) {
  static const std::regex pattern(R"((noise|ranks|recall|scores|similarity)\.(png|svg|gp))");
  return std::regex_match(name, pattern);
}

bool is_grid(const std::string& name) {
  static const std::regex pattern(R"((query-[0-9]+|rows)-model-[0-9]+\.png)");
  return std::regex_match(name, pattern);
}

// The names that write_report uses in a subfolder, which may contain other files.
struct Subfolder {
  const char* name;
  bool (*uses)(const std::string& file);
};
constexpr Subfolder kSubfolders[] = {
    {"figures", is_figure}, {"grids", is_grid}, {"tables", is_table_file}};

// Files of the names that write_report uses, other than the page and the results.
std::vector<fs::path> other_files(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  if (fs::exists(fs::symlink_status(directory / "ranks.jsonl", error)))
    files.push_back(directory / "ranks.jsonl");
  for (const Subfolder& subfolder : kSubfolders) {
    fs::directory_iterator at(directory / subfolder.name, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      if (subfolder.uses(at->path().filename().string())) files.push_back(at->path());
    }
  }
  return files;
}

// Whether the beginning of a file has one of the texts.
bool has_text(const fs::path& file, const std::vector<std::string>& texts) {
  std::string head(4096, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(stream.gcount()));
  for (const std::string& text : texts) {
    if (head.find(text) != head.npos) return true;
  }
  return false;
}

enum class Origin { missing, report, foreign };

// An empty file has nothing to lose.
Origin origin_of(const fs::path& file, const std::vector<std::string>& texts) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status) || (fs::is_regular_file(status) && fs::file_size(file, error) == 0))
    return Origin::missing;
  return has_text(file, texts) ? Origin::report : Origin::foreign;
}

[[noreturn]] void refuse(const fs::path& file) {
  throw Error(ErrorCode::invalid_argument, quoted(file),
              " was not written by a report, and a new report would replace it: choose another "
              "folder");
}

}  // namespace

void check_report_folder(const fs::path& directory) {
  // Reports of earlier versions have no generator.
  const Origin page = origin_of(directory / kPage, {"<meta name=\"generator\" content=\"sightline",
                                                    "<title>Retrieval results</title>"});
  const Origin results = origin_of(directory / kResults, {"\"format\": \"sightline-results\""});
  if (page == Origin::foreign) refuse(directory / kPage);
  if (results == Origin::foreign) refuse(directory / kResults);
  if (page == Origin::report || results == Origin::report) return;
  std::vector<fs::path> files = other_files(directory);
  std::error_code error;
  if (fs::exists(fs::symlink_status(directory / kMeasurements, error)))
    files.push_back(directory / kMeasurements);
  if (!files.empty()) refuse(files.front());
}

void clear_report_folder(const fs::path& directory) {
  std::error_code error;
  for (const fs::path& file : other_files(directory)) fs::remove(file, error);
  for (const char* name : {kPage, kResults, kMeasurements, "ranks.jsonl"})
    remove_leftovers(directory / name);
}

}  // namespace sightline
