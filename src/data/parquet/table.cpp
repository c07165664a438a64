#include <arrow/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>
#include <sightline/error.h>

#include <algorithm>
#include <utility>

#include "data/parquet/api.h"
#include "data/parquet/columns.h"
#include "data/parquet/limited_pool.h"

namespace sightline {
namespace {

namespace cells = parquet_cells;
using Cells = std::map<std::string, std::string>;

constexpr int64_t kBatchRows = 4096;
constexpr int64_t kStreamBuffer = 1 << 20;
constexpr int64_t kMaxMemory = 1LL << 30;  // of Arrow: some pages of a row group of texts

// A row group that is being read.
struct OpenGroup {
  int group = -1;  // -1: none
  std::unique_ptr<arrow::RecordBatchReader> batches;
  std::shared_ptr<arrow::RecordBatch> batch;  // the last one; null: the group has ended
  int64_t first = 0;                          // its first row in the table
};

class ArrowTable : public ParquetTable {
 public:
  explicit ArrowTable(const std::filesystem::path& file) : name_(file.string()), pool_(kMaxMemory) {
    guarded([&] {
      parquet::ReaderProperties properties(&pool_);
      properties.enable_buffered_stream();
      properties.set_buffer_size(kStreamBuffer);
      parquet::ArrowReaderProperties arrow_properties(false);
      arrow_properties.set_batch_size(kBatchRows);
      arrow_properties.set_pre_buffer(false);
      parquet::arrow::FileReaderBuilder builder;
      check(builder.OpenFile(name_, false, properties));
      check(builder.memory_pool(&pool_)->properties(arrow_properties)->Build(&reader_));
      std::shared_ptr<arrow::Schema> schema;
      check(reader_->GetSchema(&schema));
      const auto* leaves = reader_->parquet_reader()->metadata()->schema();
      for (int i = 0; i < leaves->num_columns(); ++i) {
        const auto field = schema->GetFieldByName(leaves->GetColumnRoot(i)->name());
        if (field && cells::holds_scalars(*field->type())) leaves_.push_back(i);
      }
    });
  }

  int64_t decoded_rows() const override { return decoded_; }
  int64_t rows() const override { return reader_->parquet_reader()->metadata()->num_rows(); }

  std::vector<Cells> read(std::span<const int64_t> rows) override {
    std::vector<Cells> out;
    guarded([&] {
      int64_t first = 0;  // row of the table
      for (int group = 0; group < reader_->num_row_groups() && out.size() < rows.size(); ++group) {
        const int64_t end =
            first + reader_->parquet_reader()->metadata()->RowGroup(group)->num_rows();
        if (rows[out.size()] < end) read_group(group, first, rows, out);
        first = end;
      }
    });
    if (out.size() < rows.size()) fail("it has fewer rows than its footer says");
    return out;
  }

 private:
  // Appends the cells of the rows from out.size() on that are in a row group.
  void read_group(int group, int64_t first, std::span<const int64_t> rows,
                  std::vector<Cells>& out) {
    if (open_.group != group || rows[out.size()] < open_.first) open_group(group, first);
    while (out.size() < rows.size() && open_.batch) {
      const int64_t end = open_.first + open_.batch->num_rows();
      for (; out.size() < rows.size() && rows[out.size()] < end;)
        out.push_back(cells_at(*open_.batch, rows[out.size()] - open_.first));
      if (out.size() < rows.size()) next_batch();
    }
  }

  void open_group(int group, int64_t first) {
    open_ = {};
    auto batches = reader_->GetRecordBatchReader({group}, leaves_);
    check(batches.status());
    open_.batches = std::move(*batches);
    open_.first = first;
    next_batch();
    open_.group = group;
  }

  // Reads the next batch of the open row group; none at its end. After an error, no group is open.
  void next_batch() {
    const int group = std::exchange(open_.group, -1);
    if (open_.batch) open_.first += open_.batch->num_rows();
    check(open_.batches->ReadNext(&open_.batch));
    if (open_.batch) {
      check(open_.batch->Validate());
      decoded_ += open_.batch->num_rows();
    }
    open_.group = group;
  }

  static Cells cells_at(const arrow::RecordBatch& batch, int64_t row) {
    Cells out;
    for (int c = 0; c < batch.num_columns(); ++c) {
      if (auto text = cells::scalar_at(*batch.column(c), row))
        out.emplace(batch.column_name(c), std::move(*text));
    }
    return out;
  }

  [[noreturn]] void fail(const std::string& why, ErrorCode code = ErrorCode::invalid_data) const {
    throw Error(code, "'", name_, "' is not readable as Parquet: ", why);
  }

  void check(const arrow::Status& status) const {
    if (status.ok()) return;
    fail(status.message(), status.IsIOError()       ? ErrorCode::io
                           : status.IsOutOfMemory() ? ErrorCode::limit_exceeded
                                                    : ErrorCode::invalid_data);
  }

  template <typename Work>
  void guarded(const Work& work) const {
    try {
      work();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  std::string name_;
  LimitedPool pool_;  // declared before everything that allocates from it
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::vector<int> leaves_;  // Parquet's columns that hold scalars
  OpenGroup open_;
  int64_t decoded_ = 0;
};

}  // namespace
}  // namespace sightline

extern "C" sightline::ParquetTable* sightline_parquet_table(const std::filesystem::path& file) {
  return new sightline::ArrowTable(file);
}
