// The data set that a list of Parquet or Arrow files contains.
#include <sightline/dataset.h>
#include <sightline/error.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "data/columns/add_file.h"
#include "data/columns/label_columns.h"
#include "data/columns/located_file.h"
#include "data/parquet/api.h"
#include "data/parquet/columns.h"
#include "data/parquet/ipc_file.h"
#include "data/parquet/layout.h"
#include "data/parquet/parquet_file.h"
#include "data/readers/columns.h"
#include "data/row_skipper.h"

namespace sightline {
namespace {

namespace cells = parquet_cells;

// Opens a file ending in .arrow as IPC, any other as Parquet.
std::unique_ptr<TableFile> open_table_file(const std::filesystem::path& path) {
  return lower(path.extension().string()) == ".arrow" ? open_ipc_file(path)
                                                      : open_parquet_file(path);
}

class TableDataset : public Dataset, public RowSkipper {
 public:
  explicit TableDataset(const ParquetSource& source)
      : source_(source),
        filter_(source.options.split),
        name_(source.files.size() == 1 ? source.files[0].string()
                                       : source.files.at(0).parent_path().string()) {
    for (size_t i = 0; i < source_.files.size(); ++i) {
      open(i);
      if (i == 0) columns_ = layout_.columns;
      const int64_t rows = count_rows();
      size_ = rows < 0 || size_ < 0 ? -1 : size_ + rows;
    }
    if (size_ >= 0) filter_.check_all_seen(name_);
    file_.reset();
  }

  std::optional<Row> next() override {
    rows_of_last_ = 1;
    while (true) {
      if (!damage_.empty()) return broken_group(std::exchange(damage_, {}));
      if (batch_ && batch_row_ < batch_->num_rows()) {
        const int64_t i = batch_row_++, number = row_number_++;
        if (filter_.accepts(split_at(*batch_, i))) return make_row(i, number);
        continue;
      }
      try {
        if (!advance()) return std::nullopt;
      } catch (const Error& error) {
        return broken_group(error.what());
      }
    }
  }

  // Passes over whole groups by their number of rows, without reading them.
  int64_t skip(int64_t rows) override {
    int64_t passed = 0;
    while (passed < rows) {
      if (!damage_.empty()) {
        passed += skip_damaged(rows - passed);
      } else if (batch_ && batch_row_ < batch_->num_rows()) {
        passed += filter_.accepts(split_at(*batch_, batch_row_++)) ? 1 : 0;
        ++row_number_;
      } else {
        try {
          if (skip_group(rows, passed)) continue;
          if (!advance()) break;
        } catch (const Error& error) {
          damage_ = error.what();
        }
      }
    }
    return passed;
  }
  int64_t rows_of_last() const override { return rows_of_last_; }
  void identify(Sha256& hash) const override {
    for (const auto& file : source_.files) add_file(hash, file);
  }

  int64_t size() const override { return size_; }
  std::string format() const override { return source_.format; }
  DatasetColumns columns() const override { return columns_; }

 private:
  void open(size_t index) {
    const auto& path = source_.files[index];
    auto file = open_table_file(path);
    layout_ = find_table_layout(file->schema(), source_.options, path.string());
    file_ = std::move(file);
    file_split_ = source_.splits.empty() ? split_of_parquet(path) : source_.splits[index];
  }

  // Counts the rows of the open file in the requested splits, -1 if it is damaged. Reads only the
  // column "split".
  int64_t count_rows() {
    const auto& column = layout_.columns.split;
    if (filter_.all()) return file_->rows();
    if (column.empty()) return filter_.accepts(file_split_) ? file_->rows() : 0;
    int64_t count = 0;
    for (int group = 0; group < file_->groups(); ++group) count += count_by_column(group);
    return count;
  }

  // Counts the rows of a group in the requested splits by the column "split".
  int64_t count_by_column(int group) {
    int64_t count = 0;
    const auto batches = file_->open_group(group, {layout_.columns.split});
    while (const auto batch = file_->next_batch(*batches)) {
      for (int64_t i = 0; i < batch->num_rows(); ++i)
        count += filter_.accepts(split_at(*batch, i)) ? 1 : 0;
    }
    return count;
  }

  // Passes over the next group if no more than `rows` rows are then passed. Returns whether it did.
  bool skip_group(int64_t rows, int64_t& passed) {
    if (batches_ || !file_ || group_ >= file_->groups()) return false;
    const int64_t all = file_->rows_in(group_);
    if (all < 0) return false;
    int64_t accepted = all;
    if (!filter_.all() && layout_.columns.split.empty())
      accepted = filter_.accepts(file_split_) ? all : 0;
    else if (!filter_.all())
      accepted = count_by_column(group_);
    if (passed + accepted > rows) return false;
    ++group_;
    row_number_ += all;
    passed += accepted;
    batch_.reset();
    return true;
  }

  // The row behind the open group; the next one if no group is open.
  int64_t group_end() const {
    const bool in_group = file_ && group_ > 0;
    const int64_t end = group_first_row_ + (in_group ? file_->rows_in(group_ - 1) : 0);
    return std::max(row_number_ + 1, end);
  }

  // Passes over rows of a damaged group. Returns their number.
  int64_t skip_damaged(int64_t rows) {
    const int64_t left = group_end() - row_number_;
    if (left > rows) {
      row_number_ += rows;
      return rows;
    }
    broken_group(std::exchange(damage_, {}));
    return left;
  }

