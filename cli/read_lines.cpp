#include "read_lines.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/text.h"
#include "base/text_file.h"
#include "console.h"
#include "standard_streams.h"

namespace sightline::cli {

std::vector<std::string> read_lines(const std::filesystem::path& file) {
  if (is_standard(file)) claim_stdin();
  TextLines text = read_text_lines(file);
  if (text.blank_at_end > 0) {
    warn(message("ignored ", counted(text.blank_at_end, "blank line"), " at the end of ",
                 quoted(file)));
  }
  const auto blank = [](const std::string& line) { return is_blank(line); };
  const auto first = std::find_if(text.lines.begin(), text.lines.end(), blank);
  if (const auto count = std::count_if(first, text.lines.end(), blank); count > 0) {
    warn(message(counted(count, "line"), " of ", quoted(file),
                 (count == 1 ? " is blank and is" : " are blank and are"),
                 " read as empty text, first line ", first - text.lines.begin() + 1));
  }
  return std::move(text.lines);
}

std::vector<std::string> read_queries(const std::filesystem::path& file) {
  if (is_standard(file)) claim_stdin();
  std::vector<std::string> lines = read_text_lines(file).lines;
  std::erase_if(lines, [](const std::string& line) { return is_blank(line); });
  if (lines.empty())
    throw Error(ErrorCode::invalid_argument, "there is no query in ", quoted(file));
  return lines;
}

}  // namespace sightline::cli
