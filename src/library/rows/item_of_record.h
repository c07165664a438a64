// Items of a catalogue as hits show them and as filters see them.
#pragma once

#include <sightline/vectors.h>

#include <span>

#include "library/catalogue/catalogue.h"
#include "library/sources.h"
#include "search/filter/filter_matcher.h"

namespace sightline::library {

// The item of a record with its id, data set and split; fields as the columns of the record say:
// "date", "camera", "lens", "latitude", "longitude", "rating", "title", "size".
VectorItem item_of_record(const ItemRecord& record, std::span<const DatasetSource> sources);

// Parts of an item that are not in its record.
struct ItemParts {
  bool fields = false;  // other columns of a data set
  bool tags = false;
  bool size = false;  // of the image
  bool operator==(const ItemParts&) const = default;
};
inline ItemParts operator|(const ItemParts& a, const ItemParts& b) {
  return {a.fields || b.fields, a.tags || b.tags, a.size || b.size};
}

// The same with the tags and the size of the image, if `parts` has them.
VectorItem item_with(Catalogue& catalogue, ItemRecord record, const ItemParts& parts,
                     std::span<const DatasetSource> sources);

// The same with all that the catalogue knows: captions, tags, and the size of the image.
VectorItem whole_item(Catalogue& catalogue, ItemRecord record,
                      std::span<const DatasetSource> sources);

// The item of a content: that of its first path, with everything that the catalogue knows; further
// items with the same image are its copies, and their captions are added. With `matcher`, only of
// the items that it matches.
VectorItem item_of_content(Catalogue& catalogue, int64_t content,
                           std::span<const DatasetSource> sources,
                           const filter::FilterMatcher* matcher = nullptr);

}  // namespace sightline::library
