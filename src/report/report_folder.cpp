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

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPage = "index.html";
constexpr const char* kResults = "results.json";

// The names that write_report uses in a subfolder, which may contain other files.
struct Subfolder {
  const char* name;
  const char* pattern;
};
constexpr Subfolder kSubfolders[] = {
    {"figures", R"((noise|ranks|recall|scores|similarity)\.(png|svg|gp))"},
    {"grids", R"((query-[0-9]+|rows)-model-[0-9]+\.png)"},
};

// Files of the names that write_report uses, other than the page and results.json.
std::vector<fs::path> other_files(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  if (fs::exists(fs::symlink_status(directory / "ranks.jsonl", error)))
    files.push_back(directory / "ranks.jsonl");
  for (const Subfolder& subfolder : kSubfolders) {
    const std::regex pattern(subfolder.pattern);
    fs::directory_iterator at(directory / subfolder.name, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      if (std::regex_match(at->path().filename().string(), pattern)) files.push_back(at->path());
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
  const std::vector<fs::path> files = other_files(directory);
  if (!files.empty()) refuse(files.front());
}

void clear_report_folder(const fs::path& directory) {
  std::error_code error;
  for (const fs::path& file : other_files(directory)) fs::remove(file, error);
  for (const char* name : {kPage, kResults, "ranks.jsonl"}) remove_leftovers(directory / name);
}

}  // namespace sightline
