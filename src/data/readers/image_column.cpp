#include "data/readers/image_column.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "data/readers/columns.h"
#include "image/extensions.h"

namespace sightline {
namespace {

constexpr std::array kUsual = {"filepath", "file_path",  "image_path", "file_name",
                               "filename", "image_name", "image_file", "image_filename",
                               "image",    "img_path",   "img_name",   "img",
                               "path",     "file",       "photo",      "picture"};

// Whether the first line of the file is data: a file name or a web address.
bool is_data(const std::string& column) {
  return image::has_image_extension(column) || is_web_address(column);
}

[[noreturn]] void fail(const std::vector<std::string>& columns, const std::string& dataset) {
  const auto data = std::find_if(columns.begin(), columns.end(), is_data);
  if (data != columns.end()) {
    throw Error(ErrorCode::invalid_data, "'", dataset, "' has no header: its first line contains '",
                printable(*data), "'; add a first line such as image,caption",
                (is_web_address(*data) ? kDownloadAdvice : ""));
  }
  const auto address = std::find_if(columns.begin(), columns.end(), [](const std::string& name) {
    return lower(name).ends_with("url");
  });
  if (address != columns.end()) {
    throw Error(ErrorCode::invalid_data, "'", dataset,
                "' has no column of image files, only web addresses in '", printable(*address), "'",
                kDownloadAdvice);
  }
  throw Error(
      ErrorCode::invalid_data, "'", dataset,
      "' has no column of image files; name it with --image-column, or rename it to one of ",
      join_names({kUsual.begin(), kUsual.end()}), "; found: ", join_names(columns));
}

}  // namespace

std::string choose_image_column(const std::vector<std::string>& columns,
                                const std::string& requested, const std::string& dataset) {
  if (!requested.empty()) {
    if (auto found = find_name(columns, requested); !found.empty()) return found;
    throw Error(ErrorCode::not_found, "'", dataset, "' has no image column '", requested,
                "'; found: ", join_names(columns));
  }
  for (const char* name : kUsual) {
    if (auto found = find_name(columns, name); !found.empty()) return found;
  }
  fail(columns, dataset);
}

}  // namespace sightline
