// The self-contained HTML page of a report.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace sightline {

// A figure that is embedded in the page.
struct PageImage {
  std::string name;  // Figure::name; determines the section
  std::string type;  // "image/svg+xml", "image/png"
  std::string bytes;
  std::string caption;  // shown below the figure; also its alt text
};

// Row index -> JPEG thumbnail. A row without a thumbnail is shown as a grey placeholder.
using PageImages = std::map<int64_t, std::string>;

// Returns HTML without external resources and without scripts. All text from data is escaped.
std::string results_page(const ExperimentResult& result, std::span<const PageImage> figures,
                         const PageImages& images);

}  // namespace sightline
