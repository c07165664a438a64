#include "progress_line.h"

#include <sightline/error.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

#include "base/duration.h"
#include "console.h"
#include "hub/text.h"
#include "interruption.h"

namespace sightline::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr Seconds kRedraw{0.1};       // at most once in this time
constexpr Seconds kTick{0.5};         // without updates
constexpr Seconds kSilentStage{1.0};  // a shorter stage of unknown length is not shown

// Seconds between two lines if standard error is not a terminal; 0: no lines.
double line_interval() {
  const char* text = std::getenv("SIGHTLINE_PROGRESS_INTERVAL");
  char* end = nullptr;
  const double seconds = text == nullptr ? 0 : std::strtod(text, &end);
  return text == nullptr || end == text || !(seconds >= 0) ? 30 : seconds;
}

// The progress of one command. A thread redraws the line while there are no updates.
class ProgressLine {
 public:
  explicit ProgressLine(ProgressUnit unit)
      : unit_(unit), terminal_(::isatty(STDERR_FILENO) != 0), interval_(line_interval()) {
    ticker_ = std::thread([this] { tick(); });
  }

  ~ProgressLine() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_one();
    ticker_.join();
    finish();
  }

  void update(const ProgressUpdate& update) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    const bool complete = update.total >= 0 && update.done >= update.total;
    if (update.stage != last_.stage || update.done < last_.done || !active_) {
      if (complete && !update.event.empty()) {  // the last update of a stage that was ended
        print_event(update.event);
        return;
      }
      finish();
      start_ = now;
      first_done_ = update.done;
      counted_ = update.total >= 0;
      active_ = true;
    }
    last_ = update;
    if (!update.event.empty()) print_event(update.event);
    if (complete) {
      if (terminal_ && (counted_ || open_)) draw(now);
      if (!terminal_ && counted_) print_line_if_due(now);
      finish();
    } else if (terminal_ && counted_) {
      if (!open_ || now - drawn_ >= kRedraw) draw(now);
    } else if (!terminal_) {
      print_line_if_due(now);
    }
  }

  void end() {
    const std::lock_guard lock(mutex_);
    finish();
  }

 private:
  void tick() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kTick, [&] { return stopped_; })) {
      if (!active_) continue;
      const auto now = Clock::now();
      if (!terminal_) {
        print_line_if_due(now);
      } else if (open_ ? now - drawn_ >= kTick : now - start_ >= kSilentStage) {
        draw(now);
      }
    }
  }

  // Rate and time of the current stage: "  21/s  0:12 left".
  std::string figures(Clock::time_point now, const char* separator) const {
    const double seconds = Seconds(now - start_).count();
    if (last_.total < 0 && last_.done == 0) return separator + duration_text(seconds);
    const auto fresh = static_cast<double>(last_.done - first_done_);
    const double rate = seconds > 0 ? fresh / seconds : 0;
    std::string text;
    if (counted_ && rate > 0) text += separator + rate_text(rate) + "/s";
    if (last_.total >= 0 && last_.done >= last_.total) {
      text += std::string(separator) + "in " + duration_text(seconds);
    } else if (rate > 0 && last_.total > last_.done) {
      text +=
          separator + duration_text(static_cast<double>(last_.total - last_.done) / rate) + " left";
    } else {
      text += separator + duration_text(seconds);
    }
    return text;
  }

  // "640 of 5000 (12 %)"; empty for a stage of unknown length.
  std::string counts() const {
    if (!counted_ && last_.done <= 1) return "";
    std::string text = amount(last_.done);
    if (last_.total > 0)
      text += " of " + amount(last_.total) + " (" + std::to_string(100 * last_.done / last_.total) +
              " %)";
    return text;
  }

  void draw(Clock::time_point now) {
    std::string line = one_line(last_.stage);
    if (const std::string count = counts(); !count.empty()) line += "  " + count;
    line += figures(now, "  ");
    if (!last_.note.empty()) line += "  " + one_line(last_.note);
    winsize size{};
    const size_t width =
        ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10 ? size.ws_col : 100;
    if (line.size() >= width) line.resize(width - 1);
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
    std::fflush(stderr);
    drawn_ = now;
    open_ = true;
  }

  void print_line_if_due(Clock::time_point now) {
    if (interval_ <= 0 || now - printed_ < Seconds(interval_)) return;
    printed_ = now;
    std::string line = "sightline: " + one_line(last_.stage);
    if (const std::string count = counts(); !count.empty()) line += ": " + count;
    line += figures(now, ", ");
    if (!last_.note.empty()) line += ", " + one_line(last_.note);
    std::fprintf(stderr, "%s\n", line.c_str());
  }

  void print_event(const std::string& event) {
    std::fprintf(stderr, "%s%s\n", open_ ? "\r\x1b[K" : "", one_line(event).c_str());
    open_ = false;
    printed_ = Clock::now();
  }

  std::string amount(int64_t count) const {
    return unit_ == ProgressUnit::bytes ? hub::bytes_text(count) : std::to_string(count);
  }

  std::string rate_text(double rate) const {
    if (unit_ == ProgressUnit::bytes) return hub::bytes_text(static_cast<int64_t>(rate));
    return fixed(rate, rate < 10 ? 2 : 0);
  }

  void finish() {
    if (open_) std::fputc('\n', stderr);
    open_ = active_ = false;
  }

  const ProgressUnit unit_;
  const bool terminal_;
  const double interval_;
  std::mutex mutex_;
  std::condition_variable wake_;
  ProgressUpdate last_;
  Clock::time_point start_, drawn_, printed_ = Clock::now();
  int64_t first_done_ = 0;
  bool counted_ = false;  // the number of items is known
  bool active_ = false;   // a stage has begun and is not complete
  bool open_ = false;     // a line is being drawn
  bool stopped_ = false;
  std::thread ticker_;
};

// The line of the last console_progress().
std::weak_ptr<ProgressLine>& current_line() {
  static std::weak_ptr<ProgressLine> line;
  return line;
}

bool json_output = false;

// "encoding images (12 %)", for the message of an interruption.
std::string stage_text(const ProgressUpdate& update) {
  if (update.total <= 0) return update.stage;
  return message(update.stage, " (", 100 * update.done / update.total, " %)");
}

}  // namespace

ProgressFn console_progress(bool quiet, ProgressUnit unit) {
  if (quiet || json_output)
    return [](const ProgressUpdate& update) { stop_if_interrupted(stage_text(update)); };
  end_progress_line();
  auto line = std::make_shared<ProgressLine>(unit);
  current_line() = line;
  return [line](const ProgressUpdate& update) {
    line->update(update);
    if (!interrupted()) return;
    line->end();
    stop_if_interrupted(stage_text(update));
  };
}

void set_json_output(bool json) {
  json_output = json;
}

void progress_note(const std::string& text) {
  if (json_output) return;
  end_progress_line();
  std::fprintf(stderr, "sightline: %s\n", one_line(text).c_str());
}

void end_progress_line() {
  if (const auto line = current_line().lock()) line->end();
}

}  // namespace sightline::cli
