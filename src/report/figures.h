// The figures of an experiment, as PNG and SVG.
#pragma once

#include <sightline/experiment.h>

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

Figure scores_figure(const ExperimentResult& result);  // score and accuracy of each model
Figure recall_figure(const ExperimentResult& result);  // R@1, R@5, R@10, both directions
Figure ranks_figure(const ExperimentResult& result);   // histogram of the ranks of captions
Figure similarity_figure(
    const ExperimentResult&
        result);  // histogram and density of each caption's similarity with its own image
// Accuracy against the strength of noise; no figure if no noise was requested.
std::optional<Figure> noise_figure(const ExperimentResult& result);

// Draws all figures into `directory`. Throws unsupported (no gnuplot), io, internal.
std::vector<Figure> draw_figures(const ExperimentResult& result,
                                 const std::filesystem::path& directory);

// Returns a script that draws NAME.png and NAME.svg. `data`: gnuplot data blocks; `drawing`: the
// plot commands. Width and height are in pixels.
std::string script_for_both(const std::string& name, int width, int height, const std::string& data,
                            const std::string& drawing);

// The i-th color, in gnuplot quotes. Colors are color-blind safe and repeat after eight.
std::string figure_color(size_t i);

}  // namespace sightline
