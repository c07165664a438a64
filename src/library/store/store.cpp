#include "library/store/store.h"

#include <sightline/error.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/temporary_path.h"
#include "base/text.h"
#include "library/store/compaction.h"
#include "library/store/open_segment.h"
#include "library/store/paths.h"
#include "tensor/tensor.h"

namespace sightline::library {
namespace {

namespace fs = std::filesystem;

bool is_segment(const std::string& name) {
  const std::string_view end = ".segment";
  return name.ends_with(end) && name.size() > end.size() &&
         name.find_first_not_of("0123456789") == name.size() - end.size();
}

void remove_with_logs(const fs::path& catalogue) {
  std::error_code ignored;
  for (const char* end : {"", "-journal", "-wal", "-shm"})
    fs::remove(catalogue.string() + end, ignored);
}

// Makes the catalogue under another name first: a killed process leaves none without tables. A log
// that stayed when another catalogue was removed would be applied to this one.
void create_catalogue(const fs::path& folder) {
  const fs::path fresh = folder / "catalogue.new";
  remove_with_logs(fresh);
  remove_with_logs(catalogue_file(folder));
  try {
    Catalogue::create(fresh);
  } catch (const Error&) {
    remove_with_logs(fresh);
    throw;
  }
  std::error_code error;
  fs::rename(fresh, catalogue_file(folder), error);
  if (error)
    throw Error(ErrorCode::io, "cannot write ", quoted(catalogue_file(folder)), ": ",
                error.message());
  sync_folder(folder);
}

}  // namespace

Store::Store(const fs::path& folder, const StoreOptions& options) : folder_(fs::absolute(folder)) {
  std::error_code ignored;
  const bool exists = fs::exists(catalogue_file(folder), ignored);
  if (!exists && !options.create)
    throw Error(ErrorCode::not_found, "there is no library in ", quoted(folder));
  if (!exists) make_folder(segments_folder(folder));
  lock_.emplace(lock_file(folder), options.purpose, options.wait, options.progress);
  if (!fs::exists(catalogue_file(folder), ignored)) create_catalogue(folder);
  catalogue_.emplace(catalogue_file(folder), Database::Mode::write);
  next_segment_ = catalogue_->last_segment() + 1;
  last_content_ = catalogue_->last_content();
  for (const ModelRecord& model : catalogue_->models()) open_model(model);
  remove_orphans();
}

Store::~Store() = default;

Catalogue& Store::change() {
  if (!transaction_) transaction_.emplace(catalogue_->database());
  return *catalogue_;
}

std::vector<ModelRecord> Store::models() const {
  std::vector<ModelRecord> out;
  for (const ModelState& model : models_) out.push_back(model.record);
  return out;
}

Store::ModelState& Store::state(int64_t model) {
  return const_cast<ModelState&>(std::as_const(*this).state(model));
}

const Store::ModelState& Store::state(int64_t model) const {
  const auto found =
      std::ranges::find_if(models_, [&](const ModelState& m) { return m.record.id == model; });
  if (found == models_.end())
    throw Error(ErrorCode::not_found, quoted(folder_), " has no model ", model);
  return *found;
}

const ModelRecord& Store::model(int64_t id) const {
  return state(id).record;
}

int64_t Store::add_model(ModelRecord model) {
  model.id = change().add_model(model);
  models_.push_back({std::move(model), {}, {}, nullptr, 0, {}});
  return models_.back().record.id;
}

void Store::set_spec(int64_t model, const std::string& spec) {
  state(model).record.spec = spec;
  change()
      .database()
      .prepare("UPDATE models SET spec = ? WHERE id = ?")
      .bind(1, spec)
      .bind(2, model)
      .run();
}

void Store::remove_model(int64_t model) {
  const ModelState& removed = state(model);
  for (const OpenSegment& segment : removed.segments) unlink_.push_back(segment.record.id);
  change().remove_model(model);
  std::erase_if(models_, [&](const ModelState& m) { return m.record.id == model; });
}

Store::OpenSegment Store::opened(const ModelRecord& model, const SegmentRecord& record) const {
  return {record, open_segment(folder_, model, record), false};
}

void Store::open_model(const ModelRecord& record) {
  ModelState& model = models_.emplace_back(ModelState{record, {}, {}, nullptr, 0, {}});
  for (const SegmentRecord& segment : catalogue_->segments(record.id)) {
    model.segments.push_back(opened(record, segment));
    locate(model, model.segments.size() - 1);
  }
}

// Notes the rows of a segment that are not dead.
void Store::locate(ModelState& model, size_t segment) {
  const OpenSegment& open = model.segments[segment];
  const auto contents = open.rows->contents();
  for (int64_t row = 0; row < open.record.rows; ++row) {
    if (is_dead(open.record, row)) continue;
    const int64_t content = contents[static_cast<size_t>(row)];
    if (content <= 0 || content > last_content_)
      throw Error(ErrorCode::invalid_data, "the segment ", quoted(open.rows->file().path()),
                  " has an impossible content id in row ", row);
    model.where.set(content, {static_cast<int32_t>(segment), static_cast<int32_t>(row)});
  }
}

void Store::remove_orphans() {
  std::set<std::string> known;
  for (const ModelState& model : models_) {
    for (const OpenSegment& segment : model.segments) known.insert(segment_name(segment.record.id));
  }
  const fs::path folder = segments_folder(folder_);
  make_folder(folder);
  remove_leftovers(folder, is_segment);
  std::error_code ignored;
  for (const fs::path& file : folder_entries(folder)) {
    const std::string name = file.filename().string();
    if (is_segment(name) && !known.contains(name)) fs::remove(file, ignored);
  }
}

bool Store::has_vector(int64_t model, int64_t content) const {
  return state(model).where.get(content) != Location();
}

bool Store::has_stored_vector(int64_t model, int64_t content, std::span<const float> vector) const {
  const ModelState& m = state(model);
  const Location at = m.where.get(content);
  if (at.segment < 0) return false;
  const Segment& rows = *m.segments[static_cast<size_t>(at.segment)].rows;
  if (static_cast<size_t>(rows.dim()) != vector.size()) return false;
  std::vector<float> stored(vector.size());
  rows.copy_row(at.row, stored);
  const bool half = m.record.element == ElementType::f16;
  return std::ranges::equal(vector, stored, {}, [half](float element) {
    return half ? half_to_float(float_to_half(element)) : element;
  });
}

std::vector<int64_t> Store::contents_of(int64_t model) const {
  std::vector<int64_t> out;
  state(model).where.for_each([&](int64_t content) { out.push_back(content); });
  return out;
}

void Store::add_vector(int64_t model, int64_t content, std::span<const float> vector) {
  ModelState& m = state(model);
  change();
  last_content_ = std::max(last_content_, content);
  if (!m.writer) {
    m.writer_id = next_segment_++;
    m.writer = std::make_unique<SegmentWriter>(segment_file(folder_, m.writer_id), m.record.dim,
                                               m.record.element);
  }
  m.where.set(content, {kPending, static_cast<int32_t>(m.writer->rows())});
  m.writer->add(vector, content);
  if (m.writer->rows() == kMostSegmentRows) finish_segment(m);
}

void Store::remove_vector(int64_t model, int64_t content) {
  ModelState& m = state(model);
  if (!has_vector(model, content)) return;
  change();
  const Location at = m.where.get(content);
  if (at.segment == kPending) {
    m.removed.push_back(at.row);
  } else {
    OpenSegment& segment = m.segments[static_cast<size_t>(at.segment)];
    set_dead(segment.record, at.row);
    segment.changed = true;
  }
  m.where.set(content, {});
}

void Store::remove_if_unused(int64_t content) {
  if (content == 0 || change().is_used(content)) return;
  for (ModelState& model : models_) remove_vector(model.record.id, content);
  change().remove_content(content);
}

int64_t Store::pending() const {
  int64_t rows = 0;
  for (const ModelState& model : models_) rows += model.writer ? model.writer->rows() : 0;
  return rows;
}

// Writes the pending rows, refers to them in the transaction, and opens them.
void Store::finish_segment(ModelState& m) {
  SegmentRecord record;
  record.id = m.writer_id;
  record.model = m.record.id;
  record.rows = m.writer->rows();
  record.digest = m.writer->close();
  m.writer.reset();
  for (const int64_t row : m.removed) set_dead(record, row);
  m.removed.clear();
  change().add_segment(record);
  m.segments.push_back(opened(m.record, record));
  locate(m, m.segments.size() - 1);
}

void Store::commit() {
  for (ModelState& model : models_) {
    if (model.writer) finish_segment(model);
    for (OpenSegment& segment : model.segments) {
      if (segment.changed) change().set_tombstones(segment.record);
      segment.changed = false;
    }
  }
  if (!transaction_) return;
  transaction_->commit();
  transaction_.reset();
  std::error_code ignored;  // a file that stays is removed when the library is next opened
  for (const int64_t id : unlink_) fs::remove(segment_file(folder_, id), ignored);
  unlink_.clear();
}

Store::Compacted Store::merge(ModelState& m, const std::vector<size_t>& chosen,
                              const ProgressFn& progress) {
  Compacted out;
  std::vector<float> row(static_cast<size_t>(m.record.dim));
  const int64_t id = next_segment_++;
  SegmentWriter writer(segment_file(folder_, id), m.record.dim, m.record.element);
  for (const size_t i : chosen) {
    const OpenSegment& from = m.segments[i];
    from.rows->check();  // damage would get a digest of its own
    for (int64_t r = 0; r < from.record.rows; ++r) {
      if (is_dead(from.record, r)) continue;
      from.rows->copy_row(r, row);
      writer.add(row, from.rows->contents()[static_cast<size_t>(r)]);
      constexpr int64_t kStep = 4096;
      if (progress && writer.rows() % kStep == 0)
        progress({"compacting", writer.rows(), -1, "", ""});
    }
    ++out.segments;
    out.dropped += from.record.dead;
  }
  out.rows = writer.rows();
  change();
  if (writer.rows() > 0) {
    SegmentRecord record;
    record.id = id;
    record.model = m.record.id;
    record.rows = writer.rows();
    record.digest = writer.close();
    change().add_segment(record);
    m.segments.push_back(opened(m.record, record));
  }
  for (const size_t i : chosen) {
    change().remove_segment(m.segments[i].record.id);
    unlink_.push_back(m.segments[i].record.id);
  }
  return out;
}

// One group after the other, so that the segments in memory are those of the catalogue whenever
// `progress` throws.
Store::Compacted Store::compact(bool all, const ProgressFn& progress) {
  commit();
  Compacted out;
  for (ModelState& model : models_) {
    for (;;) {
      std::vector<SegmentSize> sizes;
      for (const OpenSegment& segment : model.segments)
        sizes.push_back({segment.record.rows, segment.record.dead});
      const auto groups = plan_compaction(sizes, all);
      if (groups.empty()) break;
      const Compacted part = merge(model, groups.front(), progress);
      commit();
      forget_segments(model, groups.front());
      out.segments += part.segments;
      out.rows += part.rows;
      out.dropped += part.dropped;
    }
  }
  return out;
}

// After `merged` were replaced.
void Store::forget_segments(ModelState& model, const std::vector<size_t>& merged) {
  std::vector<OpenSegment> kept;
  for (size_t i = 0; i < model.segments.size(); ++i) {
    if (std::ranges::find(merged, i) == merged.end()) kept.push_back(std::move(model.segments[i]));
  }
  model.segments = std::move(kept);
  model.where.clear();
  for (size_t i = 0; i < model.segments.size(); ++i) locate(model, i);
}

}  // namespace sightline::library
