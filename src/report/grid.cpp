// Draws image grids with Cairo and Pango.
#include <sightline/error.h>
#include <sightline/report.h>

#include <algorithm>
#include <optional>

#include "base/parallel.h"
#include "base/text.h"
#include "drawing/canvas.h"
#include "image/thumbnail.h"
#include "report/fonts.h"
#include "report/text.h"

namespace sightline {
namespace {

constexpr int kMargin = 20;       // outer margin
constexpr int kGap = 14;          // between images
constexpr int kTitleHeight = 58;  // two lines
constexpr int kLineHeight = 21;
constexpr int kCaptionLines = 3;
constexpr int kTextHeight = 8 + kLineHeight * (1 + kCaptionLines);
constexpr int kMaxSide = 16384;
constexpr size_t kMaxColumns = 8;  // fits a screen or a sheet of paper

void draw_frame(cairo_t* canvas, double x, double y, int side, bool right) {
  const double width = right ? 5 : 1, outward = right ? 3.5 : 0.5;
  if (right) {
    cairo_set_source_rgb(canvas, 0.0, 0.55, 0.35);
  } else {
    cairo_set_source_rgb(canvas, 0.82, 0.82, 0.82);
  }
  cairo_set_line_width(canvas, width);
  cairo_rectangle(canvas, x - outward, y - outward, side + 2 * outward, side + 2 * outward);
  cairo_stroke(canvas);
}

void draw_placeholder(cairo_t* canvas, const std::string& name, double x, double y, int cell) {
  constexpr int kNameLines = 4, kPadding = 6;
  cairo_set_source_rgb(canvas, 0.92, 0.92, 0.92);
  cairo_rectangle(canvas, x, y, cell, cell);
  cairo_fill(canvas);
  const double top = name.empty() ? y + cell / 2.0 - 10 : y + cell / 2.0 - 2 * kLineHeight;
  draw_text(canvas, "no image", x, top, cell, {"Sans Bold 14px", 0.35, 1});
  if (name.empty()) return;
  draw_text(canvas, plain_text(name), x + kPadding, top + kLineHeight + 2, cell - 2 * kPadding,
            {"Sans 13px", 0.35, kNameLines});
}

void draw_cell(cairo_t* canvas, const GridImage& entry, const std::optional<Image>& image,
               size_t rank, double x, double y, int cell) {
  if (image) {
    draw_image(canvas, *image, x + (cell - image->width) / 2, y + (cell - image->height) / 2);
  } else {
    draw_placeholder(canvas, entry.name, x, y, cell);
  }
  draw_frame(canvas, x, y, cell, entry.right);
  std::string figures = entry.label.empty()
                            ? std::to_string(rank) + ".  " + decimal(entry.similarity, 4)
                            : drawable_text(entry.label);
  if (entry.right) figures += "  ✓";
  draw_text(canvas, figures, x, y + cell + 8, cell, {"Sans Bold 15px", 0.1, 1});
  double top = y + cell + 8 + kLineHeight;
  if (!entry.note.empty()) {
    draw_text(canvas, drawable_text(entry.note), x, top, cell, {"Sans 13px", 0.4, 1});
    top += kLineHeight;
  }
  draw_text(canvas, drawable_text(entry.caption), x, top, cell,
            {"Sans 14px", 0.25, entry.note.empty() ? kCaptionLines : kCaptionLines - 1});
}

// Each query has a title, followed by rows of at most `columns` images.
struct Layout {
  size_t columns = 1;
  int width = 0, row_height = 0, height = 0;
  std::vector<int> tops;  // y coordinate of each query
};

size_t rows_of(size_t images, size_t columns) {
  return (images + columns - 1) / columns;
}

// The height of a query with its images.
int64_t query_height(int64_t images, int cell) {
  const auto rows =
      static_cast<int64_t>(rows_of(static_cast<size_t>(std::max<int64_t>(1, images)), kMaxColumns));
  return kTitleHeight + rows * (cell + kTextHeight + kGap);
}

// The number of queries with so many images that fit into a grid.
int64_t most_queries(int64_t images, int cell) {
  return (kMaxSide - 2 * kMargin + kGap) / query_height(images, cell);
}

[[noreturn]] void throw_too_large(int64_t queries, int64_t images, int cell) {
  const int64_t fit = most_queries(images, cell);
  throw Error(ErrorCode::limit_exceeded, "a grid of ", counted(queries, "query", "queries"),
              " with ", counted(images, "image"), " each is larger than ", kMaxSide,
              " pixels per side; ",
              fit > 0 ? message("at most ", counted(fit, "query fits", "queries fit"))
                      : std::string("ask for fewer images"));
}

Layout make_layout(std::span<const GridQuery> queries, const GridOptions& options) {
  if (queries.empty() || options.cell < 32 || options.cell > 1024) {
    throw Error(ErrorCode::invalid_argument,
                "a grid needs at least one query, and cells of 32 to 1024 pixels, found ",
                queries.size(), " queries, cells of ", options.cell);
  }
  size_t most = 1;
  for (const GridQuery& query : queries) most = std::max(most, query.images.size());
  Layout layout;
  const size_t rows = rows_of(most, kMaxColumns);
  layout.columns = rows_of(most, rows);  // balances the rows: ten images are 5 + 5
  const int shown = std::max(static_cast<int>(layout.columns), 2);  // minimum width for the title
  layout.width = 2 * kMargin + shown * options.cell + (shown - 1) * kGap;
  layout.row_height = options.cell + kTextHeight + kGap;
  int64_t height = kMargin;
  for (const GridQuery& query : queries) {
    layout.tops.push_back(static_cast<int>(std::min<int64_t>(height, kMaxSide)));
    const size_t own = std::max<size_t>(1, rows_of(query.images.size(), layout.columns));
    height += kTitleHeight + static_cast<int64_t>(own) * layout.row_height;
  }
  height += kMargin - kGap;
  if (layout.width > kMaxSide || height > kMaxSide)
    throw_too_large(static_cast<int64_t>(queries.size()), static_cast<int64_t>(most), options.cell);
  layout.height = static_cast<int>(height);
  return layout;
}

void draw_query(cairo_t* canvas, const GridQuery& query, const Layout& layout,
                const GridOptions& options, double top) {
  draw_text(canvas, drawable_text(query.title), kMargin, top, layout.width - 2 * kMargin,
            {"Sans Bold 19px", 0.05, 2, false});
  std::vector<std::optional<Image>> images(query.images.size());
  parallel_for(static_cast<int64_t>(images.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto at = static_cast<size_t>(i);
      images[at] =
          thumbnail(query.images[at].bytes, options.cell, options.orientation, options.limits);
    }
  });
  for (size_t i = 0; i < images.size(); ++i) {
    const double x = kMargin + static_cast<double>(i % layout.columns) * (options.cell + kGap);
    const double y =
        top + kTitleHeight + static_cast<double>(i / layout.columns) * layout.row_height;
    draw_cell(canvas, query.images[i], images[i], i + 1, x, y, options.cell);
  }
}

}  // namespace

void check_grid_size(int64_t queries, int64_t images, const GridOptions& options) {
  if (queries > most_queries(images, options.cell)) throw_too_large(queries, images, options.cell);
}

std::vector<uint8_t> render_grid(std::span<const GridQuery> queries, const GridOptions& options) {
  const Layout layout = make_layout(queries, options);
  const Surface surface = white_surface(layout.width, layout.height);
  const Canvas canvas(cairo_create(surface.get()));
  for (size_t q = 0; q < queries.size(); ++q) {
    draw_query(canvas.get(), queries[q], layout, options, layout.tops[q]);
  }
  return encode_canvas(canvas.get(), surface.get(), "the grid");
}

}  // namespace sightline
