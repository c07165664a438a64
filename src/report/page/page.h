// The self-contained HTML page of a report.
#pragma once

#include <sightline/experiment.h>
#include <sightline/report.h>

#include <cstdint>
#include <map>
#include <optional>
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

// The thumbnails of the page. A row without one is shown by its id.
struct PageImages {
  std::map<int64_t, std::string> jpegs;  // by row index
  int64_t over_limit = 0;                // omitted: the limit of their bytes was reached
  int64_t unreadable = 0;                // omitted: missing in the data set, or not decoded
};

// Returns HTML without external resources. Tables, figures, queries and examples can be read
// without JavaScript; the tables of captions and of the breakdown need it. All text from data is
// escaped.
std::string results_page(const ExperimentResult& result, const RunInfo& run,
                         std::span<const PageImage> figures, const PageImages& images,
                         const std::optional<Deployment>& deployment = {});

}  // namespace sightline
