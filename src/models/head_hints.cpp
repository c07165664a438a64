#include "models/head_hints.h"

#include <algorithm>

namespace sightline {
namespace {

// Widths of one head: 64 nearly everywhere; 80 in ViT-H, 88 in ViT-g, 104 in ViT-bigG.
// Source: mlfoundations/open_clip src/open_clip/model_configs.
constexpr int64_t kHeadWidths[] = {64, 80, 88, 104};
constexpr int64_t kLeastWidth = 128;

}  // namespace

void add_head_warning(const char* tower, int64_t width, int64_t heads, const std::string& where,
                      std::vector<std::string>& warnings) {
  if (width < kLeastWidth || heads < 1) return;
  if (std::find(std::begin(kHeadWidths), std::end(kHeadWidths), width / heads) !=
      std::end(kHeadWidths))
    return;
  warnings.push_back("'" + where + "': the config gives the " + tower + " tower of width " +
                     std::to_string(width) + " " + std::to_string(heads) + " heads of " +
                     std::to_string(width / heads) +
                     ", which no published model has (64, 80, 88 or 104); the weights cannot tell, "
                     "and a wrong number of heads gives wrong vectors");
}

}  // namespace sightline
