// The one self-contained page.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace sightline {

// A figure for the page, kept inside it.
struct PageImage {
  std::string name;  // Figure::name: where on the page it stands
  std::string type;  // "image/svg+xml", "image/png"
  std::string bytes;
  std::string caption;  // below it, and its alternative text
};

// JPEG thumbnails by index into the rows. A row without one shows a grey field.
using PageImages = std::map<int64_t, std::string>;

// HTML without any outside resource and without script. Everything that comes from data is escaped.
std::string results_page(const ExperimentResult& result, std::span<const PageImage> figures,
                         const PageImages& images);

}  // namespace sightline
