// The report's folder.
#include <sightline/error.h>
#include <sightline/report.h>

#include <algorithm>
#include <regex>

#include "base/file.h"
#include "report/figures.h"
#include "report/page.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw Error(ErrorCode::io, "cannot make the folder '" + path.string() + "': " + error.message());
}

// "query-3-model-1.png", and nothing else: a report's folder may hold files that are not ours.
bool is_grid(const std::string& name) {
  static const std::regex pattern("query-[0-9]+-model-[0-9]+\\.png");
  return std::regex_match(name, pattern);
}

// Grids of an earlier report would otherwise stay beside those of this one.
void clear_old_grids(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> old;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    if (is_grid(at->path().filename().string())) old.push_back(at->path());
  }
  for (const auto& file : old) fs::remove(file, error);
}

std::vector<PageImage> make_figures(const ExperimentResult& result, const fs::path& folder) {
  make_folder(folder);
  std::vector<PageImage> images;
  for (const Figure& figure : draw_figures(result, folder)) {
    images.push_back({"image/svg+xml", read_text_file(folder / (figure.name + ".svg")), figure.caption});
  }
  return images;
}

GridQuery grid_of(const ExperimentResult& result, const FreeQuery& query, const std::string& title,
                  const std::map<int64_t, std::vector<uint8_t>>& pictures) {
  GridQuery grid;
  grid.title = title;
  for (const Hit& hit : query.hits) {
    const ExperimentRow& row = result.rows[static_cast<size_t>(hit.index)];
    GridPicture picture;
    if (const auto at = pictures.find(hit.index); at != pictures.end()) picture.bytes = at->second;
    picture.similarity = hit.similarity;
    picture.caption = row.captions.empty() ? row.id : row.captions[0];
    picture.right = std::ranges::find(row.captions, query.text) != row.captions.end();
    grid.pictures.push_back(std::move(picture));
  }
  return grid;
}

std::vector<PageGrid> make_grids(const ExperimentResult& result, const EvaluationInput& input,
                                 const fs::path& folder) {
  std::vector<PageGrid> grids;
  std::vector<int64_t> wanted;
  for (const ModelResult& model : result.models) {
    for (const FreeQuery& query : model.queries) {
      for (const Hit& hit : query.hits) wanted.push_back(hit.index);
    }
  }
  clear_old_grids(folder);
  if (wanted.empty()) return grids;
  make_folder(folder);
  const auto pictures = read_pictures(input, result.rows, wanted);
  for (size_t q = 0; q < result.models[0].queries.size(); ++q) {
    for (size_t m = 0; m < result.models.size(); ++m) {
      const ModelResult& model = result.models[m];
      const FreeQuery& query = model.queries[q];
      const GridQuery grid = grid_of(result, query, "“" + query.text + "”   " + model.label, pictures);
      const std::vector<uint8_t> png = render_grid({&grid, 1});
      const std::string name = "query-" + std::to_string(q + 1) + "-model-" + std::to_string(m + 1) + ".png";
      write_file_atomic(folder / name, std::span<const uint8_t>(png));
      grids.push_back({query.text, model.label,
                       {"image/png", std::string(png.begin(), png.end()),
                        model.label + ": the top " + std::to_string(query.hits.size()) + " pictures for “" + query.text + "”"}});
    }
  }
  return grids;
}

}  // namespace

void write_report(const ExperimentResult& result, const EvaluationInput& input,
                  const ReportOptions& options) {
  if (result.models.empty()) {
    throw Error(ErrorCode::invalid_argument, "a report needs the result of at least one model");
  }
  make_folder(options.directory);
  // Figures for machines first: they are there even where drawing fails.
  write_file_atomic(options.directory / "results.json", results_json(result));
  if (options.ranks) write_file_atomic(options.directory / "ranks.jsonl", ranks_jsonl(result));
  std::vector<PageImage> figures;
  if (options.figures) figures = make_figures(result, options.directory / "figures");
  const std::vector<PageGrid> grids = make_grids(result, input, options.directory / "grids");
  write_file_atomic(options.directory / "index.html", results_page(result, figures, grids));
}

}  // namespace sightline
