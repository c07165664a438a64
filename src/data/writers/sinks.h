// What convert_dataset writes to: one class a form.
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

// `columns`: of the data set that is converted. Each throws invalid_argument where something is at
// `to` already.
std::unique_ptr<Sink> imagefolder_sink(const std::filesystem::path& to,
                                       const DatasetColumns& columns);
std::unique_ptr<Sink> parquet_sink(const std::filesystem::path& to, const DatasetColumns& columns);
std::unique_ptr<Sink> coco_sink(const std::filesystem::path& to);
std::unique_ptr<Sink> csv_sink(const std::filesystem::path& to, const DatasetColumns& columns);
std::unique_ptr<Sink> webdataset_sink(const std::filesystem::path& to);

// Whether the text column is written as lists: a data set without captions has empty ones.
inline bool wants_lists(const DatasetColumns& columns) {
  return columns.list_captions || columns.text.empty();
}

// The id to write: the one that an earlier conversion kept in the column "id", else the row's.
const std::string& kept_id(const Row& row);

// ".jpg" and the like by the first bytes, ".bin" for what is none of ours.
const char* extension_of(const std::vector<uint8_t>& bytes);

// The same for a shard: by the bytes, else by the row's id, else ".img"; all of them are read as
// images.
std::string shard_extension(const Row& row);

// Throws invalid_argument unless it is an empty folder or nothing.
void require_new_folder(const std::filesystem::path& folder);

// File names out of ids, no two alike. Ids come from data of others: what a name gets is relative,
// without "..", without control characters, and no name is another one's folder.
class UniqueNames {
 public:
  // "a/b.jpg" for the id "a/b.jpg" or "a/b" with the extension ".jpg".
  std::string file_name(const std::string& id, const std::string& extension);
  // Without the extension and without dots in the last part.
  std::string key(const std::string& id);

 private:
  std::string take(const std::string& stem, const std::string& extension);
  bool is_taken(const std::string& name) const;
  std::set<std::string> files_, folders_;
};

}  // namespace sightline
