#include "console.h"

#include <sightline/error.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cwchar>

#include "progress_line.h"
#include "report/text.h"

namespace sightline::cli {
namespace {

std::string escape(unsigned char c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02x", c);
  return text;
}

std::vector<std::vector<std::string>> one_line_cells(std::vector<std::vector<std::string>> rows) {
  for (auto& row : rows) {
    for (auto& cell : row) cell = one_line(cell);
  }
  return rows;
}

// Shortens `text` to `width` columns.
std::string shortened(const std::string& text, size_t width) {
  std::string out = text;
  for (size_t points = width; display_width(out) > width && points > 0; --points)
    out = shorten(text, points);
  return out;
}

// Narrows the widest of the columns that may be shortened until the table fits.
void fit(std::vector<size_t>& widths, const std::vector<bool>& flexible) {
  constexpr size_t kNarrowest = 8;
  size_t total = 2 * (widths.size() - 1);
  for (const size_t width : widths) total += width;
  for (; total > table_width(); --total) {
    size_t* widest = nullptr;
    for (size_t c = 0; c < widths.size(); ++c) {
      if (flexible[c] && widths[c] > kNarrowest && (widest == nullptr || widths[c] > *widest))
        widest = &widths[c];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

}  // namespace

size_t table_width() {
  constexpr size_t kLeast = 100;
  winsize size{};
  const bool known = ::isatty(STDOUT_FILENO) != 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known ? std::max<size_t>(kLeast, size.ws_col) : kLeast;
}

size_t display_width(const std::string& text) {
  static const bool once = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  if (!once) return text.size();
  size_t width = 0;
  std::mbstate_t state{};
  for (size_t i = 0; i < text.size();) {
    wchar_t c = 0;
    const size_t used = std::mbrtowc(&c, text.data() + i, text.size() - i, &state);
    if (used == 0 || used > text.size()) {
      state = {};
      ++width, ++i;
      continue;
    }
    width += static_cast<size_t>(std::max(0, ::wcwidth(c)));
    i += used;
  }
  return width;
}

std::string one_line(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (c < 0x20 || c == 0x7f) {
      out += escape(c);
    } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {  // U+0080 … U+009F: control characters
      out += escape(next);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string heading(const std::string& text) {
  constexpr size_t kMost = 80;
  const std::string line = one_line(text);
  size_t characters = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(line[i]) & 0xc0) != 0x80;
    if (starts && ++characters > kMost) return line.substr(0, i) + "…";
  }
  return line;
}

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& raw_rows) {
  auto rows = one_line_cells(raw_rows);
  std::vector<std::string> names;
  std::vector<bool> right, flexible;
  std::vector<size_t> widths;
  for (const auto& name : header) {
    right.push_back(!name.empty() && name.front() == '>');
    flexible.push_back(!name.empty() && name.front() == '~');
    names.push_back(right.back() || flexible.back() ? name.substr(1) : name);
    widths.push_back(display_width(names.back()));
  }
  for (const auto& row : rows) {
    for (size_t c = 0; c < row.size() && c < widths.size(); ++c) {
      widths[c] = std::max(widths[c], display_width(row[c]));
    }
  }
  fit(widths, flexible);
  const auto narrow = [&](std::vector<std::string>& row) {
    for (size_t c = 0; c < row.size() && c < widths.size(); ++c)
      if (flexible[c]) row[c] = shortened(row[c], widths[c]);
  };
  narrow(names);
  for (auto& row : rows) narrow(row);
  std::string text;
  const auto add = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t c = 0; c < cells.size() && c < widths.size(); ++c) {
      const std::string pad(widths[c] - display_width(cells[c]), ' ');
      line += (c ? "  " : "") + (right[c] ? pad + cells[c] : cells[c] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add(names);
  std::vector<std::string> rules;
  for (const size_t width : widths) rules.emplace_back(width, '-');
  add(rules);
  for (const auto& row : rows) add(row);
  return text;
}

void warn(const std::string& message) {
  end_progress_line();
  std::fprintf(stderr, "sightline: warning: %s\n", one_line(message).c_str());
}

void report_skipped(const std::vector<SkippedRow>& skipped) {
  end_progress_line();
  for (const auto& input : skipped) {
    const std::string dataset = input.dataset.empty() ? "" : one_line(input.dataset) + ": ";
    std::fprintf(stderr, "sightline: skipped %s%s: %s\n", dataset.c_str(),
                 one_line(input.id).c_str(), one_line(input.reason).c_str());
  }
  if (!skipped.empty()) {
    std::fprintf(stderr, "sightline: %zu input%s skipped\n", skipped.size(),
                 skipped.size() == 1 ? " was" : "s were");
  }
}

}  // namespace sightline::cli
