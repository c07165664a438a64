#include "data/parquet/ipc_file.h"

#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>

namespace sightline {
namespace {

constexpr std::string_view kFileMagic = "ARROW1";

// Reads the record batches of a file in the file format, one at a time.
class FileBatches : public arrow::RecordBatchReader {
 public:
  explicit FileBatches(std::shared_ptr<arrow::ipc::RecordBatchFileReader> file)
      : file_(std::move(file)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return file_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ == file_->num_record_batches()) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(*batch, file_->ReadRecordBatch(next_++));
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
  int next_ = 0;
};

// The file is mapped into memory, so that uncompressed columns are not copied. It has one group.
class IpcFile : public TableFile {
 public:
  explicit IpcFile(const std::filesystem::path& path) : TableFile(path, "Arrow") {
    guarded([&] {
      auto opened =
          arrow::io::MemoryMappedFile::Open(path.string(), arrow::io::FileMode::READ);
      check(opened.status());
      file_ = *opened;
      auto start = file_->ReadAt(0, static_cast<int64_t>(kFileMagic.size()));
      check(start.status());
      is_stream_ = std::string_view(**start) != kFileMagic;
      schema_ = open({})->schema();
    });
  }

  int64_t rows() override { return rows_in(0); }
  int groups() const override { return 1; }

  // Reads the headers of all batches on the first call.
  int64_t rows_in(int) override {
    if (counted_) return rows_;
    counted_ = true;
    try {
      guarded([&] {
        const auto batches = open({0});
        std::shared_ptr<arrow::RecordBatch> batch;
        int64_t rows = 0;
        for (check(batches->ReadNext(&batch)); batch; check(batches->ReadNext(&batch)))
          rows += batch->num_rows();
        rows_ = rows;
      });
    } catch (const Error&) {  // reading reports it
    }
    return rows_;
  }

  Batches open_group(int, const std::vector<std::string>& names) override {
    std::vector<int> fields;
    for (const auto& name : names) {
      if (const int index = schema_->GetFieldIndex(name); index >= 0) fields.push_back(index);
    }
    std::sort(fields.begin(), fields.end());
    Batches batches;
    guarded([&] {
      auto opened = open(fields);
      batches = std::make_unique<Shared>(std::move(opened));
    });
    return batches;
  }

 protected:
  // The file's offsets are used as they are, so all of them must be checked.
  arrow::Status validate(const arrow::RecordBatch& batch) const override {
    return batch.ValidateFull();
  }

 private:
  // Adapts a shared reader, because Batches has one owner.
  class Shared : public arrow::RecordBatchReader {
   public:
    explicit Shared(std::shared_ptr<arrow::RecordBatchReader> reader)
        : reader_(std::move(reader)) {}
    std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
      return reader_->ReadNext(batch);
    }

   private:
    std::shared_ptr<arrow::RecordBatchReader> reader_;
  };

  // Empty `fields`: all.
  std::shared_ptr<arrow::RecordBatchReader> open(const std::vector<int>& fields) {
    auto options = arrow::ipc::IpcReadOptions::Defaults();
    options.memory_pool = pool();
    options.use_threads = false;
    options.included_fields = fields;
    if (!is_stream_) {
      auto file = arrow::ipc::RecordBatchFileReader::Open(file_, options);
      check(file.status());
      return std::make_shared<FileBatches>(*file);
    }
    check(file_->Seek(0));
    auto stream = arrow::ipc::RecordBatchStreamReader::Open(file_, options);
    check(stream.status());
    return *stream;
  }

  std::shared_ptr<arrow::io::MemoryMappedFile> file_;
  bool is_stream_ = true;
  bool counted_ = false;
  int64_t rows_ = -1;
};

}  // namespace

std::unique_ptr<TableFile> open_ipc_file(const std::filesystem::path& path) {
  return std::make_unique<IpcFile>(path);
}

}  // namespace sightline
