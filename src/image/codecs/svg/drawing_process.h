// Draws SVG documents in a child process with limits of time and memory. An SVG is a program: a few
// hundred bytes can keep librsvg busy for hours or fill the memory, and librsvg has no limit of
// either. The process also contains a crash.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "image/codecs/svg/svg_render.h"

namespace sightline::image {

// Of one drawing.
struct DrawingLimits {
  rlim_t processor_s;
  std::chrono::seconds wait;  // on a loaded machine
};

// Memory that the child shares with its parent: drawings and their pixels.
class SharedDrawings {
 public:
  // Throws limit_exceeded if the system does not allow so much memory.
  SharedDrawings(size_t count, int64_t max_pixels);
  ~SharedDrawings();
  SharedDrawings(const SharedDrawings&) = delete;
  SharedDrawings& operator=(const SharedDrawings&) = delete;

  size_t count() const { return count_; }
  SvgDrawing& drawing(size_t i);
  uint32_t* pixels(size_t i);  // max_pixels of them

 private:
  size_t count_, stride_, bytes_;
  void* memory_;
};

// Draws item i into its shared drawing and pixels; runs in the child.
using DrawItem = std::function<void(size_t i)>;

// Draws the items from `first` on in one child process, until all are drawn or the child ends: at a
// crash or a limit. Returns the number of items that it finished; if that is not the rest, the
// child ended at the next one with this wait status. Throws io if no process can be started.
struct ChildResult {
  size_t finished;
  int wait_status;
};
ChildResult draw_in_child(const DrawItem& draw, size_t first, const DrawingLimits& limits,
                          SharedDrawings& shared);

}  // namespace sightline::image
