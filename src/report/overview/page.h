// The page of a report of several data sets.
#pragma once

#include <sightline/overview.h>
#include <sightline/report.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "report/page/page.h"

namespace sightline {

// The images of the page, numbered in the order of their importance: the best hits of all models
// and queries before the next.
class OverviewImages {
 public:
  explicit OverviewImages(const std::vector<ModelSearch>& searches);

  const std::vector<VectorItem>& items() const { return items_; }
  int64_t number(const VectorItem& item) const;  // -1: not on the page

 private:
  // Data set, split and id: ids are unique within a split only.
  using Key = std::tuple<std::string, std::string, std::string>;

  std::vector<VectorItem> items_;
  std::map<Key, int64_t> numbers_;
};

// Returns HTML without external resources, which can be read without JavaScript. `thumbnails`: by
// number in `images`.
std::string overview_page(const Overview& overview, const RunInfo& run,
                          const OverviewImages& images, const PageImages& thumbnails);

}  // namespace sightline
