#include "data/readers/index_dataset.h"

#include <sightline/error.h>

#include <set>

#include "base/file.h"
#include "data/columns/add_file.h"
#include "data/readers/columns.h"
#include "data/row_skipper.h"

namespace sightline {
namespace {

class IndexDataset : public Dataset, public RowSkipper {
 public:
  IndexDataset(IndexSource source, const DatasetOptions& options)
      : source_(std::move(source)), options_(options), filter_(options.split) {
    columns_.image = source_.image_column;
    columns_.text = source_.text_column;
    columns_.list_captions = true;
    std::set<std::string> extra;
    for (const auto& part : source_.parts) {
      for (auto& name : part.index.extra_columns()) extra.insert(std::move(name));
      for (size_t row = 0; row < part.index.size(); ++row) size_ += accepts(part.index, row);
    }
    if (extra.contains("split")) columns_.split = "split";
    columns_.extra.assign(extra.begin(), extra.end());
    filter_.check_all_seen(source_.path.string());
  }

  std::optional<Row> next() override {
    for (; part_ < source_.parts.size(); ++part_, row_ = 0) {
      const IndexPart& part = source_.parts[part_];
      while (row_ < part.index.size()) {
        const size_t row = row_++;
        if (accepts(part.index, row)) return make_row(part, row);
      }
    }
    return std::nullopt;
  }

  int64_t skip(int64_t rows) override {
    int64_t passed = 0;
    for (; part_ < source_.parts.size(); ++part_, row_ = 0) {
      const CaptionIndex& index = source_.parts[part_].index;
      while (row_ < index.size()) {
        if (passed == rows) return passed;
        passed += accepts(index, row_++) ? 1 : 0;
      }
    }
    return passed;
  }

  void identify(Sha256& hash) const override {
    for (const IndexPart& part : source_.parts) {
      for (size_t row = 0; row < part.index.size(); ++row) {
        const CaptionIndex::Entry entry = part.index.at(row);
        add_text(hash, entry.path);
        for (const std::string& caption : entry.captions) add_text(hash, caption);
      }
    }
  }

  int64_t size() const override { return size_; }
  std::string format() const override { return source_.format; }
  DatasetColumns columns() const override { return columns_; }

 private:
  // Broken rows are always reported, because their split is unknown.
  bool accepts(const CaptionIndex& index, size_t row) {
    return index.broken(row) || filter_.accepts(std::string(index.extra(row, "split")));
  }

  Row make_row(const IndexPart& part, size_t number) const {
    CaptionIndex::Entry entry = part.index.at(number);
    Row row;
    row.id = std::move(entry.path);
    if (!entry.problem.empty()) {
      row.error = std::move(entry.problem);
      return row;
    }
    const LocatedFile image = image_file(part.root, row.id);
    if (!image.problem.empty()) {
      row.error = image.problem;
      return row;
    }
    try {
      row.image = read_file(image.file, options_.max_image_bytes);
    } catch (const Error& error) {
      row.error = error.what();
      return row;
    }
    row.captions = std::move(entry.captions);
    row.extra = std::move(entry.extra);
    return row;
  }

  IndexSource source_;
  DatasetOptions options_;
  SplitFilter filter_;
  DatasetColumns columns_;
  int64_t size_ = 0;
  size_t part_ = 0, row_ = 0;
};

}  // namespace

std::unique_ptr<Dataset> open_index(IndexSource source, const DatasetOptions& options) {
  return std::make_unique<IndexDataset>(std::move(source), options);
}

}  // namespace sightline
