#include "data/readers/caption_index.h"

#include <sightline/error.h>

namespace sightline {

CaptionIndex::Span CaptionIndex::keep(std::string_view text) {
  if (text.size() >= UINT32_MAX) {
    throw Error(ErrorCode::limit_exceeded, "a text in the data set has ", text.size(),
                " bytes; expected less than 4 GiB");
  }
  const Span span{text_.size(), static_cast<uint32_t>(text.size())};
  text_.append(text);
  return span;
}

size_t CaptionIndex::add_row(Row row) {
  if (rows_.size() >= kNone) {
    throw Error(ErrorCode::limit_exceeded, "the data set has more than ", kNone, " rows");
  }
  rows_.push_back(row);
  return rows_.size() - 1;
}

size_t CaptionIndex::add_image(std::string_view path,
                               const std::map<std::string, std::string>& extra) {
  Row row;
  row.path = keep(path);
  row.cells = cells_.size();
  row.cell_count = static_cast<uint32_t>(extra.size());
  for (const auto& [name, value] : extra) {
    const auto [at, fresh] =
        columns_.try_emplace(name, static_cast<uint32_t>(column_names_.size()));
    if (fresh) column_names_.push_back(name);
    cells_.push_back({at->second, keep(value)});
  }
  return add_row(row);
}

size_t CaptionIndex::add_broken(std::string_view id, std::string_view problem) {
  Row row;
  row.path = keep(id);
  row.problem = keep(problem);
  return add_row(row);
}

void CaptionIndex::add_caption(size_t row, std::string_view caption) {
  if (captions_.size() >= kNone) {
    throw Error(ErrorCode::limit_exceeded, "the data set has more than ", kNone, " captions");
  }
  const auto number = static_cast<uint32_t>(captions_.size());
  captions_.push_back({keep(caption), kNone});
  Row& owner = rows_.at(row);
  if (owner.first_caption == kNone)
    owner.first_caption = number;
  else
    captions_[owner.last_caption].next = number;
  owner.last_caption = number;
}

CaptionIndex::Entry CaptionIndex::at(size_t row) const {
  const Row& from = rows_.at(row);
  Entry entry;
  entry.path = view(from.path);
  entry.problem = view(from.problem);
  for (uint32_t c = from.first_caption; c != kNone; c = captions_[c].next) {
    entry.captions.emplace_back(view(captions_[c].text));
  }
  for (uint32_t i = 0; i < from.cell_count; ++i) {
    const Cell& cell = cells_[from.cells + i];
    entry.extra.emplace(column_names_[cell.column], view(cell.text));
  }
  return entry;
}

std::string_view CaptionIndex::extra(size_t row, std::string_view column) const {
  const auto wanted = columns_.find(column);
  if (wanted == columns_.end()) return {};
  const Row& from = rows_.at(row);
  for (uint32_t i = 0; i < from.cell_count; ++i) {
    const Cell& cell = cells_[from.cells + i];
    if (cell.column == wanted->second) return view(cell.text);
  }
  return {};
}

std::vector<std::string> CaptionIndex::extra_columns() const {
  std::vector<std::string> names;
  for (const auto& [name, number] : columns_) names.push_back(name);
  return names;
}

}  // namespace sightline
