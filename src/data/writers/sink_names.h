// File names for rows that are written.
#pragma once

#include <sightline/dataset.h>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace sightline {

// Derives unique file names from row ids. Ids are untrusted: the names are relative, without ".."
// and without control characters, and no name is a folder of another.
class UniqueNames {
 public:
  // Returns "a/b.jpg" for the id "a/b.jpg", and for the id "a/b" with the extension ".jpg".
  std::string file_name(const std::string& id, const std::string& extension);
  // Returns a name without the extension and without dots in the last part.
  std::string key(const std::string& id);

 private:
  std::string take(const std::string& stem, const std::string& extension);
  bool is_taken(const std::string& name) const;
  std::set<std::string> files_, folders_;
};

// Returns the id to write: the column "id", in which an earlier conversion kept it, or else
// Row::id.
const std::string& output_id(const Row& row);

// Detects the image format from the first bytes and returns its extension (".jpg" …), or ".bin" if
// it is unknown.
const char* extension_of(const std::vector<uint8_t>& bytes);

// Returns the extension of the row's image in a shard: by its first bytes, else as in the row's id,
// else ".img". The reader recognizes all of them as images.
std::string shard_extension(const Row& row);

}  // namespace sightline
