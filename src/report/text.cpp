#include "report/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

namespace sightline {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the well-formed UTF-8 sequence at the beginning of `text`, or 0.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) {
    return 0;
  }
  return length;
}

std::vector<std::string_view> code_points(std::string_view text) {
  std::vector<std::string_view> points;
  while (!text.empty()) {
    const size_t length = std::max<size_t>(1, sequence_length(text));
    points.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return points;
}

bool is_space(std::string_view unit) {
  return unit.size() == 1 && (unit[0] == ' ' || (unit[0] >= 0x09 && unit[0] <= 0x0D));
}

// The code points of a text; U+FFFD for invalid bytes and for control characters that are not white
// space.
std::vector<std::string_view> units(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    const std::string_view unit = text.substr(0, std::max<size_t>(1, length));
    const auto first = static_cast<unsigned char>(unit[0]);
    // C0, DEL, and C1 (U+0080 to U+009F: C2 80 to C2 9F)
    const bool control =
        first < 0x20 || first == 0x7F ||
        (length == 2 && first == 0xC2 && static_cast<unsigned char>(unit[1]) < 0xA0);
    out.push_back(length == 0 || (control && !is_space(unit)) ? kReplacement : unit);
    text.remove_prefix(unit.size());
  }
  return out;
}

std::string with_entities(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string join(const std::vector<std::string_view>& points, size_t begin, size_t end) {
  std::string out;
  for (size_t i = begin; i < end; ++i) out += points[i];
  return out;
}

bool breaks_after(std::string_view point) {
  return point.size() == 1 && std::string_view("-_/. ").find(point[0]) != std::string_view::npos;
}

}  // namespace

std::string plain_text(std::string_view text) {
  std::string out;
  bool blank = false;
  for (const std::string_view unit : units(text)) {
    if (is_space(unit)) {
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out += ' ';
    blank = false;
    out += unit;
  }
  return out;
}

std::string html_text(std::string_view text) {
  return with_entities(plain_text(text));
}

std::string html_exact(std::string_view text) {
  std::string out;
  for (const std::string_view unit : units(text)) out += unit;
  return with_entities(out);
}

std::string gnuplot_text(std::string_view text) {
  // In single quotes, gnuplot interprets only a doubled quote.
  std::string out = "'";
  for (const char c : plain_text(text)) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

size_t code_point_count(std::string_view text) {
  return code_points(text).size();
}

std::string shorten(std::string_view text, size_t width) {
  const auto points = code_points(text);
  if (points.size() <= width) return std::string(text);
  const size_t tail = (width - 1) / 2, head = width - 1 - tail;
  return join(points, 0, head) + "…" + join(points, points.size() - tail, points.size());
}

std::string gnuplot_wrapped(std::string_view text, size_t width) {
  constexpr size_t kLines = 3;
  const std::string plain = plain_text(text);
  const std::string shortened = shorten(plain, width * kLines - kLines);
  const auto points = code_points(shortened);
  std::string out;
  size_t begin = 0;
  for (size_t line = 0; line < kLines && (begin < points.size() || line == 0); ++line) {
    size_t end = std::min(points.size(), begin + width);
    if (end < points.size() && line + 1 < kLines) {
      size_t at = end;
      while (at > begin + width / 2 && !breaks_after(points[at - 1])) --at;
      if (at > begin + width / 2) end = at;
    }
    if (line + 1 == kLines) end = points.size();
    if (line > 0) out += ".\"\\n\".";
    for (const char c : gnuplot_text(join(points, begin, end))) {
      out += c;
      if (c == '%') out += '%';  // tic labels are format strings
    }
    begin = end;
  }
  return out;
}

std::string decimal(double value, int decimals) {
  char buffer[512];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, decimals);
  return end.ec == std::errc{} ? std::string(buffer, end.ptr) : "nan";
}

}  // namespace sightline
