#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>
#include <sightline/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/temporary_path.h"
#include "data/parquet/api.h"

namespace sightline {
namespace {

// A row group ends when either limit is reached. Groups are small because readers hold the pages of
// one row group in memory.
constexpr int64_t kGroupRows = 100;
constexpr int64_t kGroupBytes = 16 << 20;

std::shared_ptr<arrow::DataType> image_type() {
  return arrow::struct_(
      {arrow::field("bytes", arrow::binary()), arrow::field("path", arrow::utf8())});
}

// Returns the metadata by which Python's `datasets` recognizes a struct as an image.
std::string features_json(const ParquetSchema& schema) {
  const Json text = {{"dtype", "string"}, {"_type", "Value"}};
  Json features;
  features["image"] = {{"_type", "Image"}};
  features["text"] = schema.list_captions ? Json::array({text}) : text;
  for (const auto& name : schema.extra) features[name] = text;
  return Json{{"info", {{"features", features}}}}.dump();
}

std::shared_ptr<arrow::Schema> arrow_schema(const ParquetSchema& schema) {
  std::vector<std::shared_ptr<arrow::Field>> fields = {
      arrow::field("image", image_type()),
      arrow::field("text", schema.list_captions ? arrow::list(arrow::utf8()) : arrow::utf8())};
  for (const auto& name : schema.extra) fields.push_back(arrow::field(name, arrow::utf8()));
  return arrow::schema(fields, arrow::key_value_metadata({"huggingface"}, {features_json(schema)}));
}

std::shared_ptr<parquet::WriterProperties> writer_properties() {
  // Images are compressed already, do not repeat, and have no useful minimum or maximum.
  return parquet::WriterProperties::Builder()
      .compression(parquet::Compression::SNAPPY)
      ->compression("image.bytes", parquet::Compression::UNCOMPRESSED)
      ->disable_dictionary("image.bytes")
      ->disable_statistics("image.bytes")
      ->memory_pool(arrow::system_memory_pool())
      ->build();
}

class ArrowParquetWriter : public ParquetWriter {
 public:
  ArrowParquetWriter(const std::filesystem::path& file, const ParquetSchema& schema)
      : file_(file), schema_(schema), arrow_schema_(arrow_schema(schema)) {
    const std::filesystem::path target = write_target(file);
    remove_leftovers(target);
    temporary_ = std::make_unique<TemporaryPath>(target, TemporaryPath::Kind::file);
    auto output = arrow::io::FileOutputStream::Open(temporary_->path().string());
    check(output.status());
    output_ = *output;
    auto writer = parquet::arrow::FileWriter::Open(
        *arrow_schema_, arrow::system_memory_pool(), output_, writer_properties(),
        parquet::ArrowWriterProperties::Builder().store_schema()->build());
    check(writer.status());
    writer_ = std::move(*writer);
    auto builder = arrow::RecordBatchBuilder::Make(arrow_schema_, arrow::system_memory_pool());
    check(builder.status());
    builder_ = std::move(*builder);
  }

  ~ArrowParquetWriter() override {
    writer_.reset();
    if (output_) (void)output_->Close();
  }

  void add(const Row& row, const std::string& path) override {
    if (!schema_.list_captions && row.captions.size() > 1) {
      throw Error(ErrorCode::invalid_argument, "row '", row.id, "' has ", row.captions.size(),
                  " captions; expected at most one, since the text column does not hold lists");
    }
    auto* image = builder_->GetFieldAs<arrow::StructBuilder>(0);
    check(image->Append());
    check(static_cast<arrow::BinaryBuilder*>(image->field_builder(0))
              ->Append(row.image.data(), static_cast<int32_t>(row.image.size())));
    check(static_cast<arrow::StringBuilder*>(image->field_builder(1))->Append(path));
    add_captions(row);
    for (size_t i = 0; i < schema_.extra.size(); ++i) {
      auto* column = builder_->GetFieldAs<arrow::StringBuilder>(static_cast<int>(i) + 2);
      const auto value = row.extra.find(schema_.extra[i]);
      check(value == row.extra.end() ? column->AppendNull() : column->Append(value->second));
    }
    ++rows_;
    bytes_ += static_cast<int64_t>(row.image.size());
    if (rows_ == kGroupRows || bytes_ >= kGroupBytes) flush();
  }

  void finish() override {
    flush();
    check(writer_->Close());
    check(output_->Close());
    if (::fsync(temporary_->descriptor()) != 0) {
      throw Error(ErrorCode::io, "cannot write '", file_.string(), "': ", std::strerror(errno));
    }
    temporary_->commit();
  }

 private:
  void add_captions(const Row& row) {
    if (!schema_.list_captions) {
      auto* text = builder_->GetFieldAs<arrow::StringBuilder>(1);
      check(row.captions.empty() ? text->AppendNull() : text->Append(row.captions[0]));
      return;
    }
    auto* list = builder_->GetFieldAs<arrow::ListBuilder>(1);
    check(list->Append());
    for (const auto& caption : row.captions) {
      check(static_cast<arrow::StringBuilder*>(list->value_builder())->Append(caption));
    }
  }

  void flush() {
    if (rows_ == 0) return;
    auto batch = builder_->Flush();
    check(batch.status());
    check(writer_->NewBufferedRowGroup());
    check(writer_->WriteRecordBatch(**batch));
    rows_ = 0;
    bytes_ = 0;
  }

  void check(const arrow::Status& status) const {
    if (status.ok()) return;
    const auto& detail = status.detail();  // of a system call: the reason
    throw Error(ErrorCode::io, "cannot write '", file_.string(), "': ", status.message(),
                detail ? " (" + detail->ToString() + ")" : std::string());
  }

  std::filesystem::path file_;  // as passed in, for messages
  std::unique_ptr<TemporaryPath> temporary_;
  ParquetSchema schema_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::shared_ptr<arrow::io::FileOutputStream> output_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  std::unique_ptr<arrow::RecordBatchBuilder> builder_;
  int64_t rows_ = 0, bytes_ = 0;  // of the unfinished row group
};

}  // namespace
}  // namespace sightline

extern "C" sightline::ParquetWriter* sightline_parquet_create(
    const std::filesystem::path& file, const sightline::ParquetSchema& schema) {
  return new sightline::ArrowParquetWriter(file, schema);
}
