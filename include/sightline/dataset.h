// Readers and writers for common image–caption formats, one row at a time.
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

// A dataset row: one encoded image with its captions.
struct Row {
  // Unique: a key, "row-N", or a relative path, in which bytes that are not UTF-8 are written \xHH.
  std::string id;
  std::vector<uint8_t> image;                // the bytes of the image file
  std::vector<std::string> captions;         // empty in a plain folder of images
  std::map<std::string, std::string> extra;  // the row's other scalar columns, as text
  // Set for a broken row: why it could not be read (missing file, invalid cell). All fields except
  // `id` are then empty, and reading continues with the next row.
  std::optional<std::string> error;
  std::string split;  // set by RowReader (rows.h)
};

// Which files of a folder are read as images. Sidecars, texts and videos never are.
struct FolderOptions {
  // Patterns of files and folders to leave out, as in .gitignore: "*.gif", "drafts/", "2019/**";
  // '!' includes again what an earlier or a default pattern excludes ("!node_modules/"). Excluded
  // by default: @eaDir, .thumbnails, node_modules, the trash of operating systems and the like.
  std::vector<std::string> exclude;
  bool include_hidden = false;  // also names that begin with '.'
};

struct DatasetOptions {
  std::string image_column;  // empty: detected ("image", else the only struct of bytes and path)
  // Columns of the captions, whose captions are listed in this order. Empty: detected ("text",
  // "caption", "captions", "caption_0" and "caption_1" …). Names are compared without regard to
  // case.
  std::vector<std::string> text_columns;
  // Splits to read, separated by commas: "test,novel". Empty: all rows. A row's split is its column
  // "split", or comes from the name of its folder or file. A split without rows is an error
  // (not_found), thrown at the latest after the last row.
  std::string split;
  int64_t max_image_bytes = 256LL << 20;
  // One of dataset_formats(). Empty: detected from the files.
  std::string format;
  // Folder of the images that a metadata file names (imagefolder, parquet, arrow, coco, karpathy,
  // flickr, csv, json). Empty: searched for around the metadata file. Names that contain ".." and
  // absolute names outside this folder are never opened.
  std::filesystem::path image_root;
  // Maximum number of captions per row; the first ones are kept. 0: all. Published results on COCO
  // usually use the first five.
  int64_t max_captions = 0;
  FolderOptions folder;  // format folder only; an error with another format unless empty
  // Whether a row with a caption that repeats the image of an earlier row of the same split (the
  // same bytes) provides further captions of that image instead of another image. Affects the
  // formats imagefolder, parquet, arrow, csv, json and webdataset, where evaluation, search and
  // encoding read a data set (RowReader::merges_repeats); Dataset::next returns every row.
  bool merge_repeated_images = true;
};

// The columns that provide a data set's rows. Empty: the data set has no such column.
struct DatasetColumns {
  std::string image;
  std::string text;  // the names of several columns are joined by ", "
  std::string split;
  bool list_captions = false;      // a row may have several captions
  std::vector<std::string> extra;  // columns that may appear in Row::extra
};

// A forward-only reader. Its memory does not grow with the data set, except for the metadata of
// coco, karpathy, flickr, csv and json, which is held in memory. Not thread-safe.
class Dataset {
 public:
  virtual ~Dataset() = default;
  // Returns the next row, or nothing at the end. A broken row is returned with its error.
  // Throws Error only if the data set as a whole cannot be read.
  virtual std::optional<Row> next() = 0;
  // Returns the number of rows, including broken ones, or -1 if it is not known before the end.
  virtual int64_t size() const = 0;
  // Returns one of dataset_formats().
  virtual std::string format() const = 0;
  virtual DatasetColumns columns() const { return {}; }
};

// Opens a data set. The format is detected from the files (docs/formats/datasets.md) unless
// options.format names it:
//   imagefolder  Hugging Face ImageFolder: metadata.jsonl, .csv or .parquet in the folder, its
//                subfolders, data/ or the subfolders of data/; the images may be in zip archives
//                next to the metadata
//   parquet      a .parquet file, or a folder of them
//   arrow        a folder written by save_to_disk of Hugging Face datasets, or an .arrow file
//   coco         captions_*.json, or a folder that contains such files or annotations/ with them
//   karpathy     dataset_coco.json, dataset_flickr8k.json, dataset_flickr30k.json
//   flickr       Flickr8k.token.txt, results_20130124.token, results.csv
//   csv, json    images and captions in a table with a header, in a JSON list of objects, or in
//                JSON lines
//   webdataset   a .tar, .tar.gz or .zip shard, a folder of shards, a folder with one subfolder of
//                shards for each split, or a pattern: train/{00000..00009}.tar
//   folder       a plain folder of images in path order, including subfolders; other files are
//                passed over (FolderOptions)
// Throws Error: not_found (also if none of the images named in the metadata exists),
// invalid_data, invalid_argument (an unknown format), unsupported (parquet or arrow in a build
// without Arrow).
std::unique_ptr<Dataset> open_dataset(const std::filesystem::path& path,
                                      const DatasetOptions& options = {});

// Returns the names of all formats that open_dataset() reads.
const std::vector<std::string>& dataset_formats();

// Returns whether this build reads and writes Parquet.
bool has_parquet();

// The formats that convert_dataset() writes; names as in dataset_formats().
enum class DatasetFormat { imagefolder, parquet, coco, csv, webdataset };

struct ConvertSummary {
  int64_t rows = 0;                                          // rows written
  std::vector<std::pair<std::string, std::string>> skipped;  // broken rows: id and reason
};

// Writes the remaining rows of `from`, one at a time and in order.
//   imagefolder   `to`: a new or empty folder; writes images/00000000.png … and metadata.jsonl
//   parquet       a file ending in .parquet, or a folder, in which data.parquet is written
//   coco          a folder: annotations/captions_SPLIT.json with the images in SPLIT/; without
//                 splits annotations/captions.json and images/
//   csv           a folder: captions.csv (filepath, title, id, …; one line per caption) and images/
//   webdataset    a file ending in .tar, or a folder of shards 00000.tar … of at most 10,000 rows
//                 and 1 GB: KEY.jpg, KEY.txt (one caption per line), KEY.json (captions, id, …)
// In imagefolder and parquet, captions become the column "text". It holds lists if
// from.columns().list_captions is set or the data set has no captions, else one text per row, null
// for a row without captions.
// Row::extra becomes further columns. The extra column "id", or else Row::id, is written as the
// column "id", so that converting back restores the ids; coco writes it as "source_id" if it
// differs from the file name. coco, csv and webdataset also derive the file names from it.
// `to` appears when it is complete: it is written under a temporary name, which is removed on
// failure, or by the next conversion to `to` if the process is killed. Nothing is written for a
// data set without rows. Throws Error: io, invalid_argument, unsupported, cancelled.
ConvertSummary convert_dataset(Dataset& from, const std::filesystem::path& to, DatasetFormat format,
                               const ProgressFn& progress = {});

}  // namespace sightline
