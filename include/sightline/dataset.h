// Captioned images from the forms that people have them in, one row at a time.
#pragma once

#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sightline {

struct Row {
  std::string id;                     // stable within the data set: relative path, or "row-N"
  std::vector<uint8_t> image;         // the encoded file's bytes
  std::vector<std::string> captions;  // may be empty (a plain folder)
  std::map<std::string, std::string> extra;  // other scalar columns of the row, as text
  // Set when this row could not be read (missing file, broken cell). The other fields but `id` are
  // then empty; reading goes on with the next row.
  std::optional<std::string> error;
};

struct DatasetOptions {
  std::string image_column;  // empty: found ("image", else the only struct of bytes+path)
  std::string text_column;   // empty: found ("text", "caption", "captions", …)
  // Empty: every row; else rows whose column "split", folder or file name says so. Several with
  // commas: "test,novel". A name that no row has is an error (not_found), at the latest at the end.
  std::string split;
  int64_t max_image_bytes = 256LL << 20;
  // The kind, where it shall not be found from the files: one of dataset_formats().
  std::string format;
  // Folder of the images that a metadata file names (coco, karpathy, flickr, csv, json). Empty:
  // looked for around the file. Names with ".." and absolute ones outside it are never opened.
  std::filesystem::path image_root;
  // At most so many captions a row, the first ones; 0: all. COCO's figures are usually given for
  // the first five.
  int64_t max_captions = 0;
};

// Which columns a data set's rows come from. Empty: there is no such column.
struct DatasetColumns {
  std::string image;
  std::string text;
  std::string split;
  bool list_captions = false;      // the text column holds lists of strings
  std::vector<std::string> extra;  // columns that Row::extra can hold
};

// A forward reader with bounded memory whatever the data set's size. Not for several threads.
class Dataset {
 public:
  virtual ~Dataset() = default;
  // The next row, or nothing at the end. Throws Error only where the data set as a whole is broken.
  virtual std::optional<Row> next() = 0;
  // Rows in all if that is known without reading the images, else -1. Broken rows count.
  virtual int64_t size() const = 0;
  // What it is: one of dataset_formats().
  virtual std::string format() const = 0;
  virtual DatasetColumns columns() const { return {}; }
};

// Opens what lies at the path; which kind it is shows in the files (docs/formats/datasets.md):
//   imagefolder  Hugging Face ImageFolder: metadata.jsonl or .csv, in the folder or its subfolders
//   parquet      a .parquet file, or a folder of them
//   coco         captions_*.json, or a folder with such files or with annotations/ that has some
//   karpathy     dataset_coco.json, dataset_flickr8k.json, dataset_flickr30k.json
//   flickr       Flickr8k.token.txt, results_20130124.token, results.csv
//   csv, json    a table with a header, a list of objects, an object a line: images and captions
//   webdataset   a .tar or .tar.gz shard, a folder of them (or of folders of them, which are the
//                splits), or a pattern: train/{00000..00009}.tar
//   folder       a plain folder of images (path order, subfolders too; every regular file whose
//                name does not begin with '.' is a row)
// Throws Error: not_found (also where no image of a metadata file is found), invalid_data,
// invalid_argument (an unknown format), unsupported (parquet in a build without Arrow).
std::unique_ptr<Dataset> open_dataset(const std::filesystem::path& path,
                                      const DatasetOptions& options = {});

// The names of all kinds, as DatasetOptions::format takes them.
const std::vector<std::string>& dataset_formats();

// Whether this build reads and writes Parquet.
bool has_parquet();

// What convert_dataset can write.
enum class DatasetFormat { imagefolder, parquet, coco, csv, webdataset };

struct ConvertSummary {
  int64_t rows = 0;                                          // written
  std::vector<std::pair<std::string, std::string>> skipped;  // id and reason of broken rows
};

// Writes the rows that are left in `from`, one at a time, in order.
//   imagefolder   `to`: a new or empty folder; images/00000000.png … and metadata.jsonl
//   parquet       `to`: a file ending in .parquet, or a folder in which data.parquet is written
//   coco          a folder: annotations/captions_SPLIT.json and the images in SPLIT/, or without
//                 a split annotations/captions.json and images/
//   csv           a folder: captions.csv (filepath, title, id, …; a line a caption) and images/
//   webdataset    a file ending in .tar, or a folder of shards 00000.tar … of at most 10,000 rows
//                 and 1 GB: KEY.jpg, KEY.txt (a line a caption), KEY.json (captions, id, …)
// In imagefolder and parquet captions become the column "text" (lists where from.columns() says so,
// or where the rows carry no captions at all). Row::extra become further columns. The row's extra
// column "id", or else Row::id, becomes the column "id" (coco: source_id, where the file name does
// not say it), so that a conversion there and back keeps ids; coco, csv and webdataset also name
// the images by it. Throws Error: io, invalid_argument, unsupported, cancelled.
ConvertSummary convert_dataset(Dataset& from, const std::filesystem::path& to, DatasetFormat kind,
                               const ProgressFn& progress = {});

}  // namespace sightline
