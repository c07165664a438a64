// Writers that convert_dataset() uses, one for each format.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>

namespace sightline {

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void add(const Row& row) = 0;
  virtual void finish() = 0;
};

// Create a sink. `columns` are those of the data set that is converted. Each throws
// invalid_argument instead of overwriting existing files.
std::unique_ptr<Sink> imagefolder_sink(const std::filesystem::path& to,
                                       const DatasetColumns& columns);
std::unique_ptr<Sink> parquet_sink(const std::filesystem::path& to, const DatasetColumns& columns);
std::unique_ptr<Sink> coco_sink(const std::filesystem::path& to);
std::unique_ptr<Sink> csv_sink(const std::filesystem::path& to, const DatasetColumns& columns);
std::unique_ptr<Sink> webdataset_sink(const std::filesystem::path& to);

// Returns whether the text column is written as lists. A data set without captions has empty lists.
inline bool wants_lists(const DatasetColumns& columns) {
  return columns.list_captions || columns.text.empty();
}

// Returns the id to write: the column "id", in which an earlier conversion kept it, or else
// Row::id.
const std::string& output_id(const Row& row);

// Detects the image format from the first bytes and returns its extension (".jpg" …), or ".bin" if
// it is unknown.
const char* extension_of(const std::vector<uint8_t>& bytes);

// Returns the extension of the row's image in a shard: by its first bytes, else as in the row's id,
// else ".img". The reader recognizes all of them as images.
std::string shard_extension(const Row& row);

// Throws invalid_argument unless the path is an empty folder or does not exist.
void require_new_folder(const std::filesystem::path& folder);

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

}  // namespace sightline
