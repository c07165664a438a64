// Draws SVG files as the images of the data set.
#pragma once

#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "sample_data/drawings/drawing.h"
#include "sample_data/near_duplicates.h"

namespace sightline {

struct RenderedDrawing {
  enum class Status { drawn, failed, blank };
  Status status = Status::failed;
  std::vector<uint8_t> png;  // 224 x 224 pixels, if drawn
  Thumbnail thumbnail{};
};

// Draws files below `folder` with librsvg (image/draw_svg.h), on all cores. A file that librsvg
// cannot draw has failed; a drawing is blank if shows_something() is false. Throws io, cancelled.
std::vector<RenderedDrawing> render_drawings(const std::filesystem::path& folder,
                                             std::span<const Drawing> drawings,
                                             const ProgressFn& progress);

}  // namespace sightline
