#include "sample_data/icons/icon_source.h"

namespace sightline {

Json source_columns(const IconSet& set, const std::string& icon) {
  return {{"creator", set.info().author}, {"licence", set.info().licence}, {"source", icon}};
}

Json package_json(const IconSet& set) {
  const IconSetInfo& info = set.info();
  return {{"name", info.package},    {"version", info.version},
          {"author", info.author},   {"author_url", info.author_url},
          {"licence", info.licence}, {"licence_url", info.licence_url}};
}

}  // namespace sightline
