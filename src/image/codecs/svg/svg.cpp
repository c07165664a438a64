// SVG decoder based on librsvg. An SVG is a program: a few hundred bytes can keep librsvg busy for
// hours or fill the memory, and librsvg has no limit of either. It therefore draws in a child
// process with limits of time and memory, which also contains a crash.
#include <fcntl.h>
#include <poll.h>
#include <sightline/error.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <mutex>
#include <new>
#include <vector>

#include "image/codec_plugin.h"
#include "image/codecs/svg/svg_render.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

constexpr rlim_t kMaxMemory = rlim_t{1} << 30;  // bytes, in addition to what is in use

struct Limits {
  rlim_t processor_s;
  std::chrono::seconds wait;  // on a loaded machine
};
constexpr Limits kDecodeLimits{5, std::chrono::seconds(20)};
// More, so that the sample data do not depend on the machine.
constexpr Limits kSquareLimits{30, std::chrono::seconds(120)};

// Draws to shared memory, in the child.
using Draw = std::function<void(SvgDrawing& drawing, uint32_t* pixels)>;

// Memory that a child process shares with its parent: a drawing and its pixels.
class SharedDrawing {
 public:
  explicit SharedDrawing(int64_t max_pixels)
      : bytes_(kPixelsAt + static_cast<size_t>(max_pixels) * 4),
        memory_(::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (memory_ == MAP_FAILED) {
      throw Error(ErrorCode::limit_exceeded, "an SVG of up to ", max_pixels,
                  " pixels needs more memory than the system allows");
    }
    new (memory_) SvgDrawing;
  }
  ~SharedDrawing() { ::munmap(memory_, bytes_); }
  SharedDrawing(const SharedDrawing&) = delete;
  SharedDrawing& operator=(const SharedDrawing&) = delete;

  SvgDrawing& drawing() { return *static_cast<SvgDrawing*>(memory_); }
  uint32_t* pixels() {
    return reinterpret_cast<uint32_t*>(static_cast<char*>(memory_) + kPixelsAt);
  }

 private:
  static constexpr size_t kPixelsAt = 4096;
  size_t bytes_;
  void* memory_;
};

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) throw Error(ErrorCode::io, "cannot create a pipe");
  }
  ~Pipe() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void close_writer() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

rlim_t memory_in_use() {
  unsigned long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

void limit(__rlimit_resource resource, rlim_t value) {
  const rlimit both{value, value};
  ::setrlimit(resource, &both);
}

// Lets signals end the process: those of a crash, of the limits, and of its parent's end.
void reset_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int sig :
       {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGXCPU, SIGALRM, SIGTERM, SIGINT}) {
    ::signal(sig, SIG_DFL);
    ::sigaddset(&signals, sig);
  }
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

// librsvg and the libraries below it print messages.
void discard_output() {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0) return;
  ::dup2(null, STDOUT_FILENO);
  ::dup2(null, STDERR_FILENO);
}

// The child: draws, reports with one byte, and ends without running the parent's exit handlers.
[[noreturn]] void run_child(pid_t parent, const Draw& draw, const Limits& limits, rlim_t memory,
                            SharedDrawing& shared, const Pipe& done) {
  reset_signals();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it ended before the line above
  ::alarm(static_cast<unsigned>(limits.wait.count()));
  limit(RLIMIT_AS, memory + kMaxMemory);
  limit(RLIMIT_CPU, limits.processor_s);
  limit(RLIMIT_CORE, 0);
  discard_output();
  draw(shared.drawing(), shared.pixels());
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(done.writer(), &byte, 1);
  ::_exit(0);
}

// Waits until the child reports or ends, at most max_wait, ends it, and returns its wait status.
int finish(pid_t child, std::chrono::seconds max_wait, const Pipe& done) {
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + max_wait;
  pollfd event{done.reader(), POLLIN, 0};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
    const int timeout = static_cast<int>(std::max<int64_t>(left.count(), 0));
    if (::poll(&event, 1, timeout) >= 0 || errno != EINTR) break;
  }
  ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// Returns the child's wait status.
int draw_in_child(const Draw& draw, const Limits& limits, SharedDrawing& shared) {
  // A child started by another thread while the writer is open here would keep it open, so that
  // this child's end would not be the end of the pipe.
  static std::mutex starting;
  std::unique_lock lock(starting);
  const rlim_t memory = memory_in_use();
  Pipe done;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw Error(ErrorCode::io, "cannot start a process that draws SVG images");
  if (child == 0) run_child(parent, draw, limits, memory, shared, done);
  done.close_writer();
  lock.unlock();
  return finish(child, limits.wait, done);
}

