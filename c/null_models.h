// Null models of a library, by which searches tell matches from chance.
#pragma once

#include <sightline/library.h>
#include <sightline/search.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sightline::c {

// The null model of the last judged search, kept until the collection or the templates change.
class NullModels {
 public:
  std::shared_ptr<const NullModel> of(const Library& library,
                                      const std::shared_ptr<const Collection>& collection,
                                      const Model& model, const std::vector<std::string>& templates,
                                      const char* cache);

 private:
  std::mutex mutex_;
  std::shared_ptr<const Collection> collection_;
  std::string fingerprint_;
  std::vector<std::string> templates_;
  std::shared_ptr<const NullModel> null_model_;
};

}  // namespace sightline::c
