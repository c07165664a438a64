#include "report/report_folder.h"

#include <sightline/error.h>
#include <sightline/report.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "report/tables/write_tables.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPage = "index.html";
constexpr const char* kResults = "results.json";
constexpr const char* kMeasurements = "measurements.json";
constexpr const char* kRanks = "ranks.jsonl";

// Reports of earlier versions have the figure `recall`.
bool is_figure(const std::string& name) {
  static const std::regex pattern(
      "(accuracy_at_k|classification|deployment|noise|ranks|recall|scores|similarity)"
      "\\.(png|svg|gp)");
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

bool is_taken(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) files.push_back(at->path());
  return files;
}

// Files of the names that write_report uses, other than the page and the results.
std::vector<fs::path> other_files(const fs::path& directory) {
  std::vector<fs::path> files;
  if (is_taken(directory / kRanks)) files.push_back(directory / kRanks);
  for (const Subfolder& subfolder : kSubfolders) {
    for (fs::path& file : files_in(directory / subfolder.name))
      if (subfolder.uses(file.filename().string())) files.push_back(std::move(file));
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

enum class Origin { missing, report, overview, foreign };

// An empty file has nothing to lose.
Origin origin_of(const fs::path& file, const std::vector<std::string>& report,
                 const std::string& overview) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status) || (fs::is_regular_file(status) && fs::file_size(file, error) == 0))
    return Origin::missing;
  if (has_text(file, {overview})) return Origin::overview;
  return has_text(file, report) ? Origin::report : Origin::foreign;
}

std::string generator_text(const std::string& generator) {
  return "<meta name=\"generator\" content=\"" + generator;
}

std::string format_text(const std::string& format) {
  return "\"format\": \"" + format + "\"";
}

struct Origins {
  Origin page, results;
  bool any(Origin origin) const { return page == origin || results == origin; }
};

// Of the page and results.json. Reports of earlier versions have no generator.
Origins origins_of(const fs::path& directory) {
  return {origin_of(directory / kPage,
                    {generator_text(kReportGenerator), "<title>Retrieval results</title>"},
                    generator_text(kOverviewGenerator)),
          origin_of(directory / kResults,
                    {format_text(kReportFormat), format_text(kClassificationFormat)},
                    format_text(kOverviewFormat))};
}

// Throws if `path` exists and is not a folder in which this process can create files.
void require_folder(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return;
  if (!fs::is_directory(status)) {
    throw Error(ErrorCode::invalid_argument, quoted(path),
                " is not a folder, and a report writes files into a folder of that name");
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0)
    throw Error(ErrorCode::io, "cannot write into ", quoted(path), ": ", std::strerror(errno));
}

[[noreturn]] void refuse(const fs::path& file) {
  throw Error(ErrorCode::invalid_argument, quoted(file),
              " was not written by a report, and a new report would replace it: choose another "
              "folder");
}

void require_files(const fs::path& directory, const std::vector<const char*>& names) {
  for (const char* name : names) {
    std::error_code error;
    if (fs::is_directory(directory / name, error)) {
      throw Error(ErrorCode::invalid_argument, quoted(directory / name),
                  " is a folder, expected the file of a report");
    }
  }
}

void refuse_foreign(const fs::path& directory, const Origins& origins) {
  if (origins.page == Origin::foreign) refuse(directory / kPage);
  if (origins.results == Origin::foreign) refuse(directory / kResults);
}

}  // namespace

void check_report_folder(const fs::path& directory) {
  for (const Subfolder& subfolder : kSubfolders) require_folder(directory / subfolder.name);
  require_files(directory, {kPage, kResults, kMeasurements, kRanks});
  const Origins origins = origins_of(directory);
  refuse_foreign(directory, origins);
  if (origins.any(Origin::overview)) {
    throw Error(
        ErrorCode::invalid_argument, quoted(directory),
        " holds a report of several data sets, and the report of one would replace its page: "
        "choose another folder");
  }
  if (origins.any(Origin::report)) return;
  std::vector<fs::path> files = other_files(directory);
  if (is_taken(directory / kMeasurements)) files.push_back(directory / kMeasurements);
  if (!files.empty()) refuse(files.front());
}

void check_overview_folder(const fs::path& directory, const std::vector<std::string>& names) {
  require_files(directory, {kPage, kResults});
  const Origins origins = origins_of(directory);
  refuse_foreign(directory, origins);
  if (origins.any(Origin::report)) {
    throw Error(
        ErrorCode::invalid_argument, quoted(directory),
        " holds the report of one data set, and a report of several would replace its page: "
        "choose another folder");
  }
  for (const std::string& name : names) {
    require_folder(directory / name);
    check_report_folder(directory / name);
  }
}

void move_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  const fs::path target = write_target(to);
  fs::rename(from, target, error);
  if (error == std::errc::cross_device_link) {
    constexpr int64_t kMost = int64_t{1} << 40;
    write_file_atomic(target, read_file(from, kMost));
  } else if (error) {
    throw Error(ErrorCode::io, "cannot write ", quoted(to), ": ", error.message());
  }
}

void remove_report_leftovers(const fs::path& directory) {
  remove_leftovers(directory / kTemporaryReport);
  const std::set<std::string> names = {kPage, kResults, kMeasurements, kRanks};
  remove_leftovers(directory, [&](const std::string& name) { return names.contains(name); });
  for (const Subfolder& subfolder : kSubfolders)
    remove_leftovers(directory / subfolder.name, subfolder.uses);
}

void replace_report(const fs::path& from, const fs::path& directory) {
  std::set<fs::path> moved;
  const auto move = [&](const fs::path& file) {
    move_file(from / file, directory / file);
    moved.insert(directory / file);
  };
  // results.json first: by it the folder is recognized as a report if a failure interrupts this.
  for (const char* name : {kResults, kMeasurements, kRanks})
    if (is_taken(from / name)) move(name);
  for (const Subfolder& subfolder : kSubfolders) {
    const std::vector<fs::path> files = files_in(from / subfolder.name);
    if (!files.empty()) make_folder(directory / subfolder.name);
    for (const fs::path& file : files) move(subfolder.name / file.filename());
  }
  std::error_code ignored;
  if (!is_taken(from / kPage)) {  // the page of the earlier report needs its figures and grids
    if (!moved.contains(directory / kRanks)) fs::remove(directory / kRanks, ignored);
    return;
  }
  move(kPage);
  // A classification has no measurements; those of an earlier report are no longer its own.
  if (!moved.contains(directory / kMeasurements)) fs::remove(directory / kMeasurements, ignored);
  for (const fs::path& file : other_files(directory))
    if (!moved.contains(file)) fs::remove(file, ignored);
}

}  // namespace sightline
