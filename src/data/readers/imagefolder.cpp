#include "data/readers/imagefolder.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "data/columns/add_file.h"
#include "data/columns/label_columns.h"
#include "data/columns/located_file.h"
#include "data/readers/cell_captions.h"
#include "data/readers/column_scan.h"
#include "data/readers/columns.h"
#include "data/readers/zip_images.h"
#include "data/records.h"
#include "data/row_skipper.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Metadata up to this size is read completely when the data set is opened, to find all columns and
// the number of rows. Of larger metadata only this many records are read, and more until one has a
// text.
constexpr uintmax_t kCountedBytes = 64 << 20;
constexpr int64_t kProbedRecords = 10000;

class ImageFolder : public Dataset, public RowSkipper {
 public:
  ImageFolder(const fs::path& root, std::vector<fs::path> metadata, const DatasetOptions& options)
      : root_(root), metadata_(std::move(metadata)), options_(options), filter_(options.split) {
    columns_.image = options_.image_column.empty() ? "file_name" : options_.image_column;
    find_columns();
  }

  std::optional<Row> next() override {
    Record record;
    while (next_record(record)) {
      if (record.problem) return broken(record, *record.problem);
      if (filter_.accepts(split_of(record))) return make_row(record);
    }
    filter_.check_all_seen(root_.string());
    return std::nullopt;
  }

  int64_t skip(int64_t rows) override {
    Record record;
    for (int64_t passed = 0; passed < rows;) {
      if (!next_record(record)) {
        filter_.check_all_seen(root_.string());
        return passed;
      }
      passed += record.problem || filter_.accepts(split_of(record)) ? 1 : 0;
    }
    return rows;
  }

  void identify(Sha256& hash) const override {
    for (const fs::path& file : metadata_) add_file(hash, file);
  }

  int64_t size() const override { return size_; }
  std::string format() const override { return "imagefolder"; }
  DatasetColumns columns() const override { return columns_; }

 private:
  bool next_record(Record& record) {
    while (true) {
      if (records_ && records_->next(record)) {
        use_name(record, columns_.image);
        use_name(record, "split");
        return true;
      }
      records_.reset();
      if (next_file_ == metadata_.size()) return false;
      file_ = metadata_[next_file_++];
      records_ = open_records(file_);
      folder_ = file_.parent_path().lexically_relative(root_);
    }
  }

  // Gives the column that differs from `name` only in the case of letters this name, unless another
  // column has it.
  static void use_name(Record& record, const std::string& name) {
    if (record.cells.contains(name)) return;
    const auto same = [&](const auto& cell) { return lower(cell.first) == lower(name); };
    const auto found = std::find_if(record.cells.begin(), record.cells.end(), same);
    if (found == record.cells.end()) return;
    auto cell = record.cells.extract(found);
    cell.key() = name;
    record.cells.insert(std::move(cell));
  }

  // Reads all records if the metadata is small, because a column may first appear in any record.
  void find_columns() {
    uintmax_t bytes = 0;
    std::error_code ignored;
    for (const auto& file : metadata_) bytes += fs::file_size(file, ignored);
    const bool all = bytes <= kCountedBytes;
    if (all) size_ = 0;
    ColumnScan scan(columns_.image);
    Record record;
    for (int64_t seen = 1; next_record(record); ++seen) {
      scan.add(record);
      if (all && (record.problem || filter_.accepts(split_of(record)))) ++size_;
      if (!all && seen >= kProbedRecords && scan.any_text()) break;
    }
    const fs::path& where = metadata_.size() == 1 ? metadata_.front() : root_;
    MetadataColumns found = scan.columns(options_, where.string());
    columns_ = std::move(found.columns);
    texts_ = std::move(found.texts);
    if (all) filter_.check_all_seen(root_.string());
    next_file_ = 0;
    records_.reset();
  }

  static bool is_scalar(const Cell& cell) {
    return cell.kind == Cell::Kind::text || cell.kind == Cell::Kind::scalar;
  }

