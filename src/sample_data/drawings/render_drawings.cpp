#include "sample_data/drawings/render_drawings.h"

#include "base/file.h"
#include "base/path_id.h"
#include "image/draw_svg.h"
#include "image/write_png.h"
#include "sample_data/batches.h"

namespace sightline {
namespace {

RenderedDrawing finish(const image::DrawnSvg& drawn) {
  RenderedDrawing drawing;
  if (drawn.error) return drawing;
  if (!shows_something(drawn.image)) {
    drawing.status = RenderedDrawing::Status::blank;
    return drawing;
  }
  drawing.status = RenderedDrawing::Status::drawn;
  drawing.thumbnail = make_thumbnail(drawn.image);
  drawing.png = encode_png(drawn.image);
  return drawing;
}

void render(const std::filesystem::path& folder, std::span<const Drawing> drawings,
            std::span<RenderedDrawing> rendered) {
  std::vector<MappedFile> files;
  std::vector<image::SvgDocument> documents;
  for (const auto& drawing : drawings) {
    const auto path = folder / path_of_id(drawing.path);
    documents.push_back({files.emplace_back(path).bytes(), path.string()});
  }
  const auto drawn = image::draw_svg(documents);
  for (size_t i = 0; i < drawings.size(); ++i) rendered[i] = finish(drawn[i]);
}

}  // namespace

std::vector<RenderedDrawing> render_drawings(const std::filesystem::path& folder,
                                             std::span<const Drawing> drawings,
                                             const ProgressFn& progress) {
  std::vector<RenderedDrawing> rendered(drawings.size());
  for_each_batch(drawings.size(), "drawing", progress, [&](size_t begin, size_t end) {
    render(folder, drawings.subspan(begin, end - begin),
           std::span(rendered).subspan(begin, end - begin));
  });
  return rendered;
}

}  // namespace sightline
