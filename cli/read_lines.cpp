#include "read_lines.h"

#include <sightline/error.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "base/text.h"
#include "base/text_file.h"
#include "console.h"
#include "image/extensions.h"
#include "image/formats.h"
#include "image/other_formats.h"
#include "standard_streams.h"

namespace sightline::cli {

namespace {

// Returns the beginning of a file; empty if it is not a regular one.
std::vector<uint8_t> head_of(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return {};
  std::vector<uint8_t> head(4096);
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(stream.gcount()));
  return head;
}

// Returns what a file is that was given in place of a text, such as "a JPEG image". `is_text`: some
// images are texts as well (SVG, PNM); only their extension tells them from captions.
std::optional<std::string> image_kind(const std::filesystem::path& file, bool is_text) {
  if (is_text && !image::has_image_extension(file.native())) return std::nullopt;
  const std::vector<uint8_t> head = head_of(file);
  if (const auto* format = image::find_format(head))
    return message("an image (", format->name, ")");
  if (is_text) return std::nullopt;
  if (const auto other = image::find_other_format(head)) return other->name;
  return std::nullopt;
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& kind) {
  throw Error(ErrorCode::invalid_data, input_name(file), " is ", kind,
              ", not a text file with one text per line; images are given with --images");
}

TextLines read_texts(const std::filesystem::path& file) {
  try {
    TextLines text = read_text_lines(file);
    if (const auto kind = image_kind(file, true)) refuse(file, *kind);
    return text;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) throw;
    if (const auto kind = image_kind(file, false)) refuse(file, *kind);
    throw;
  }
}

}  // namespace

std::vector<std::string> read_lines(const std::filesystem::path& file) {
  if (is_standard(file)) claim_stdin();
  TextLines text = read_texts(file);
  if (text.blank_at_end > 0) {
    warn(message("ignored ", counted(text.blank_at_end, "blank line"), " at the end of ",
                 input_name(file)));
  }
  const auto blank = [](const std::string& line) { return is_blank(line); };
  const auto first = std::find_if(text.lines.begin(), text.lines.end(), blank);
  if (const auto count = std::count_if(first, text.lines.end(), blank); count > 0) {
    warn(message(counted(count, "line"), " of ", input_name(file),
                 (count == 1 ? " is blank and is" : " are blank and are"),
                 " read as empty text, first line ", first - text.lines.begin() + 1));
  }
  return std::move(text.lines);
}

std::vector<std::string> read_queries(const std::filesystem::path& file) {
  if (is_standard(file)) claim_stdin();
  std::vector<std::string> lines = read_texts(file).lines;
  const auto blank = std::erase_if(lines, [](const std::string& line) { return is_blank(line); });
  if (lines.empty()) throw Error(ErrorCode::not_found, "there is no query in ", input_name(file));
  if (blank > 0) {
    warn(message("ignored ", counted(static_cast<int64_t>(blank), "blank line"), " of ",
                 input_name(file)));
  }
  return lines;
}

}  // namespace sightline::cli
