// Writes ImageFolder and Parquet.
#include "data/writers/sink_folders.h"

#include <sightline/error.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/output_file.h"
#include "data/parquet_plugin.h"
#include "data/writers/new_folder.h"
#include "data/writers/parquet_writer.h"
#include "data/writers/sink_names.h"
#include "data/writers/sinks.h"
#include "data/writers/write_file.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
class ImageFolderSink : public Sink {
 public:
  ImageFolderSink(const fs::path& folder, const DatasetColumns& columns)
      : out_(folder),
        folder_(out_.path()),
        lists_(wants_lists(columns)),
        captions_(!columns.text.empty()),
        metadata_(folder_ / "metadata.jsonl") {
    make_folder(folder_ / "images");
  }

  void add(const Row& row) override {
    char name[64];
    std::snprintf(name, sizeof name, "images/%08lld%s", static_cast<long long>(count_++),
                  extension_of(row.image));
    write_file(folder_ / name, row.image);
    Json line = {{"file_name", name}};
    if (lists_ && captions_) line["text"] = row.captions;
    if (!lists_) line["text"] = row.captions.empty() ? Json() : Json(row.captions[0]);
    line["id"] = output_id(row);
    for (const auto& [key, value] : row.extra) line.emplace(key, value);  // keeps keys set above
    // A caption may contain bytes that are not UTF-8, which JSON does not allow.
    metadata_.write(json_text(line) + "\n");
  }

  void finish() override {
    metadata_.close();
    out_.finish();
  }

 private:
  NewFolder out_;
  fs::path folder_;  // out_.path()
  bool lists_, captions_;
  OutputFile metadata_;
  int64_t count_ = 0;
};

class ParquetSink : public Sink {
 public:
  ParquetSink(const fs::path& to, const DatasetColumns& columns) {
    ParquetSchema schema{wants_lists(columns), {"id"}};
    for (const auto& name : columns.extra) {
      if (name != "id" && name != "text" && name != "image") schema.extra.push_back(name);
    }
    const bool is_file = to.extension() == ".parquet";
    const fs::path file = is_file ? to : to / "data.parquet";
    std::error_code error;
    if (fs::exists(file, error)) {
      throw Error(ErrorCode::invalid_argument, "'", file.string(), "' already exists");
    }
    make_folder(fs::absolute(file).parent_path());
    writer_ = create_parquet_writer(file, schema);
  }

  void add(const Row& row) override {
    const auto path = row.extra.find("path");
    Row with_id = row;
    with_id.extra["id"] = output_id(row);
    writer_->add(with_id,
                 path != row.extra.end() ? path->second : fs::path(row.id).filename().string());
  }
  void finish() override { writer_->finish(); }

 private:
  std::unique_ptr<ParquetWriter> writer_;
};

}  // namespace

std::unique_ptr<Sink> imagefolder_sink(const fs::path& to, const DatasetColumns& columns) {
  return std::make_unique<ImageFolderSink>(to, columns);
}

std::unique_ptr<Sink> parquet_sink(const fs::path& to, const DatasetColumns& columns) {
  return std::make_unique<ParquetSink>(to, columns);
}

}  // namespace sightline
