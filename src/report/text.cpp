#include "report/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace sightline {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the well-formed UTF-8 sequence at the beginning of `text`, or 0.
size_t sequence_length(std::string_view text) {
  const Utf8Sequence first = read_utf8(text, 0);
  return first.valid ? first.bytes : 0;
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

// 2 for East Asian wide characters and emoji, which are drawn about twice as wide as a Latin
// letter.
size_t width_of(std::string_view point) {
  constexpr std::pair<char32_t, char32_t> kWide[] = {
      {0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},  {0xFE30, 0xFE6F},
      {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
  const char32_t code = read_utf8(point, 0).code_point;
  return std::ranges::any_of(kWide,
                             [&](const auto& r) { return code >= r.first && code <= r.second; })
             ? 2
             : 1;
}

// Index after the last of the points from `begin` that fit into `width`, at least one.
size_t fitting_end(const std::vector<std::string_view>& points, size_t begin, size_t width) {
  size_t end = begin, used = 0;
  while (end < points.size() && (end == begin || used + width_of(points[end]) <= width))
    used += width_of(points[end++]);
  return end;
}

bool breaks_after(std::string_view point) {
  return point.size() == 1 && std::string_view("-_/. ").find(point[0]) != std::string_view::npos;
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

size_t text_width(std::string_view text) {
  size_t width = 0;
  for (const std::string_view point : code_points(text)) width += width_of(point);
  return width;
}

std::string shorten(std::string_view text, size_t width) {
  if (text_width(text) <= width) return std::string(text);
  const auto points = code_points(text);
  const size_t tail_width = (width - 1) / 2;
  const size_t head = fitting_end(points, 0, width - 1 - tail_width);
  size_t tail = points.size(), used = 0;
  while (tail > head && used + width_of(points[tail - 1]) <= tail_width)
    used += width_of(points[--tail]);
  return join(points, 0, head) + "…" + join(points, tail, points.size());
}

std::vector<std::string> wrapped(std::string_view text, size_t width, size_t lines) {
  const std::string plain = plain_text(text);
  // Early breaks leave lines short: shorten until the rest fits into the last line.
  for (size_t total = width * lines;; --total) {
    const std::string shortened = shorten(plain, total);
    const auto points = code_points(shortened);
    std::vector<std::string> out;
    size_t begin = 0;
    do {
      size_t end = fitting_end(points, begin, width), at = end;
      const size_t half = begin + (end - begin) / 2;
      while (at > half && at < points.size() && !breaks_after(points[at - 1])) --at;
      if (at > half) end = at;
      out.push_back(join(points, begin, end));
      begin = end;
    } while (begin < points.size());
    if (out.size() <= lines || total <= width) return out;
  }
}

std::string gnuplot_wrapped(std::string_view text, size_t width, size_t lines) {
  std::string out;
  for (const std::string& line : wrapped(text, width, lines)) {
    if (!out.empty()) out += ".\"\\n\".";
    for (const char c : gnuplot_text(line)) {
      out += c;
      if (c == '%') out += '%';  // tic labels are format strings
    }
  }
  return out;
}

std::string decimal(double value, int decimals) {
  char buffer[512];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, decimals);
  if (end.ec != std::errc{}) return "nan";
  const std::string_view text(buffer, static_cast<size_t>(end.ptr - buffer));
  const bool zero = text.find_first_not_of("-0.") == text.npos;
  return std::string(zero && text.starts_with('-') ? text.substr(1) : text);
}

std::string percent_text(double share) {
  std::string text = decimal(100 * share, 4);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + " %";
}

}  // namespace sightline
