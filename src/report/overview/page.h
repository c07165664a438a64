// The page of a report of several data sets.
#pragma once

#include <sightline/overview.h>
#include <sightline/report.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "report/page/page.h"

namespace sightline {

// The hard cases of a data set that the page shows.
inline constexpr size_t kShownHard = 24;

// The images of the page, numbered in the order of their importance: the best hits of all models
// and queries before the next, then those of hard cases.
class OverviewImages {
 public:
  explicit OverviewImages(const Overview& overview);

  const std::vector<VectorItem>& items() const { return items_; }
  int64_t number(const VectorItem& item) const;  // -1: not on the page

  // Images of hard cases are read from the splits that were evaluated, hits from all splits: the
  // split of a row can depend on that. Items from first_hard() on are those of hard cases.
  int64_t first_hard() const { return first_hard_; }
  int64_t hard_number(const std::string& dataset, const std::string& split,
                      const std::string& id) const;  // -1: not on the page

 private:
  // Data set, split and id: ids are unique within a split only.
  using Key = std::tuple<std::string, std::string, std::string>;

  void add_hard(const std::string& dataset, const std::string& split, const std::string& id,
                const std::string& caption);

  std::vector<VectorItem> items_;
  std::map<Key, int64_t> numbers_, hard_numbers_;
  int64_t first_hard_ = 0;
};

// Returns HTML without external resources, which can be read without JavaScript. `thumbnails`: by
// number in `images`.
std::string overview_page(const Overview& overview, const RunInfo& run,
                          const OverviewImages& images, const PageImages& thumbnails,
                          std::span<const PageImage> figures = {});

}  // namespace sightline
