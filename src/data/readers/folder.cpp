#include "data/readers/folder.h"

#include <sightline/error.h>

#include "base/file.h"
#include "data/readers/columns.h"
#include "data/readers/folder_walk.h"

namespace sightline {
namespace {

class Folder : public Dataset {
 public:
  Folder(const std::filesystem::path& root, const DatasetOptions& options)
      : root_(root), options_(options), filter_(options.split), walk_(root) {}

  std::optional<Row> next() override {
    while (auto file = walk_.next()) {
      if (filter_.accepts(split_of(file->path))) return make_row(std::move(*file));
    }
    filter_.check_all_seen(root_.string());
    return std::nullopt;
  }

  // The first call walks the folder tree to count.
  int64_t size() const override {
    if (size_ < 0) {
      FolderWalk walk(root_);
      SplitFilter filter(options_.split);
      size_ = 0;
      while (const auto file = walk.next()) size_ += filter.accepts(split_of(file->path)) ? 1 : 0;
    }
    return size_;
  }
  std::string format() const override { return "folder"; }

 private:
  // Returns the top-level folder of the path; "" for files in the root itself.
  static std::string split_of(const std::string& path) {
    const size_t slash = path.find('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
  }

  Row make_row(WalkedFile file) const {
    Row row;
    row.id = std::move(file.path);
    row.error = std::move(file.problem);
    if (row.error) return row;
    try {
      row.image = read_file(root_ / row.id, options_.max_image_bytes);
    } catch (const Error& error) {
      row.error = error.what();
    }
    return row;
  }

  std::filesystem::path root_;
  DatasetOptions options_;
  SplitFilter filter_;
  FolderWalk walk_;
  mutable int64_t size_ = -1;
};

}  // namespace

std::unique_ptr<Dataset> open_folder(const std::filesystem::path& root,
                                     const DatasetOptions& options) {
  if (!options.text_columns.empty()) {
    throw Error(ErrorCode::not_found, "'", root.string(),
                "' is a plain folder of images and has no text column '",
                options.text_columns.front(), "'");
  }
  return std::make_unique<Folder>(root, options);
}

}  // namespace sightline
