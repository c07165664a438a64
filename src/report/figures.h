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

Figure scores_figure(const ExperimentResult& result);      // score and accuracy of the models
Figure recall_figure(const ExperimentResult& result);      // R@1, R@5, R@10, both directions
Figure ranks_figure(const ExperimentResult& result);       // how many captions at which ranks
Figure similarity_figure(const ExperimentResult& result);  // histogram and density of own pairs
// Accuracy against the strength of noise; none where no noise was asked for.
std::optional<Figure> noise_figure(const ExperimentResult& result);

// All of them, drawn into `directory`.
std::vector<Figure> draw_figures(const ExperimentResult& result,
                                 const std::filesystem::path& directory);

// A script that draws the same into NAME.png and NAME.svg. `data`: gnuplot data blocks.
std::string script_for_both(const std::string& name, int width, int height, const std::string& data,
                            const std::string& drawing);

// A colour in gnuplot's quotes, distinguishable with any colour vision; repeats after eight.
std::string figure_color(size_t i);

}  // namespace sightline
