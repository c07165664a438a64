// The collections of a library that were opened, by model.
#pragma once

#include <sightline/search.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace sightline::library {

// Not thread-safe.
class CollectionCache {
 public:
  // Returns the collection of a model at this version of the catalogue. Calls open() if it is not
  // there; if that throws, nothing is kept.
  template <typename Open>
  std::shared_ptr<const Collection> get(const std::string& model, int64_t version,
                                        const Open& open) {
    const auto known = opened_.find(model);
    if (known != opened_.end() && known->second.version == version) return known->second.collection;
    if (known != opened_.end()) opened_.erase(known);  // frees the former state first
    std::shared_ptr<const Collection> collection = open();
    opened_[model] = {version, collection};
    return collection;
  }

  // Forgets the collection of a model unless keep(collection).
  template <typename Keep>
  void drop_unless(const std::string& model, const Keep& keep) {
    const auto known = opened_.find(model);
    if (known != opened_.end() && !keep(*known->second.collection)) opened_.erase(known);
  }

  void clear() { opened_.clear(); }
  size_t size() const { return opened_.size(); }

 private:
  struct Opened {
    int64_t version = 0;
    std::shared_ptr<const Collection> collection;
  };
  std::map<std::string, Opened> opened_;
};

}  // namespace sightline::library
