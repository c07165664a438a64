#include <sightline/error.h>
#include <sightline/image.h>
#include <sightline/rows.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/path_id.h"
#include "base/suggest.h"
#include "base/text.h"
#include "data/no_image.h"
#include "data/readers/folder_walk.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// The rows of several splits, one split after the other.
class SplitRows {
 public:
  explicit SplitRows(const DatasetInput& input) : input_(input) {
    const std::set<std::string> distinct(input.splits.begin(), input.splits.end());
    if (distinct.size() != input.splits.size() || distinct.count("") > 0) {
      throw Error(ErrorCode::invalid_argument,
                  "the list of splits names one twice, or has an empty name");
    }
    open(0);
  }

  std::string format() const { return dataset_->format(); }
  bool has_captions() const { return !dataset_->columns().text.empty(); }

  // Opens the other splits, which does not read their images.
  int64_t size() const {
    int64_t size = dataset_->size();
    for (size_t i = 1; i < input_.splits.size() && size >= 0; ++i) {
      const int64_t more = open_dataset(input_.path, options(i))->size();
      size = more < 0 ? -1 : size + more;
    }
    return size;
  }

  std::optional<Row> next() {
    for (;;) {
      if (auto row = dataset_->next()) {
        ++rows_of_split_;
        if (!input_.splits.empty()) {
          row->split = input_.splits[split_];
        } else if (const auto own = row->extra.find("split"); own != row->extra.end()) {
          row->split = own->second;
        }
        return row;
      }
      if (!input_.splits.empty() && rows_of_split_ == 0) {
        throw Error(ErrorCode::not_found, "'", input_.path.string(), "' has no row in split '",
                    input_.splits[split_], "'");
      }
      if (split_ + 1 >= input_.splits.size()) return std::nullopt;
      open(split_ + 1);
    }
  }

 private:
  DatasetOptions options(size_t split) const {
    DatasetOptions options = input_.options;
    if (!input_.splits.empty()) options.split = input_.splits[split];
    return options;
  }

  void open(size_t split) {
    dataset_ = open_dataset(input_.path, options(split));
    split_ = split;
    rows_of_split_ = 0;
  }

  DatasetInput input_;
  std::unique_ptr<Dataset> dataset_;
  size_t split_ = 0;
  int64_t rows_of_split_ = 0;
};

// Returns whether a data set of this format identifies its images by name or number, so that equal
// images of different names are different images, as in published results.
bool identifies_images(const std::string& format) {
  return format == "coco" || format == "karpathy" || format == "flickr";
}

struct File {
  fs::path path;
  std::string id;
  std::optional<std::string> problem;
};

Row read_row(const File& file) {
  Row row;
  row.id = file.id;
  row.error = file.problem;
  if (row.error) return row;
  try {
    row.image = read_file(file.path, ImageLimits{}.max_bytes);
  } catch (const Error& error) {
    row.error = error.what();
  }
  return row;
}

}  // namespace

DatasetInput with_all_splits(DatasetInput input) {
  input.splits.clear();
  input.options.split.clear();
  return input;
}

RowReader::RowReader(Next next, int64_t size, std::string format)
    : next_(std::move(next)), size_(size), format_(std::move(format)) {}

RowReader::RowReader(const DatasetInput& input) {
  const auto rows = std::make_shared<SplitRows>(input);
  format_ = rows->format();
  size_ = rows->size();
  merges_repeats_ =
      input.options.merge_repeated_images && rows->has_captions() && !identifies_images(format_);
  max_captions_ = input.options.max_captions;
  next_ = [rows] { return rows->next(); };
}

RowReader RowReader::of_files(std::span<const fs::path> paths, const FolderOptions& folders) {
  const auto files = std::make_shared<std::vector<File>>();
  std::vector<std::string> warnings;
  std::error_code error;
  const bool one_folder = paths.size() == 1 && fs::is_directory(paths[0], error);
  // A path that cannot be read is skipped if there are others.
  const auto skip = [&](const fs::path& path, ErrorCode code, const std::string& problem) {
    if (paths.size() == 1) throw Error(code, problem);
    files->push_back({path, path_id(path), problem});
  };
  for (const fs::path& path : paths) {
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
      if (status.type() == fs::file_type::not_found) {
        skip(path, ErrorCode::not_found,
             message("there is no image or folder ", quoted(path), nearest_path(path)));
      } else {
        skip(path, ErrorCode::io, message("cannot read ", quoted(path), ": ", error.message()));
      }
      continue;
    }
    if (!fs::is_directory(status)) {
      files->push_back({path, path_id(path), std::nullopt});
      continue;
    }
    if (fs::directory_iterator readable(path, error); error) {
      skip(path, ErrorCode::io,
           message("cannot read the folder ", quoted(path), ": ", error.message()));
      continue;
    }
    const size_t before = files->size();
    FolderWalk walk(path, folders);
    while (auto found = walk.next()) {
      const fs::path file = path / found->path;
      files->push_back(
          {file, path_id(one_folder ? fs::path(found->path) : file), std::move(found->problem)});
    }
    if (files->size() == before) warnings.push_back(no_image_in(path));
  }
  const auto at = std::make_shared<size_t>(0);
  RowReader reader(
      [files, at]() -> std::optional<Row> {
        if (*at == files->size()) return std::nullopt;
        return read_row((*files)[(*at)++]);
      },
      static_cast<int64_t>(files->size()), "files");
  for (const File& file : *files) reader.files_.push_back(file.path);
  reader.warnings_ = std::move(warnings);
  return reader;
}

std::optional<Row> RowReader::next() {
  if (peeked_.empty()) return next_();
  Row row = std::move(peeked_.front());
  peeked_.pop_front();
  return row;
}

const std::deque<Row>& RowReader::peek(size_t images, size_t rows) {
  const auto good = [](const Row& row) { return !row.error; };
  auto found = static_cast<size_t>(std::count_if(peeked_.begin(), peeked_.end(), good));
  while (found < images && peeked_.size() < rows) {
    auto row = next_();
    if (!row) break;
    found += good(*row);
    peeked_.push_back(std::move(*row));
  }
  return peeked_;
}

}  // namespace sightline