  static const std::string* text_of(const Record& record, const std::string& column) {
    const auto cell = record.cells.find(column);
    return cell != record.cells.end() && is_scalar(cell->second) ? &cell->second.text : nullptr;
  }

  // Returns the column "split", or else the top-level folder of the image, below data/ if there are
  // such folders: data/train/a.png.
  std::string split_of(const Record& record) const {
    if (const auto* split = text_of(record, "split")) return *split;
    const auto* name = text_of(record, columns_.image);
    const fs::path path = (folder_ / (name ? *name : "")).lexically_normal();
    auto part = path.begin();
    const auto parts = std::distance(path.begin(), path.end());
    if (parts > 2 && *part == "data") ++part;
    return parts > 1 ? part->string() : std::string();
  }

  std::string location(const Record& record) const {
    return (folder_ / file_.filename()).lexically_normal().string() + ":" +
           std::to_string(record.line);
  }

  Row broken(const Record& record, const std::string& reason) const {
    Row row;
    row.id = location(record);
    row.error = reason;
    return row;
  }

  Row make_row(const Record& record) {
    const auto* name = text_of(record, columns_.image);
    if (name == nullptr)
      return broken(record, "the column '" + columns_.image + "' has no file name");
    const auto& root = options_.image_root;
    const fs::path folder = root.empty() ? file_.parent_path() : root;
    const LocatedFile found = locate_file(folder, *name);
    if (!found.problem.empty()) return broken(record, found.problem);
    Row row;
    row.id = (folder_ / *name).lexically_normal().string();
    std::string problem = read_captions(record, row);
    for (const auto& caption : row.captions) {
      const std::string why = problem.empty() ? text_problem(caption) : "";
      if (!why.empty()) problem = message("line ", record.line, ": a caption is not text: ", why);
    }
    if (problem.empty()) {
      try {
        row.image = read_image(folder, found.file, *name);
      } catch (const Error& error) {
        problem = error.what();
      }
    }
    if (!problem.empty()) {
      row.captions.clear();
      row.error = problem;
      return row;
    }
    for (const auto& [column, cell] : record.cells) {
      const bool taken = column == columns_.image ||
                         std::find(texts_.begin(), texts_.end(), column) != texts_.end();
      if (taken) continue;
      if (is_scalar(cell))
        row.extra.emplace(column, cell.text);
      else if (has_labels(cell) && is_label_column(column))
        row.extra.emplace(column, label_list_text(cell.list));
    }
    return row;
  }

  // Reads the file, or the image from a zip archive in the folder.
  std::vector<uint8_t> read_image(const fs::path& folder, const fs::path& file,
                                  const std::string& name) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
      auto& archives = archives_.try_emplace(folder, folder).first->second;
      if (auto image = archives.read(name, options_.max_image_bytes)) return std::move(*image);
    }
    return read_file(file, options_.max_image_bytes);
  }

  // A missing or null cell means no caption, and the image remains a candidate.
  std::string read_captions(const Record& record, Row& row) const {
    const CellTexts texts =
        file_.extension() == ".csv" ? CellTexts::separated_values : CellTexts::as_written;
    for (const auto& column : texts_) {
      const auto found = record.cells.find(column);
      if (found == record.cells.end()) continue;
      if (!append_cell_captions(found->second, texts, row.captions))
        return "the column '" + column + "' contains neither a string nor a list of strings";
    }
    return {};
  }

  fs::path root_;
  std::vector<fs::path> metadata_;
  DatasetOptions options_;
  SplitFilter filter_;
  DatasetColumns columns_;
  std::vector<std::string> texts_;  // the caption columns
  int64_t size_ = -1;

  size_t next_file_ = 0;
  fs::path file_, folder_;  // the file that records_ reads; its folder, relative to root_
  std::unique_ptr<RecordReader> records_;
  std::map<fs::path, ZipImages> archives_;  // by folder
};

}  // namespace

std::unique_ptr<Dataset> open_imagefolder(const fs::path& root,
                                          const std::vector<fs::path>& metadata,
                                          const DatasetOptions& options) {
  return std::make_unique<ImageFolder>(root, metadata, options);
}

}  // namespace sightline
