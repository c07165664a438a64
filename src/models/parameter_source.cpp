#include "models/parameter_source.h"

#include <sightline/error.h>

namespace sightline {

void CheckpointSource::finish() const {
  constexpr int kNamed = 5;
  std::string names;
  int extra = 0;
  for (const auto& [name, entry] : checkpoint_.entries()) {
    if (used_.contains(name)) continue;
    if (extra++ < kNamed) names += (names.empty() ? "'" : ", '") + name + "' " + shape_text(entry->shape);
  }
  if (extra == 0) return;
  if (extra > kNamed) names += " and " + std::to_string(extra - kNamed) + " more";
  throw Error(ErrorCode::invalid_data, "the weights in '" + checkpoint_.where() + "' have " +
                                           (extra == 1 ? "a tensor" : std::to_string(extra) + " tensors") +
                                           " that this model does not have: " + names);
}

}  // namespace sightline