  std::string split_at(const arrow::RecordBatch& batch, int64_t row) const {
    const auto& name = layout_.columns.split;
    if (name.empty()) return file_split_;
    return scalar(batch, name, row).value_or("");
  }

  std::optional<std::string> scalar(const arrow::RecordBatch& batch, const std::string& name,
                                    int64_t row) const {
    const auto column = batch.GetColumnByName(name);
    if (!column) return std::nullopt;
    const auto labels = layout_.classes.find(name);
    return labels == layout_.classes.end() ? cells::scalar_at(*column, row)
                                           : cells::label_at(*column, row, labels->second);
  }

  // Returns the labels of a row as a JSON list; nothing for a null.
  std::optional<std::string> labels(const std::string& name, int64_t row) const {
    const auto column = batch_->GetColumnByName(name);
    if (!column) return std::nullopt;
    const auto found = cells::labels_at(*column, row, layout_.list_classes.at(name));
    return found ? std::optional(label_list_text(*found)) : std::nullopt;
  }

  // Advances to the next batch, row group or file. Returns false after the last file.
  bool advance() {
    if (batches_) {
      batch_ = file_->next_batch(*batches_);
      batch_row_ = 0;
      if (batch_ && batch_->num_rows() > 0) return true;
      batches_.reset();
      batch_.reset();
    }
    if (file_ && group_ < file_->groups()) {
      group_first_row_ = row_number_;
      batches_ = file_->open_group(group_++, layout_.names);
      return true;
    }
    batch_.reset();
    file_.reset();
    if (next_file_ == source_.files.size()) return false;
    group_ = 0;
    open(next_file_++);
    return true;
  }

  // Returns one broken row for the remaining rows of a damaged group.
  Row broken_group(const std::string& reason) {
    Row row;
    const int64_t end = group_end();
    row.id = "row-" + std::to_string(row_number_);
    if (end - 1 > row_number_) row.id += "..row-" + std::to_string(end - 1);
    row.error = reason;
    rows_of_last_ = end - row_number_;
    row_number_ = end;
    batches_.reset();
    batch_.reset();
    return row;
  }

  Row make_row(int64_t i, int64_t number) {
    Row row;
    row.id = "row-" + std::to_string(number);
    std::string problem = read_captions(i, row);
    if (problem.empty()) problem = read_image(i, row);
    if (!problem.empty()) {
      Row broken;
      broken.id = row.id;
      broken.error = problem;
      return broken;
    }
    for (const auto& name : layout_.columns.extra) {
      auto text = layout_.list_classes.contains(name) ? labels(name, i) : scalar(*batch_, name, i);
      if (text) row.extra.emplace(name, std::move(*text));
    }
    return row;
  }

  // A null means no caption, and the image remains a candidate.
  std::string read_captions(int64_t i, Row& row) const {
    for (const auto& name : layout_.texts) {
      const auto column = batch_->GetColumnByName(name);
      if (!column) return "the column '" + name + "' is missing";
      if (!layout_.classes.contains(name))
        cells::append_texts(*column, i, row.captions);
      else if (auto label = scalar(*batch_, name, i))
        row.captions.push_back(std::move(*label));
    }
    for (const auto& caption : row.captions) {
      if (const std::string why = text_problem(caption); !why.empty())
        return "a caption is not text: " + why;
    }
    return {};
  }

  // Reads the image from the cell's bytes, or from the file that the cell names.
  std::string read_image(int64_t i, Row& row) const {
    const auto& name = layout_.columns.image;
    const auto column = batch_->GetColumnByName(name);
    if (!column) return "the column '" + name + "' is missing";
    const cells::ImageCell cell = cells::image_at(*column, i, name);
    if (!cell.problem.empty()) return cell.problem;
    const int64_t limit = source_.options.max_image_bytes;
    if (cell.path && !cell.path->empty()) row.extra["path"] = std::string(*cell.path);
    if (!cell.bytes) return read_named(row, limit);
    if (static_cast<int64_t>(cell.bytes->size()) > limit) {
      return "the image has " + std::to_string(cell.bytes->size()) + " bytes; expected at most " +
             std::to_string(limit);
    }
    row.image.assign(cell.bytes->begin(), cell.bytes->end());
    return {};
  }

  std::string read_named(Row& row, int64_t limit) const {
    const auto& root = source_.options.image_root;
    const LocatedFile found =
        locate_file(root.empty() ? file_->path().parent_path() : root, row.extra["path"]);
    if (!found.problem.empty()) {
      const bool absolute = root.empty() && std::filesystem::path(row.extra["path"]).is_absolute();
      return found.problem + (absolute ? "; pass the folder of the images with --images-root" : "");
    }
    try {
      row.image = read_file(found.file, limit);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  ParquetSource source_;
  SplitFilter filter_;
  std::string name_;
  DatasetColumns columns_;
  int64_t size_ = 0;

  size_t next_file_ = 0;
  std::unique_ptr<TableFile> file_;
  TableLayout layout_;      // of file_
  std::string file_split_;  // of rows of file_, unless a column says it
  int group_ = 0;           // the next group of file_
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t batch_row_ = 0;   // the next row of batch_
  int64_t row_number_ = 0;  // over all files, including rows of other splits
  int64_t group_first_row_ = 0;
  int64_t rows_of_last_ = 1;
  std::string damage_;  // of the open group, found while rows were passed over
};

}  // namespace
}  // namespace sightline

extern "C" sightline::Dataset* sightline_parquet_open(const sightline::ParquetSource& source) {
  return new sightline::TableDataset(source);
}
