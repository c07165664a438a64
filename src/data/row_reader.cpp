#include <sightline/error.h>
#include <sightline/rows.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "data/file_list.h"
#include "data/split_rows.h"

namespace sightline {

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
  merges_repeats_ = rows->merges_repeats();
  max_captions_ = input.options.max_captions;
  next_ = [rows] { return rows->next(); };
}

RowReader RowReader::of_files(std::span<const std::filesystem::path> paths,
                              const FolderOptions& folders) {
  FileList list = list_files(paths, folders);
  const auto files = std::make_shared<std::vector<ListedFile>>(std::move(list.files));
  const auto at = std::make_shared<size_t>(0);
  RowReader reader(
      [files, at]() -> std::optional<Row> {
        if (*at == files->size()) return std::nullopt;
        return (*files)[(*at)++].read();
      },
      static_cast<int64_t>(files->size()), "files");
  for (const ListedFile& file : *files) reader.files_.push_back(file.path);
  reader.warnings_ = std::move(list.warnings);
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
