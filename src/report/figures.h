// The figures of an experiment, as PNG and SVG.
#pragma once

#include <sightline/experiment.h>
#include <sightline/progress.h>

#include <filesystem>
#include <string>
#include <vector>

#include "report/page/page.h"

namespace sightline {

struct Figure {
  std::string name;     // base name of the files: NAME.png, NAME.svg, NAME.gp
  std::string caption;  // caption on the HTML page
  std::string script;   // gnuplot script
};

// The figures of an experiment.
std::vector<Figure> figures_of(const ExperimentResult& result);

// Draws figures into `directory`, which is created, and returns them for a page. Throws unsupported
// (no gnuplot), io, internal; what `progress` throws.
std::vector<PageImage> draw_figures(const std::vector<Figure>& figures,
                                    const std::filesystem::path& directory,
                                    const ProgressFn& progress = {});

}  // namespace sightline
