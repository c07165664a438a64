#include "null_models.h"

#include <filesystem>
#include <optional>

namespace sightline::c {

std::shared_ptr<const NullModel> NullModels::of(const Library& library,
                                                const std::shared_ptr<const Collection>& collection,
                                                const Model& model,
                                                const std::vector<std::string>& templates,
                                                const char* cache) {
  const std::lock_guard lock(mutex_);  // also so that one thread estimates for all
  const std::string& fingerprint = model.info().fingerprint;
  if (!null_model_ || collection_ != collection || fingerprint_ != fingerprint ||
      templates_ != templates) {
    std::optional<std::filesystem::path> folder;
    if (cache != nullptr) folder = cache;
    null_model_ = std::make_shared<const NullModel>(
        library_null_model(library, *collection, model, templates, folder));
    collection_ = collection;
    fingerprint_ = fingerprint;
    templates_ = templates;
  }
  return null_model_;
}

}  // namespace sightline::c
