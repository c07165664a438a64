#include "console.h"

#include <sightline/error.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <memory>

#include "hub/text.h"
#include "interruption.h"

namespace sightline::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::string duration_text(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  char text[32];
  if (s >= 3600) {
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld:%02ld", s / 60, s % 60);
  }
  return text;
}

// A progress line that is redrawn in place; a new stage starts a new line.
class ProgressLine {
 public:
  explicit ProgressLine(ProgressUnit unit) : unit_(unit) {}
  ~ProgressLine() { finish(); }

  void update(const ProgressUpdate& u) {
    const auto now = Clock::now();
    if (u.stage != stage_ || u.done < first_done_) {
      finish();
      stage_ = u.stage;
      start_ = now;
      first_done_ = u.done;
      drawn_ = {};
    }
    const bool complete = u.total >= 0 && u.done >= u.total;
    if (!complete && drawn_ != Clock::time_point{} && now - drawn_ < std::chrono::milliseconds(100))
      return;
    drawn_ = now;
    draw(u, std::chrono::duration<double>(now - start_).count());
    open_ = true;
    if (complete) finish();
  }

  void finish() {
    if (open_) std::fputc('\n', stderr);
    open_ = false;
    stage_.clear();
  }

 private:
  void draw(const ProgressUpdate& u, double seconds) const {
    const auto fresh = static_cast<double>(u.done - first_done_);
    const double rate = seconds > 0 ? fresh / seconds : 0;
    std::string line = u.stage + "  " + amount(u.done);
    if (u.total > 0) {
      line += " of " + amount(u.total) + " (" + std::to_string(100 * u.done / u.total) + " %)";
    }
    if (rate > 0) line += "  " + rate_text(rate) + "/s";
    if (rate > 0 && u.total > u.done) {
      line += "  " + duration_text(static_cast<double>(u.total - u.done) / rate) + " left";
    } else if (u.total >= 0 && u.done >= u.total) {
      line += "  in " + duration_text(seconds);
    }
    if (!u.note.empty()) line += "  " + u.note;
    winsize size{};
    const size_t width =
        ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10 ? size.ws_col : 100;
    if (line.size() >= width) line.resize(width - 1);
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
    std::fflush(stderr);
  }

  std::string amount(int64_t count) const {
    return unit_ == ProgressUnit::bytes ? hub::bytes_text(count) : std::to_string(count);
  }

  std::string rate_text(double rate) const {
    if (unit_ == ProgressUnit::bytes) return hub::bytes_text(static_cast<int64_t>(rate));
    return fixed(rate, rate < 10 ? 2 : 0);
  }

  ProgressUnit unit_;
  std::string stage_;
  Clock::time_point start_, drawn_;
  int64_t first_done_ = 0;
  bool open_ = false;
};

// "encoding images (64 of 887)", for the message of an interruption.
std::string stage_text(const ProgressUpdate& update) {
  if (update.total <= 0) return update.stage;
  return message(update.stage, " (", 100 * update.done / update.total, " %)");
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

}  // namespace

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

ProgressFn console_progress(bool quiet, ProgressUnit unit) {
  if (quiet || ::isatty(STDERR_FILENO) == 0)
    return [](const ProgressUpdate& update) { stop_if_interrupted(stage_text(update)); };
  auto line = std::make_shared<ProgressLine>(unit);
  return [line](const ProgressUpdate& update) {
    line->update(update);
    if (!interrupted()) return;
    line->finish();
    stop_if_interrupted(stage_text(update));
  };
}

std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& raw_rows) {
  const auto rows = one_line_cells(raw_rows);
  std::vector<std::string> names;
  std::vector<bool> right;
  std::vector<size_t> widths;
  for (const auto& name : header) {
    right.push_back(!name.empty() && name.front() == '>');
    names.push_back(right.back() ? name.substr(1) : name);
    widths.push_back(display_width(names.back()));
  }
  for (const auto& row : rows) {
    for (size_t c = 0; c < row.size() && c < widths.size(); ++c) {
      widths[c] = std::max(widths[c], display_width(row[c]));
    }
  }
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
  std::fprintf(stderr, "sightline: warning: %s\n", one_line(message).c_str());
}

void report_skipped(const std::vector<SkippedRow>& skipped) {
  for (const auto& input : skipped) {
    std::fprintf(stderr, "sightline: skipped %s: %s\n", one_line(input.id).c_str(),
                 one_line(input.reason).c_str());
  }
  if (!skipped.empty()) {
    std::fprintf(stderr, "sightline: %zu input%s skipped\n", skipped.size(),
                 skipped.size() == 1 ? " was" : "s were");
  }
}

}  // namespace sightline::cli
