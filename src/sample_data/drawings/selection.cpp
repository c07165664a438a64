#include "sample_data/drawings/selection.h"

#include <map>
#include <utility>

#include "base/text.h"

namespace sightline {
namespace {

constexpr std::string_view kLeftOut[] = {"shapes/",
                                         "buttons/",
                                         "logos/",
                                         "computer/icons/",
                                         "computer/buttons/",
                                         "computer/diagrams/",
                                         "special/",
                                         "unsorted/duplicates/",
                                         "signs_and_symbols/led/",
                                         "recreation/games/cards/",
                                         "signs_and_symbols/flags/semaphore/"};

}  // namespace

bool is_public_domain(std::string_view licence) {
  return lower(licence).find("publicdomain") != std::string::npos;
}

std::span<const std::string_view> left_out_folders() {
  return kLeftOut;
}

std::string_view left_out_folder(std::string_view path) {
  for (const std::string_view folder : kLeftOut) {
    if (path.starts_with(folder)) return folder;
  }
  return {};
}

std::vector<bool> keep_short_series(std::span<const Drawing> drawings,
                                    std::span<const std::string> captions, int most) {
  std::map<std::pair<std::string, std::string>, int> series;
  std::vector<bool> kept;
  for (size_t i = 0; i < drawings.size(); ++i) {
    kept.push_back(++series[{captions[i], drawings[i].creator}] <= most);
  }
  return kept;
}

}  // namespace sightline
