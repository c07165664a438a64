// The experiment's figures, each as PNG and SVG.
#pragma once

#include <sightline/experiment.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct Figure {
  std::string name;     // of the files: NAME.png, NAME.svg, NAME.gp
  std::string caption;  // a sentence for the page
  std::string script;   // gnuplot
};

// All of them, drawn into `directory`.
std::vector<Figure> draw_figures(const ExperimentResult& result,
                                 const std::filesystem::path& directory);

}  // namespace sightline
