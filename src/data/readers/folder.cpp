#include "data/readers/folder.h"

#include <sightline/error.h>

#include "base/file.h"
#include "base/path_id.h"
#include "base/text.h"
#include "data/columns/add_file.h"
#include "data/readers/caption_sidecar.h"
#include "data/readers/columns.h"
#include "data/readers/folder_walk.h"
#include "data/row_skipper.h"

namespace sightline {
namespace {

constexpr char kSidecarColumn[] = "txt";

class Folder : public Dataset, public RowSkipper {
 public:
  Folder(const std::filesystem::path& root, bool caption_sidecars, const DatasetOptions& options)
      : root_(root),
        caption_sidecars_(caption_sidecars),
        options_(options),
        filter_(options.split),
        walk_(root, options.folder) {}

  std::optional<Row> next() override {
    while (auto file = walk_.next()) {
      if (filter_.accepts(split_of(file->path))) return make_row(std::move(*file));
    }
    filter_.check_all_seen(root_.string());
    return std::nullopt;
  }

  int64_t skip(int64_t rows) override {
    for (int64_t passed = 0; passed < rows;) {
      const auto file = walk_.next();
      if (!file) {
        filter_.check_all_seen(root_.string());
        return passed;
      }
      passed += filter_.accepts(split_of(file->path)) ? 1 : 0;
    }
    return rows;
  }

  void identify(Sha256& hash) const override {
    FolderWalk walk(root_, options_.folder);
    SplitFilter filter(options_.split);
    while (const auto file = walk.next()) {
      if (filter.accepts(split_of(file->path))) add_text(hash, file->path);
    }
  }

  // The first call walks the folder tree to count.
  int64_t size() const override {
    if (size_ < 0) {
      FolderWalk walk(root_, options_.folder);
      SplitFilter filter(options_.split);
      size_ = 0;
      while (const auto file = walk.next()) size_ += filter.accepts(split_of(file->path)) ? 1 : 0;
    }
    return size_;
  }
  std::string format() const override { return "folder"; }
  DatasetColumns columns() const override {
    DatasetColumns columns;
    if (caption_sidecars_) columns.text = kSidecarColumn;
    columns.list_captions = caption_sidecars_;
    return columns;
  }

 private:
  // Returns the top-level folder of the path; "" for files in the root itself.
  static std::string split_of(const std::string& path) {
    const size_t slash = path.find('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
  }

  Row make_row(WalkedFile file) const {
    Row row;
    row.id = path_id(file.path);
    row.error = std::move(file.problem);
    if (row.error) return row;
    try {
      row.image = read_file(root_ / file.path, options_.max_image_bytes);
      if (caption_sidecars_) row.captions = read_caption_sidecar(root_ / file.path);
    } catch (const Error& error) {
      row.image.clear();
      row.error = error.what();
    }
    return row;
  }

  std::filesystem::path root_;
  bool caption_sidecars_;
  DatasetOptions options_;
  SplitFilter filter_;
  FolderWalk walk_;
  mutable int64_t size_ = -1;
};

}  // namespace

std::unique_ptr<Dataset> open_folder(const std::filesystem::path& root, bool caption_sidecars,
                                     const DatasetOptions& options) {
  const auto& requested = options.text_columns;
  for (const auto& name : requested) {
    if (lower(name) == kSidecarColumn) continue;
    throw Error(ErrorCode::not_found, quoted(root),
                " is a plain folder of images, whose only text column is 'txt' (a.txt for a.jpg), "
                "not '",
                name, "'");
  }
  return std::make_unique<Folder>(root, caption_sidecars || !requested.empty(), options);
}

}  // namespace sightline
