#include "sample_data/drawings/selection.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "sample_data/drawings/word_lists.h"
#include "sample_data/drawings/words.h"

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

bool is_for_everyone(const Drawing& drawing) {
  std::string texts = drawing.title;
  for (const auto& keyword : drawing.keywords) texts += ' ' + keyword;
  const Words words = split_words(texts);
  return std::none_of(words.begin(), words.end(),
                      [](const auto& word) { return contains(kNotForEveryone, word); });
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
