// The figures of an experiment, as PNG and SVG.
#pragma once

#include <sightline/experiment.h>
#include <sightline/progress.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct Figure {
  std::string name;     // base name of the files: NAME.png, NAME.svg, NAME.gp
  std::string caption;  // caption on the HTML page
  std::string script;   // gnuplot script
};

// Draws all figures into `directory`. Throws unsupported (no gnuplot), io, internal; what
// `progress` throws.
std::vector<Figure> draw_figures(const ExperimentResult& result,
                                 const std::filesystem::path& directory,
                                 const ProgressFn& progress = {});

}  // namespace sightline
