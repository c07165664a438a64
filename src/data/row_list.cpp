#include <sightline/error.h>
#include <sightline/row_list.h>

#include <limits>
#include <utility>

#include "data/columns/add_file.h"
#include "data/file_list.h"
#include "data/split_rows.h"

namespace sightline {
namespace {

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

// Options that decide which rows there are, and their captions.
void add_options(Sha256& hash, const DatasetInput& input) {
  const DatasetOptions& options = input.options;
  add_text(hash, options.image_column);
  for (const std::string& column : options.text_columns) add_text(hash, "text " + column);
  for (const std::string& split : input.splits) add_text(hash, "split " + split);
  add_text(hash, input.splits.empty() ? options.split : "");
  add_text(hash, options.merge_repeated_images ? "merged" : "kept");
}

}  // namespace

struct RowList::Impl {
  std::optional<DatasetInput> dataset;  // otherwise `list`
  std::shared_ptr<const FileList> list;
  std::vector<std::filesystem::path> files;
  int64_t rows = 0, max_captions = 0;
  bool merges_repeats = false;
  std::string digest, format = "files";

  RowReader::Next reader(RowRange range) const;
};

RowReader::Next RowList::Impl::reader(RowRange range) const {
  const auto at = std::make_shared<int64_t>(range.first);
  const int64_t end = range.first + range.rows;
  if (!dataset) {
    return [list = list, at, end]() -> std::optional<Row> {
      if (*at == end) return std::nullopt;
      return list->files[static_cast<size_t>((*at)++)].read();
    };
  }
  const auto from = std::make_shared<SplitRows>(*dataset);
  if (from->skip(range.first) < range.first) *at = end;  // the data set has become smaller
  return [from, at, end]() -> std::optional<Row> {
    if (*at >= end) return std::nullopt;
    auto row = from->next();
    *at += row ? from->rows_of_last() : 0;
    return row;
  };
}

RowList::RowList(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

RowList RowList::of_dataset(const DatasetInput& input) {
  auto impl = std::make_shared<Impl>();
  impl->dataset = input;
  SplitRows rows(input);
  impl->format = rows.format();
  impl->merges_repeats = rows.merges_repeats();
  impl->max_captions = input.options.max_captions;
  impl->rows = rows.size();
  if (impl->rows < 0) impl->rows = SplitRows(input).skip(kAll);
  Sha256 hash;
  add_text(hash, impl->format);
  add_text(hash, std::to_string(impl->rows));
  add_options(hash, input);
  rows.identify(hash);
  impl->digest = to_hex(hash.digest());
  return RowList(std::move(impl));
}

RowList RowList::of_files(std::span<const std::filesystem::path> paths,
                          const FolderOptions& folders) {
  auto impl = std::make_shared<Impl>();
  auto list = std::make_shared<FileList>(list_files(paths, folders));
  impl->rows = static_cast<int64_t>(list->files.size());
  Sha256 hash;
  add_text(hash, impl->format);
  for (const ListedFile& file : list->files) {
    add_text(hash, file.id);
    impl->files.push_back(file.path);
  }
  impl->digest = to_hex(hash.digest());
  impl->list = std::move(list);
  return RowList(std::move(impl));
}

int64_t RowList::rows() const {
  return impl_->rows;
}
const std::string& RowList::digest() const {
  return impl_->digest;
}
bool RowList::merges_repeats() const {
  return impl_->merges_repeats;
}
int64_t RowList::max_captions() const {
  return impl_->max_captions;
}
const std::vector<std::filesystem::path>& RowList::files() const {
  return impl_->files;
}
const std::vector<std::string>& RowList::warnings() const {
  static const std::vector<std::string> none;
  return impl_->list ? impl_->list->warnings : none;
}

RowReader RowList::read(RowRange range) const {
  if (range.first < 0 || range.rows < 0 || range.rows > rows() - range.first) {
    throw Error(ErrorCode::invalid_argument, "there are no ", range.rows, " rows from row ",
                range.first, " on, only ", rows(), " rows");
  }
  return RowReader(impl_->reader(range), range.rows, impl_->format);
}

}  // namespace sightline
