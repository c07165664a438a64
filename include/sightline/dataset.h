// Captioned pictures from the forms that people have them in, one row at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct Row {
  std::string id;                      // stable within the data set: relative path, or "row-N"
  std::vector<uint8_t> image;          // the encoded file's bytes
  std::vector<std::string> captions;   // may be empty (a plain folder)
  std::map<std::string, std::string> extra;  // other scalar columns of the row, as text
  // Set when this row could not be read (missing file, broken cell). The other fields but `id` are
  // then empty; reading goes on with the next row.
  std::optional<std::string> error;
};

struct DatasetOptions {
  std::string image_column;            // empty: found ("image", else the only struct of bytes+path)
  std::string text_column;             // empty: found ("text", "caption", "captions", …)
  std::string split;                   // empty: every row; else rows whose column or folder says so
  int64_t max_image_bytes = 256LL << 20;
};

// A forward reader with bounded memory whatever the data set's size. Not for several threads.
class Dataset {
 public:
  virtual ~Dataset() = default;
  // The next row, or nothing at the end. Throws Error only where the data set as a whole is broken.
  virtual std::optional<Row> next() = 0;
  // Rows in all if that is known without reading them, else -1.
  virtual int64_t size() const = 0;
  // What it is: "imagefolder", "parquet", "folder".
  virtual std::string kind() const = 0;
};

// Opens a parquet file, a folder of parquet files, a Hugging Face ImageFolder (metadata.jsonl or
// metadata.csv) or a plain folder of pictures (path order, subfolders too).
// Throws Error: not_found, invalid_data, unsupported (parquet in a build without Arrow).
std::unique_ptr<Dataset> open_dataset(const std::filesystem::path& path,
                                      const DatasetOptions& options = {});

// Whether this build reads and writes Parquet.
bool has_parquet();

}  // namespace sightline
