#include <arrow/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>

#include <set>

#include "base/file.h"
#include "data/parquet/api.h"
#include "data/parquet/columns.h"
#include "data/parquet/limited_pool.h"
#include "data/readers/columns.h"

namespace sightline {
namespace {

namespace cells = parquet_cells;

// Rows per record batch. Images are large, so a small batch keeps memory bounded.
constexpr int64_t kBatchRows = 16;
constexpr int64_t kStreamBuffer = 1 << 20;
// Arrow may allocate kMinMemory bytes for a file plus kMemoryPerByte times the file's size. Images
// are compressed already; only text expands to more when it is decompressed, and text is small.
constexpr int64_t kMinMemory = 256 << 20;
constexpr int64_t kMemoryPerByte = 16;

int64_t memory_limit(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return kMinMemory +
         (error ? 0 : static_cast<int64_t>(std::min<uintmax_t>(size, 1LL << 48)) * kMemoryPerByte);
}

// The columns of a file, found in its schema.
struct Layout {
  DatasetColumns columns;
  std::vector<std::string> names;  // of all columns to read
};

bool is_image_struct(const arrow::DataType& type) {
  if (type.id() != arrow::Type::STRUCT) return false;
  for (const auto& field : type.fields()) {
    if ((field->name() == "bytes" || field->name() == "path") &&
        cells::holds_bytes(*field->type())) {
      return true;
    }
  }
  return false;
}

std::string choose_image_column(const arrow::Schema& schema, const std::string& requested,
                                const std::string& file) {
  std::vector<std::string> structs, all;
  for (const auto& field : schema.fields()) {
    all.push_back(field->name());
    if (is_image_struct(*field->type())) structs.push_back(field->name());
  }
  const std::string name = requested.empty() ? "image" : requested;
  const auto field = schema.GetFieldByName(name);
  const bool usable =
      field && (is_image_struct(*field->type()) || cells::holds_bytes(*field->type()));
  if (usable) return name;
  if (requested.empty() && structs.size() == 1) return structs.front();
  if (!requested.empty() && !field) {
    throw Error(ErrorCode::not_found, "'", file, "' has no image column '", requested,
                "'; found: ", join_names(all));
  }
  throw Error(
      ErrorCode::invalid_data, "'", file,
      "': expected an image column with a struct of bytes and path; found: ", schema.ToString());
}

Layout find_layout(const arrow::Schema& schema, const DatasetOptions& options,
                   const std::string& file) {
  // Column names must be unique, since cells are looked up by name below.
  std::set<std::string> names;
  for (const auto& field : schema.fields()) {
    if (!names.insert(field->name()).second) {
      throw Error(ErrorCode::invalid_data, "'", file, "': the column '", field->name(),
                  "' appears twice");
    }
  }
  Layout layout;
  DatasetColumns& columns = layout.columns;
  columns.image = choose_image_column(schema, options.image_column, file);
  std::vector<std::string> texts;
  for (const auto& field : schema.fields()) {
    const auto& type = *field->type();
    if (field->name() == columns.image || field->name() == "split") continue;
    if (cells::holds_text(type) || cells::holds_lists(type)) texts.push_back(field->name());
  }
  columns.text = choose_text_column(texts, options.text_column, file);
  for (const auto& field : schema.fields()) {
    const auto& type = *field->type();
    if (field->name() == "split" && cells::holds_text(type)) columns.split = "split";
    if (field->name() == columns.text) columns.list_captions = cells::holds_lists(type);
    if (field->name() == columns.image || field->name() == columns.text) continue;
    if (cells::holds_scalars(type)) columns.extra.push_back(field->name());
  }
  layout.names = columns.extra;  // includes "split"
  layout.names.push_back(columns.image);
  if (!columns.text.empty()) layout.names.push_back(columns.text);
  return layout;
}

void check(const arrow::Status& status, const std::string& file) {
  if (status.ok()) return;
  const ErrorCode code = status.IsIOError()       ? ErrorCode::io
                         : status.IsOutOfMemory() ? ErrorCode::limit_exceeded
                                                  : ErrorCode::invalid_data;
  throw Error(code, "'", file, "' is not readable as Parquet: ", status.message());
}

// One open file. Converts Arrow's exceptions and statuses to Error.
class ParquetFile {
 public:
  ParquetFile(const std::filesystem::path& path, const DatasetOptions& options)
      : path_(path), name_(path.string()), pool_(memory_limit(path)) {
    guarded([&] {
      parquet::ReaderProperties properties(&pool_);
      properties
          .enable_buffered_stream();  // otherwise Arrow reads a whole column of a row group at once
      properties.set_buffer_size(kStreamBuffer);
      parquet::ArrowReaderProperties arrow_properties(false);
      arrow_properties.set_batch_size(kBatchRows);
      arrow_properties.set_pre_buffer(false);
      parquet::arrow::FileReaderBuilder builder;
      check(builder.OpenFile(name_, false, properties), name_);
      check(builder.memory_pool(&pool_)->properties(arrow_properties)->Build(&reader_), name_);
      std::shared_ptr<arrow::Schema> schema;
      check(reader_->GetSchema(&schema), name_);
      layout_ = find_layout(*schema, options, name_);
    });
  }

