// A set of icons in the files of an @iconify-json package.
//   icons.json     "icons": {NAME: {"body": SVG content, …}}, "aliases"; sizes of the view box
//   info.json      author and licence
//   chars.json     optional: {"1f469-200d-1f680": NAME}, for sets of emoji
//   metadata.json  optional: "categories": {CATEGORY: [NAME, …]}
//   package.json   optional: name and version
// Source: https://iconify.design/docs/types/iconify-json.html
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace sightline {

struct Icon {
  std::string body;
  double left = 0, top = 0, width = 16, height = 16;  // of the view box
  bool hidden = false;                                // removed from later versions of the set
};

// Another name of an icon, whose image may be transformed: mirrored, then turned.
struct IconAlias {
  std::string parent;  // an icon or an alias
  bool mirror_x = false, mirror_y = false;
  int quarter_turns = 0;  // clockwise, 0 … 3
};

struct IconSetInfo {
  std::string package;  // "@iconify-json/twemoji"; the prefix of the icons without package.json
  std::string version;  // empty without package.json
  std::string author, author_url;
  std::string licence, licence_url;  // the SPDX identifier, or the title if there is none
};

class IconSet {
 public:
  // Throws not_found (no icons.json, no info.json), invalid_data (naming the file and what was
  // expected), limit_exceeded, io.
  explicit IconSet(const std::filesystem::path& folder);

  const IconSetInfo& info() const { return info_; }
  // By name.
  const std::map<std::string, Icon>& icons() const { return icons_; }
  const std::map<std::string, IconAlias>& aliases() const { return aliases_; }
  // Names of icons or aliases by code points, as in the file: "1f469-200d-1f680".
  const std::map<std::string, std::string>& chars() const { return chars_; }
  // The categories of an icon, in the file's order; they may be none.
  std::vector<std::string> categories(const std::string& name) const;

  // Returns the name of the icon that an icon or alias shows; empty if there is none, or its
  // aliases form a chain of more than 8.
  std::string icon_of(const std::string& name) const;
  // Returns an SVG document of the icon or alias, black where the icon has no colour of its own;
  // nothing if icon_of() is empty.
  std::optional<std::string> svg(const std::string& name) const;

  // The files that were read, for fingerprints.
  const std::vector<std::filesystem::path>& files() const { return files_; }

 private:
  nlohmann::json read(const std::filesystem::path& file, bool required);
  void read_icons(const nlohmann::json& root, const std::string& file);
  std::vector<const IconAlias*> alias_chain(const std::string& name) const;
  void read_info(const nlohmann::json& info, const std::string& file);

  IconSetInfo info_;
  std::map<std::string, Icon> icons_;
  std::map<std::string, IconAlias> aliases_;
  std::map<std::string, std::string> chars_;
  std::map<std::string, std::vector<std::string>> categories_;
  std::vector<std::filesystem::path> files_;
};

}  // namespace sightline
