#include "sample_data/drawings/render_drawings.h"

#include <sightline/error.h>

#include "base/file.h"
#include "image/draw_svg.h"
#include "image/write_png.h"
#include "sample_data/drawings/package.h"

namespace sightline {
namespace {

RenderedDrawing render(const std::filesystem::path& file) {
  RenderedDrawing drawing;
  const MappedFile document(file);
  Image image;
  try {
    image = image::draw_svg(document.bytes(), file.string());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data && error.code() != ErrorCode::limit_exceeded) {
      throw;
    }
    return drawing;
  }
  if (!shows_something(image)) {
    drawing.status = RenderedDrawing::Status::blank;
    return drawing;
  }
  drawing.status = RenderedDrawing::Status::drawn;
  drawing.thumbnail = make_thumbnail(image);
  drawing.png = encode_png(image);
  return drawing;
}

}  // namespace

std::vector<RenderedDrawing> render_drawings(const std::filesystem::path& folder,
                                             std::span<const Drawing> drawings,
                                             const ProgressFn& progress) {
  std::vector<RenderedDrawing> rendered(drawings.size());
  for_each_drawing(drawings.size(), "drawing", progress,
                   [&](size_t i) { rendered[i] = render(folder / drawings[i].path); });
  return rendered;
}

}  // namespace sightline
