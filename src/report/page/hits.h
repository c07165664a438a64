// Images on the page: hits of queries, each with similarity, id and caption.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <string>

#include "report/page/page.h"

namespace sightline {

inline constexpr size_t kMaxPageHits = 10;  // per query; page.css has rows for as many

struct HitText {
  std::string head;    // "1.  0.312"
  bool right = false;  // relevant and among the hits: a green frame and a tick
  std::string note;    // after the head: "own image"; may be empty
};

// An image of the page. `number`: its index in PageImages.
struct HitImage {
  int64_t number = 0;
  std::string id;
  std::string caption;  // may be empty
};

// A list item with an image. Without a thumbnail, its id takes the place of the image.
std::string hit_html(const HitImage& image, const PageImages& images, const HitText& text);
// The same for the image of a row.
std::string hit_html(const ExperimentResult& result, const PageImages& images, int64_t row,
                     const HitText& text);

// "1.  0.312" for index 0.
std::string hit_head(size_t index, double similarity);

}  // namespace sightline
