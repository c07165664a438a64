// The library that a server serves, with the models that encode queries.
#pragma once

#include <sightline/library.h>
#include <sightline/model.h>
#include <sightline/server.h>
#include <sightline/significance.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/null_models.h"
#include "server/shown_paths.h"

namespace sightline::server {

// The state of a library at one moment, for one of its models.
struct LibraryView {
  std::shared_ptr<const Collection> collection;
  std::shared_ptr<const Model> model;  // both towers
  LibraryModel about;                  // without counts
  std::shared_ptr<const ShownPaths> paths;
};

// Thread-safe.
class ServedLibrary {
 public:
  // Loads the model of `options`. Throws what Library and Model::load throw.
  explicit ServedLibrary(const ServerOptions& options);

  const Library& library() const { return library_; }

  // The present state for the model with this name, spec or fingerprint; "": the default one. Loads
  // the model at its first use. Throws not_found and what Model::load throws.
  LibraryView view(const std::string& model = "");
  // The null model of a view, if it has been estimated; otherwise nothing, and it will be.
  std::shared_ptr<const NullModel> null_model(const LibraryView& view,
                                              const std::vector<std::string>& templates);

  // The paths of the state that was viewed last. Does not block.
  std::shared_ptr<const ShownPaths> last_paths() const;

  // Whether the model with this fingerprint is in memory.
  bool is_loaded(const std::string& fingerprint) const;
  // Loads a model of the library anew, to encode images: not packed lazily, without the text tower.
  Model load_for_indexing(const LibraryModel& model) const;

 private:
  std::shared_ptr<const Model> loaded(const LibraryModel& about, const Collection& collection);
  std::shared_ptr<const ShownPaths> shown_paths(const LibraryView& view);

  const ServerOptions& options_;
  Library library_;
  mutable std::mutex mutex_;                                    // of the members below
  std::map<std::string, std::shared_ptr<const Model>> models_;  // by fingerprint
  struct PathsOf {
    std::weak_ptr<const Collection> collection;
    std::shared_ptr<const ShownPaths> paths;
  };
  std::map<std::string, PathsOf> paths_;  // by fingerprint
  std::shared_ptr<const ShownPaths> last_paths_;
  std::mutex loading_;
  NullModels null_models_;
};

}  // namespace sightline::server
