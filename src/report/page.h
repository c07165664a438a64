// The one self-contained page.
#pragma once

#include <sightline/evaluation.h>

#include <span>
#include <string>
#include <vector>

namespace sightline {

// An image for the page, kept inside it.
struct PageImage {
  std::string type;         // "image/svg+xml", "image/png"
  std::string bytes;
  std::string caption;      // below it, and its alternative text
};

struct PageGrid {
  std::string query;
  std::string model;        // label
  PageImage image;
};

// HTML without any outside resource and without script. Everything that comes from data is escaped.
std::string results_page(const ExperimentResult& result, std::span<const PageImage> figures,
                         std::span<const PageGrid> grids);

}  // namespace sightline
