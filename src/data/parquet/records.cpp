// Reads the rows of a Parquet file as records: metadata.parquet of an ImageFolder.
#include <sightline/error.h>

#include "data/parquet/api.h"
#include "data/parquet/columns.h"
#include "data/parquet/parquet_file.h"

namespace sightline {
namespace {

namespace cells = parquet_cells;

class ParquetRecords : public RecordReader {
 public:
  explicit ParquetRecords(const std::filesystem::path& path) : file_(open_parquet_file(path)) {
    for (const auto& field : file_->schema().fields()) {
      const auto& type = *field->type();
      if (cells::holds_texts(type) || cells::holds_scalars(type) || cells::holds_labels(type))
        names_.push_back(field->name());
    }
  }

  bool next(Record& record) override {
    record = {};
    record.line = ++row_;
    while (!batch_ || at_ == batch_->num_rows()) {
      if (!advance()) return false;
    }
    for (int i = 0; i < batch_->num_columns(); ++i)
      record.cells[batch_->column_name(i)] = cell_at(*batch_->column(i));
    ++at_;
    return true;
  }

 private:
  bool advance() {
    at_ = 0;
    batch_ = batches_ ? file_->next_batch(*batches_) : nullptr;
    if (batch_) return true;
    batches_.reset();
    if (group_ == file_->groups() || names_.empty()) return false;
    batches_ = file_->open_group(group_++, names_);
    return true;
  }

  Cell cell_at(const arrow::Array& column) const {
    Cell cell;
    if (column.IsNull(at_)) return cell;
    const auto& type = *column.type();
    if (cells::holds_text(type)) {
      cell.kind = Cell::Kind::text;
      cell.text = std::string(cells::bytes_at(column, at_).value_or(""));
    } else if (cells::holds_texts(type)) {
      cell.kind = Cell::Kind::list;
      cells::append_texts(column, at_, cell.list);
    } else if (cells::holds_labels(type)) {
      cell.kind = Cell::Kind::integers;
      cell.list = cells::labels_at(column, at_, {}).value_or(std::vector<std::string>());
    } else if (auto text = cells::scalar_at(column, at_)) {
      cell.kind = Cell::Kind::scalar;
      cell.text = std::move(*text);
    }
    return cell;
  }

  std::unique_ptr<TableFile> file_;
  std::vector<std::string> names_;
  TableFile::Batches batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int group_ = 0;  // the next row group
  int64_t at_ = 0, row_ = 0;
};

}  // namespace
}  // namespace sightline

extern "C" sightline::RecordReader* sightline_parquet_records(const std::filesystem::path& file) {
  return new sightline::ParquetRecords(file);
}
