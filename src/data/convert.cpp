#include <sightline/dataset.h>
#include <sightline/error.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "data/parquet_writer.h"
#include "data/write_file.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// By the first bytes, since a data set need not say what its pictures are.
const char* extension_of(const std::vector<uint8_t>& bytes) {
  static constexpr std::pair<std::string_view, const char*> kMagics[] = {
      {"\xFF\xD8\xFF", ".jpg"}, {"\x89PNG", ".png"}, {"GIF8", ".gif"},
      {"BM", ".bmp"},           {"II*", ".tif"},     {"MM", ".tif"}};
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min<size_t>(bytes.size(), 12));
  for (const auto& [magic, extension] : kMagics) {
    if (head.starts_with(magic)) return extension;
  }
  return head.starts_with("RIFF") && head.ends_with("WEBP") ? ".webp" : ".bin";
}

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void add(const Row& row) = 0;
  virtual void finish() = 0;
};

// Whether the text column is written as lists: a data set without captions has empty ones.
bool wants_lists(const DatasetColumns& columns) {
  return columns.list_captions || columns.text.empty();
}

class ImageFolderSink : public Sink {
 public:
  ImageFolderSink(const fs::path& folder, const DatasetColumns& columns)
      : folder_(folder), lists_(wants_lists(columns)), captions_(!columns.text.empty()) {
    std::error_code error;
    if (fs::exists(folder, error) &&
        (!fs::is_directory(folder, error) || !fs::is_empty(folder, error))) {
      throw Error(ErrorCode::invalid_argument,
                  "'" + folder.string() + "' is there already; expected a new or empty folder");
    }
    make_directories(folder / "images");
    metadata_.open(folder / "metadata.jsonl", std::ios::binary);
  }

  void add(const Row& row) override {
    char name[64];
    std::snprintf(name, sizeof name, "images/%08lld%s", static_cast<long long>(count_++),
                  extension_of(row.image));
    write_file(folder_ / name, row.image);
    Json line = {{"file_name", name}};
    if (lists_ && captions_) line["text"] = row.captions;
    if (!lists_) line["text"] = row.captions.at(0);
    line["id"] = row.id;
    for (const auto& [key, value] : row.extra) line.emplace(key, value);  // ours stay as they are
    // A caption may hold bytes that are not UTF-8; JSON cannot.
    metadata_ << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  }

  void finish() override {
    metadata_.close();
    if (!metadata_)
      throw Error(ErrorCode::io, "cannot write '" + (folder_ / "metadata.jsonl").string() + "'");
  }

 private:
  fs::path folder_;
  bool lists_, captions_;
  std::ofstream metadata_;
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
      throw Error(ErrorCode::invalid_argument, "'" + file.string() + "' is there already");
    }
    make_directories(fs::absolute(file).parent_path());
    writer_ = create_parquet_writer(file, schema);
  }

  void add(const Row& row) override {
    const auto path = row.extra.find("path");
    Row with_id = row;
    with_id.extra["id"] = row.id;
    writer_->add(with_id,
                 path != row.extra.end() ? path->second : fs::path(row.id).filename().string());
  }
  void finish() override { writer_->finish(); }

 private:
  std::unique_ptr<ParquetWriter> writer_;
};

}  // namespace

ConvertSummary convert_dataset(Dataset& from, const fs::path& to, DatasetKind kind,
                               const ProgressFn& progress) {
  const DatasetColumns columns = from.columns();
  std::unique_ptr<Sink> sink;
  if (kind == DatasetKind::parquet)
    sink = std::make_unique<ParquetSink>(to, columns);
  else
    sink = std::make_unique<ImageFolderSink>(to, columns);
  ConvertSummary summary;
  const bool one_caption = !wants_lists(columns);
  for (int64_t seen = 1; auto row = from.next(); ++seen) {
    if (!row->error && one_caption && row->captions.size() != 1) {
      row->error = "has " + std::to_string(row->captions.size()) +
                   " captions, though the data set's first row says one each";
    }
    if (row->error) {
      summary.skipped.emplace_back(row->id, *row->error);
    } else {
      sink->add(*row);
      ++summary.rows;
    }
    if (progress && (seen % 64 == 0 || seen == from.size()))
      progress({"converting", seen, from.size(), ""});
  }
  sink->finish();
  return summary;
}

}  // namespace sightline
