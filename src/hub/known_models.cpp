#include <sightline/hub.h>

namespace sightline {

const std::vector<KnownModel>& known_models() {
  static const std::vector<KnownModel> models = {
#include "hub/known_models.inc"
  };
  return models;
}

}  // namespace sightline
