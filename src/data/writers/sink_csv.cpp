// Writes captions.csv, with one line per caption and the columns that open_clip reads, and images/.
#include "data/writers/sink_csv.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/output_file.h"
#include "data/writers/new_folder.h"
#include "data/writers/sink_names.h"
#include "data/writers/sinks.h"
#include "data/writers/write_file.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// RFC 4180: a field that contains separators, quotes or line breaks is quoted.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

// The reader takes an empty cell as no caption, and a cell that looks like a list as a list. Such
// captions are written as a list with one element.
std::string caption_field(const std::string& caption) {
  const bool listed = caption.empty() || (caption.starts_with("[\"") && caption.ends_with("\"]"));
  if (!listed) return field(caption);
  return field(json_text(Json::array({caption})));
}

class CsvSink : public Sink {
 public:
  CsvSink(const fs::path& folder, const DatasetColumns& columns)
      : out_(folder), folder_(out_.path()), table_(folder_ / "captions.csv") {
    make_folder(folder_ / "images");
    std::string header = "filepath,title,id";
    for (const auto& name : columns.extra) {
      if (name == "filepath" || name == "title" || name == "id") continue;
      extra_.push_back(name);
      header += "," + field(name);
    }
    table_.write(header + "\n");
  }

  void add(const Row& row) override {
    const std::string& id = output_id(row);
    const std::string name = "images/" + names_.file_name(id, extension_of(row.image));
    make_folder((folder_ / name).parent_path());
    write_file(folder_ / name, row.image);
    std::string rest = "," + field(id);
    for (const auto& column : extra_) {
      const auto value = row.extra.find(column);
      rest += "," + (value == row.extra.end() ? "" : field(value->second));
    }
    rest += "\n";
    if (row.captions.empty()) table_.write(field(name) + "," + rest);
    for (const auto& caption : row.captions)
      table_.write(field(name) + "," + caption_field(caption) + rest);
  }

  void finish() override {
    table_.close();
    out_.finish();
  }

 private:
  NewFolder out_;
  fs::path folder_;  // out_.path()
  OutputFile table_;
  std::vector<std::string> extra_;
  UniqueNames names_;
};

}  // namespace

std::unique_ptr<Sink> csv_sink(const fs::path& to, const DatasetColumns& columns) {
  return std::make_unique<CsvSink>(to, columns);
}

}  // namespace sightline
