#include "server/served_library.h"

namespace sightline::server {

ServedLibrary::ServedLibrary(const ServerOptions& options)
    : options_(options),
      library_(options.library, {.hide_folders = !options.show_paths}),
      null_models_(library_, options.cache) {
  null_model(view(), {});
}

LibraryView ServedLibrary::view(const std::string& model) {
  const std::string& name = model.empty() ? options_.model : model;
  LibraryView view;
  do {  // until both are of one model, if the active one changes meanwhile
    view.about = library_.model(name);
    view.collection = library_.collection(name);
  } while (view.collection->provenance()->fingerprint != view.about.provenance.fingerprint);
  view.model = loaded(view.about, *view.collection);
  view.paths = shown_paths(view);
  return view;
}

std::shared_ptr<const NullModel> ServedLibrary::null_model(
    const LibraryView& view, const std::vector<std::string>& templates) {
  return null_models_.find(view.collection, view.model, templates);
}

bool ServedLibrary::is_loaded(const std::string& fingerprint) const {
  const std::lock_guard lock(mutex_);
  return models_.contains(fingerprint);
}

std::shared_ptr<const Model> ServedLibrary::loaded(const LibraryModel& about,
                                                   const Collection& collection) {
  const std::string& fingerprint = about.provenance.fingerprint;
  const std::lock_guard one_at_a_time(loading_);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = models_.find(fingerprint); known != models_.end()) return known->second;
  }
  ModelOptions settings = query_model_options(collection, options_.model_options);
  settings.lazy_packing = false;  // the same query has the same similarities at any time
  const std::string path = options_.locate_model ? options_.locate_model(about) : about.spec;
  auto model = std::make_shared<const Model>(Model::load(path, settings));
  const std::lock_guard lock(mutex_);
  return models_[fingerprint] = std::move(model);
}

Model ServedLibrary::load_for_indexing(const LibraryModel& about) const {
  ModelOptions settings = options_.model_options;
  settings.load_text_tower = false;
  const std::string path = options_.locate_model ? options_.locate_model(about) : about.spec;
  return Model::load(path, model_options_of(about, settings));
}

std::shared_ptr<const ShownPaths> ServedLibrary::shown_paths(const LibraryView& view) {
  const std::lock_guard lock(mutex_);
  PathsOf& known = paths_[view.about.provenance.fingerprint];
  if (known.collection.lock() != view.collection) {
    known = {view.collection,
             std::make_shared<const ShownPaths>(library_.info(), options_.show_paths)};
  }
  return last_paths_ = known.paths;
}

std::shared_ptr<const ShownPaths> ServedLibrary::last_paths() const {
  const std::lock_guard lock(mutex_);
  return last_paths_;
}

}  // namespace sightline::server