  const Layout& layout() const { return layout_; }
  const std::filesystem::path& path() const { return path_; }
  int64_t rows() const { return reader_->parquet_reader()->metadata()->num_rows(); }
  int row_groups() const { return reader_->num_row_groups(); }
  int64_t rows_in(int group) const {
    return reader_->parquet_reader()->metadata()->RowGroup(group)->num_rows();
  }

  std::unique_ptr<arrow::RecordBatchReader> open_group(int group,
                                                       const std::vector<std::string>& names) {
    std::unique_ptr<arrow::RecordBatchReader> batches;
    guarded([&] {
      auto opened = reader_->GetRecordBatchReader({group}, leaves(names));
      check(opened.status(), name_);
      batches = std::move(*opened);
    });
    return batches;
  }

  std::shared_ptr<arrow::RecordBatch> next_batch(arrow::RecordBatchReader& batches) {
    std::shared_ptr<arrow::RecordBatch> batch;
    guarded([&] {
      check(batches.ReadNext(&batch), name_);
      if (batch) check(batch->Validate(), name_);
    });
    return batch;
  }

 private:
  template <typename Work>
  void guarded(const Work& work) const {
    try {
      work();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      throw Error(ErrorCode::invalid_data, "'", name_,
                  "' is not readable as Parquet: ", error.what());
    }
  }

  // Returns the leaf indices of the named columns. Parquet numbers leaves; a struct column has
  // several.
  std::vector<int> leaves(const std::vector<std::string>& names) const {
    const auto* schema = reader_->parquet_reader()->metadata()->schema();
    std::vector<int> found;
    for (int i = 0; i < schema->num_columns(); ++i) {
      const auto& root = schema->GetColumnRoot(i)->name();
      if (std::find(names.begin(), names.end(), root) != names.end()) found.push_back(i);
    }
    return found;
  }

  std::filesystem::path path_;
  std::string name_;
  LimitedPool pool_;  // declared before everything that allocates from it
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  Layout layout_;
};

class ParquetDataset : public Dataset {
 public:
  explicit ParquetDataset(const ParquetSource& source)
      : source_(source),
        filter_(source.options.split),
        name_(source.files.size() == 1 ? source.files[0].string()
                                       : source.files.at(0).parent_path().string()) {
    columns_ = ParquetFile(source_.files[0], source_.options).layout().columns;
    for (const auto& path : source_.files) size_ += count_rows(path);
    filter_.check_all_seen(name_);
  }

  std::optional<Row> next() override {
    while (true) {
      if (batch_ && batch_row_ < batch_->num_rows()) {
        const int64_t i = batch_row_++, number = row_number_++;
        if (filter_.accepts(split_at(*file_, *batch_, i))) return make_row(i, number);
        continue;
      }
      try {
        if (!advance()) return std::nullopt;
      } catch (const Error& error) {
        return broken_group(error.what());
      }
    }
  }

  int64_t size() const override { return size_; }
  std::string format() const override { return "parquet"; }
  DatasetColumns columns() const override { return columns_; }

 private:
  // Counts the rows of the file in the requested splits. Reads only the column "split".
  int64_t count_rows(const std::filesystem::path& path) {
    ParquetFile file(path, source_.options);
    const bool by_column = !file.layout().columns.split.empty();
    if (filter_.all()) return file.rows();
    if (!by_column) return filter_.accepts(split_of_path(path)) ? file.rows() : 0;
    int64_t count = 0;
    for (int group = 0; group < file.row_groups(); ++group) {
      const auto batches = file.open_group(group, {"split"});
      while (const auto batch = file.next_batch(*batches)) {
        for (int64_t i = 0; i < batch->num_rows(); ++i) {
          count += filter_.accepts(split_at(file, *batch, i)) ? 1 : 0;
        }
      }
    }
    return count;
  }