// Throws the error for a child that ended before it reported.
[[noreturn]] void throw_unfinished(int wait_status, const Limits& limits, const std::string& name) {
  // An exit code is that of a library that ends the process, such as a sanitizer's without memory.
  const int sig = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : SIGABRT;
  if (sig == SIGKILL || sig == SIGXCPU || sig == SIGALRM) {
    throw Error(ErrorCode::limit_exceeded, "'", name, "' is an SVG that needs more than ",
                limits.processor_s, " s of processor time or ", limits.wait.count(), " s to draw");
  }
  if (sig == SIGABRT || sig == SIGTRAP) {  // how Rust and GLib end without memory
    throw Error(ErrorCode::limit_exceeded, "'", name,
                "' is an SVG at which librsvg stops, most often because it needs more than 1 GiB "
                "of memory");
  }
  throw_invalid_data(name, "is an SVG at which librsvg crashes (signal " + std::to_string(sig) +
                               "); a newer version may draw it");
}

void check_drawn(const SvgDrawing& drawing, int wait_status, const Limits& limits,
                 int64_t max_pixels, const std::string& name) {
  switch (drawing.status) {
    case SvgDrawing::Status::drawn:
      return;
    case SvgDrawing::Status::unfinished:
      throw_unfinished(wait_status, limits, name);
    case SvgDrawing::Status::out_of_memory:
      throw Error(ErrorCode::limit_exceeded, "'", name,
                  "' is an SVG that needs more than 1 GiB of memory to draw");
    case SvgDrawing::Status::too_large:
      throw Error(ErrorCode::limit_exceeded, "'", name, "' is an SVG over the limit of ",
                  max_pixels, " pixels");
    case SvgDrawing::Status::without_size:
      throw_invalid_data(name,
                         "is an SVG without a size: it has neither width and height, nor a "
                         "viewBox, nor content");
    case SvgDrawing::Status::empty:
      throw_invalid_data(name, "is an SVG without an area: its width, height or viewBox is 0");
    case SvgDrawing::Status::invalid:
      throw_invalid_data(name, std::string("is not a valid SVG: librsvg reports '") +
                                   std::string(drawing.error) + "'");
  }
}

// Draws up to max_pixels pixels in a child. Returns the size; `rgb` are the pixels of that size.
SvgDrawing draw_pixels(const Draw& draw, const Limits& limits, const ImageLimits& image_limits,
                       int64_t max_pixels, const std::string& name, std::vector<uint8_t>& rgb) {
  SharedDrawing shared(max_pixels);
  const int wait_status = draw_in_child(draw, limits, shared);
  const SvgDrawing drawing = shared.drawing();
  check_drawn(drawing, wait_status, limits, image_limits.max_pixels, name);
  rgb.resize(static_cast<size_t>(drawing.width) * drawing.height * 3);
  const uint32_t* pixel = shared.pixels();
  for (size_t at = 0; at + 2 < rgb.size(); at += 3, ++pixel) {
    rgb[at] = static_cast<uint8_t>(*pixel >> 16);
    rgb[at + 1] = static_cast<uint8_t>(*pixel >> 8);
    rgb[at + 2] = static_cast<uint8_t>(*pixel);
  }
  return drawing;
}

void decode(Bytes bytes, const std::string& name, const ImageLimits& limits, Raster& raster) {
  constexpr int64_t kMaxPixels = int64_t{kMaxSvgSide} * kMaxSvgSide;
  const int64_t max_pixels = std::clamp<int64_t>(limits.max_pixels, 1, kMaxPixels);
  const auto draw = [&](SvgDrawing& drawing, uint32_t* pixels) {
    draw_svg(bytes, max_pixels, drawing, pixels);
  };
  const SvgDrawing drawing =
      draw_pixels(draw, kDecodeLimits, limits, max_pixels, name, raster.pixels);
  reset_raster(PixelMode::rgb, drawing.width, drawing.height, raster);
}

void draw_square(Bytes document, const std::string& name, const SvgSquare& square, Image& image) {
  if (square.side < 1 || square.side > kMaxSvgSide || square.margin < 0 ||
      2 * square.margin >= square.side) {
    throw Error(ErrorCode::invalid_argument, "cannot draw an SVG into a square of ", square.side,
                " pixels with a margin of ", square.margin);
  }
  const auto draw = [&](SvgDrawing& drawing, uint32_t* pixels) {
    draw_svg_in_square(document, square, drawing, pixels);
  };
  image.width = image.height = square.side;
  draw_pixels(draw, kSquareLimits, {}, int64_t{square.side} * square.side, name, image.pixels);
}

}  // namespace
}  // namespace sightline::image

extern "C" void sightline_decode_svg(sightline::image::Bytes bytes, const std::string& name,
                                     const sightline::ImageLimits& limits,
                                     sightline::Raster& raster) {
  sightline::image::decode(bytes, name, limits, raster);
}

extern "C" void sightline_draw_svg(sightline::image::Bytes document, const std::string& name,
                                   const sightline::image::SvgSquare& square,
                                   sightline::Image& image) {
  sightline::image::draw_square(document, name, square, image);
}
