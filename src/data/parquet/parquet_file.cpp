#include "data/parquet/parquet_file.h"

#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>

namespace sightline {
namespace {

// Rows per record batch. Images are large, so a small batch keeps memory bounded.
constexpr int64_t kBatchRows = 16;
constexpr int64_t kStreamBuffer = 1 << 20;

// A group is a row group.
class ParquetFile : public TableFile {
 public:
  explicit ParquetFile(const std::filesystem::path& path) : TableFile(path, "Parquet") {
    guarded([&] {
      parquet::ReaderProperties properties(pool());
      properties
          .enable_buffered_stream();  // otherwise Arrow reads a whole column of a row group at once
      properties.set_buffer_size(kStreamBuffer);
      parquet::ArrowReaderProperties arrow_properties(false);
      arrow_properties.set_batch_size(kBatchRows);
      arrow_properties.set_pre_buffer(false);
      parquet::arrow::FileReaderBuilder builder;
      check(builder.OpenFile(path.string(), false, properties));
      check(builder.memory_pool(pool())->properties(arrow_properties)->Build(&reader_));
      check(reader_->GetSchema(&schema_));
    });
  }

  int64_t rows() override { return reader_->parquet_reader()->metadata()->num_rows(); }
  int groups() const override { return reader_->num_row_groups(); }
  int64_t rows_in(int group) override {
    return reader_->parquet_reader()->metadata()->RowGroup(group)->num_rows();
  }

  Batches open_group(int group, const std::vector<std::string>& names) override {
    Batches batches;
    guarded([&] {
      auto opened = reader_->GetRecordBatchReader({group}, leaves(names));
      check(opened.status());
      batches = std::move(*opened);
    });
    return batches;
  }

 protected:
  arrow::Status validate(const arrow::RecordBatch& batch) const override {
    return batch.Validate();
  }

 private:
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

  std::unique_ptr<parquet::arrow::FileReader> reader_;
};

}  // namespace

std::unique_ptr<TableFile> open_parquet_file(const std::filesystem::path& path) {
  return std::make_unique<ParquetFile>(path);
}

}  // namespace sightline