  static std::string split_of_path(const std::filesystem::path& path) {
    return split_of_parquet(path);
  }

  static std::string split_at(const ParquetFile& file, const arrow::RecordBatch& batch,
                              int64_t row) {
    const auto column = batch.GetColumnByName("split");
    if (!column || file.layout().columns.split.empty()) return split_of_path(file.path());
    const auto value = cells::bytes_at(*column, row);
    return value ? std::string(*value) : std::string();
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
    if (file_ && group_ < file_->row_groups()) {
      group_first_row_ = row_number_;
      batches_ = file_->open_group(group_++, file_->layout().names);
      return true;
    }
    batch_.reset();
    file_.reset();
    if (next_file_ == source_.files.size()) return false;
    file_ = std::make_unique<ParquetFile>(source_.files[next_file_++], source_.options);
    group_ = 0;
    return true;
  }

  // Returns one broken row for the remaining rows of a row group with damaged pages.
  Row broken_group(const std::string& reason) {
    Row row;
    const int64_t end = group_first_row_ + (file_ ? file_->rows_in(group_ - 1) : 0);
    row.id = "row-" + std::to_string(row_number_);
    if (end - 1 > row_number_) row.id += "..row-" + std::to_string(end - 1);
    row.error = reason;
    row_number_ = std::max(row_number_ + 1, end);
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
    for (const auto& name : file_->layout().columns.extra) {
      const auto column = batch_->GetColumnByName(name);
      if (!column) continue;
      if (auto text = cells::scalar_at(*column, i)) row.extra.emplace(name, std::move(*text));
    }
    return row;
  }

  std::string read_captions(int64_t i, Row& row) const {
    const auto& columns = file_->layout().columns;
    if (columns.text.empty()) return {};
    const auto column = batch_->GetColumnByName(columns.text);
    if (!column) return "the column '" + columns.text + "' is missing";
    if (!columns.list_captions) {
      const auto text = cells::bytes_at(*column, i);
      if (!text) return "the column '" + columns.text + "' is null";
      row.captions.emplace_back(*text);
      return {};
    }
    bool null_item = false;
    auto texts = cells::list_at(*column, i, &null_item);
    if (!texts || null_item) return "the column '" + columns.text + "' has a null";
    row.captions = std::move(*texts);
    return {};
  }

  // Reads the image from the cell's bytes, or from the file that the cell names.
  std::string read_image(int64_t i, Row& row) const {
    const auto& columns = file_->layout().columns;
    const auto column = batch_->GetColumnByName(columns.image);
    if (!column) return "the column '" + columns.image + "' is missing";
    std::optional<std::string_view> bytes, path;
    if (column->IsNull(i)) return "the column '" + columns.image + "' is null";
    if (column->type_id() == arrow::Type::STRUCT) {
      const auto& pair = static_cast<const arrow::StructArray&>(*column);
      if (const auto child = pair.GetFieldByName("bytes")) bytes = cells::bytes_at(*child, i);
      if (const auto child = pair.GetFieldByName("path")) path = cells::bytes_at(*child, i);
    } else {
      (cells::holds_text(*column->type()) ? path : bytes) = cells::bytes_at(*column, i);
    }
    const int64_t limit = source_.options.max_image_bytes;
    if (bytes) {
      if (static_cast<int64_t>(bytes->size()) > limit) {
        return "the image has " + std::to_string(bytes->size()) + " bytes; expected at most " +
               std::to_string(limit);
      }
      row.image.assign(bytes->begin(), bytes->end());
      if (path && !path->empty()) row.extra["path"] = std::string(*path);
      return {};
    }
    if (!path) return "the image has neither bytes nor a path";
    const std::string relative(*path);
    if (std::string problem = path_problem(relative); !problem.empty()) return problem;
    try {
      row.image = read_file(file_->path().parent_path() / relative, limit);
    } catch (const Error& error) {
      return error.what();
    }
    row.extra["path"] = relative;
    return {};
  }

  ParquetSource source_;
  SplitFilter filter_;
  std::string name_;
  DatasetColumns columns_;
  int64_t size_ = 0;

  size_t next_file_ = 0;
  std::unique_ptr<ParquetFile> file_;
  int group_ = 0;  // the next row group of file_
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t batch_row_ = 0;   // the next row of batch_
  int64_t row_number_ = 0;  // over all files, including rows of other splits
  int64_t group_first_row_ = 0;
};

}  // namespace
}  // namespace sightline

extern "C" sightline::Dataset* sightline_parquet_open(const sightline::ParquetSource& source) {
  return new sightline::ParquetDataset(source);
}
