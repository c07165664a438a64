// Tables in JSON: a list of objects, one object per line, or an object that maps image files to
// captions.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "data/records.h"

namespace sightline {

// object: one object on one line, which is one record unless its format is another.
enum class JsonTable { list, lines, dictionary, object };

// Detects the kind of a JSON table from its first bytes. Throws not_found, io.
JsonTable json_table_kind(const std::filesystem::path& file);

// Columns of the records of a dictionary.
inline constexpr char kDictionaryImage[] = "image", kDictionaryCaption[] = "caption";

// Reads the records. `visit` returns false to stop. Records of a dictionary are {"image",
// "caption"} for {"a.jpg": "a caption"}, one for each caption of {"a.jpg": ["one", "two"]}, and
// {"image", …} with the members of the object for {"a.jpg": {…}}. Throws what read_json_pieces()
// throws.
void read_json_table(const std::filesystem::path& file, const std::function<bool(Record&)>& visit);

}  // namespace sightline
