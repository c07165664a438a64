#include <sightline/error.h>
#include <sightline/library.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "base/text.h"
#include "library/catalogue/catalogue.h"
#include "library/catalogue/feedback_file.h"
#include "library/check_captions.h"
#include "library/check_segments.h"
#include "library/indexing/source_options.h"
#include "library/store/paths.h"
#include "library/store/writer_lock.h"

namespace sightline {
namespace {

using namespace library;
namespace fs = std::filesystem;

class Repair {
 public:
  Repair(const fs::path& folder, const LibraryRepairOptions& options)
      : folder_(folder),
        progress_(options.progress),
        lock_(lock_file(folder), "sightline library repair", options.wait, options.progress),
        catalogue_(catalogue_file(folder), Database::Mode::write) {}

  LibraryRepair run() {
    Transaction transaction(catalogue_.database());
    rebuild_catalogue();
    reset_options();
    remove_lost_rows();
    for (const ModelRecord& model : catalogue_.models()) repair_model(model);
    remove_lost_rows();
    record_lost_vectors();
    choose_active_model();
    rebuild_captions();
    transaction.commit();
    put_feedback_aside();
    return out_;
  }

 private:
  void did(const std::string& text) { out_.actions.push_back(text); }

  int64_t change(const std::string& sql) {
    catalogue_.database().prepare(sql).run();
    return catalogue_.database().changes();
  }

  void remove(const std::string& sql, const std::string& what) {
    if (const int64_t rows = change(sql); rows > 0) did(message("removed ", rows, " ", what));
  }

  std::string state() const { return catalogue_.database().text("PRAGMA integrity_check(1)"); }

  // Indexes are made from their tables again. Returns what is still wrong, "ok" if nothing is.
  std::string reindex() {
    try {
      catalogue_.database().execute("REINDEX");
    } catch (const Error& error) {
      if (error.code() != ErrorCode::internal) throw;
      return "rows of a table are damaged";  // two have the same key
    }
    return state();
  }

  void rebuild_catalogue() {
    if (state() == "ok") return;
    const std::string now = reindex();
    if (now != "ok") {
      throw Error(ErrorCode::invalid_data, "the catalogue ", quoted(catalogue_file(folder_)),
                  " is damaged beyond repair (", printable(now),
                  "): move the library away and index again");
    }
    did("made the indexes of the catalogue again");
  }

  // The model with the most vectors, if the active one is unknown.
  void choose_active_model() {
    const std::vector<ModelRecord> models = catalogue_.models();
    if (models.empty() ||
        std::ranges::find(models, catalogue_.active_model(), &ModelRecord::id) != models.end())
      return;
    const auto vectors = [this](const ModelRecord& model) {
      int64_t rows = 0;
      for (const SegmentRecord& segment : catalogue_.segments(model.id))
        rows += segment.rows - segment.dead;
      return rows;
    };
    const ModelRecord& chosen = *std::ranges::max_element(models, {}, vectors);
    catalogue_.set_active_model(chosen.id);
    did("made '" + printable(chosen.name) + "' the active model, which was none of the library's");
  }

  // After captions without items were removed, which the index had as well.
  void rebuild_captions() {
    if (!captions_differ()) return;
    catalogue_.database().execute("INSERT INTO caption_words(caption_words) VALUES ('rebuild')");
    did("made the full-text index of captions again");
  }
  bool captions_differ() {
    try {
      return count_wrong_captions(catalogue_.database(), [this](int64_t done) {
               if (progress_) progress_({"checking captions", done, -1, "", ""});
             }) > 0;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::invalid_data) throw;
      return true;
    }
  }

  void reset_options() {
    for (const auto& [path, options] : catalogue_.roots()) {
      if (is_valid([&] { parse_folder_options(path, options); })) continue;
      catalogue_.add_root(path, folder_options_json({}));
      did("reset the options of " + quoted(fs::path(path)) +
          ": index it again with its --exclude and --include-hidden, if it had any");
    }
    for (SourceRecord& source : catalogue_.sources()) {
      if (source.id == kFiles ||
          is_valid([&] { parse_dataset_options(source.path, source.options); }))
        continue;
      source.options = dataset_options_json({});
      catalogue_.add_source(source);
      did("reset the options of " + quoted(fs::path(source.path)) + ": add it again as before");
    }
  }
  template <typename Parse>
  static bool is_valid(const Parse& parse) {
    try {
      parse();
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  void remove_lost_rows() {
    remove("UPDATE items SET content = NULL WHERE content NOT IN (SELECT id FROM contents)",
           "references to images that do not exist");
    remove("DELETE FROM items WHERE content IS NULL AND id NOT IN (SELECT item FROM failures)",
           "items without an image");
    remove(
        "DELETE FROM contents WHERE id NOT IN (SELECT content FROM items WHERE content IS NOT "
        "NULL)",
        "images without an item");
    for (const char* table : {"tags", "captions", "failures"})
      remove(message("DELETE FROM ", table, " WHERE item NOT IN (SELECT id FROM items)"),
             message("rows of the table '", table, "' without an item"));
  }

  void repair_model(const ModelRecord& model) {
    std::set<int64_t> found;
    for (SegmentRecord record : catalogue_.segments(model.id)) {
      if (progress_)
        progress_({"checking segments", static_cast<int64_t>(found.size()), -1, "", ""});
      try {
        check_segment(folder_, model, record);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::invalid_data && error.code() != ErrorCode::not_found) throw;
        catalogue_.remove_segment(record.id);
        did(message("gave up ", counted(record.rows, "vector"), ": ", error.what()));
        continue;
      }
      bury_lost_vectors(record, found);
    }
    encoded_.insert(found.begin(), found.end());
  }

  // Every item has a vector or a failure. This failure is due at once.
  void record_lost_vectors() {
    std::vector<int64_t> lost;
    Statement select = catalogue_.database().prepare(
        "SELECT id, content FROM items WHERE content IS NOT NULL AND id NOT IN (SELECT item FROM "
        "failures)");
    while (select.step()) {
      if (!encoded_.contains(select.integer(1))) lost.push_back(select.integer(0));
    }
    for (const int64_t item : lost)
      catalogue_.set_failure(item, "its vector was damaged and has been removed", 0, 0);
    if (!lost.empty())
      did(message(counted(static_cast<int64_t>(lost.size()), "item"),
                  " without a vector: the next 'sightline index' encodes the image again"));
  }

  // Marks rows as dead whose image does not exist, or has another vector.
  void bury_lost_vectors(SegmentRecord& record, std::set<int64_t>& found) {
    const Segment segment(segment_file(folder_, record.id), record.digest);
    int64_t buried = 0;
    for (int64_t row = 0; row < record.rows; ++row) {
      if (is_dead(record, row)) continue;
      const int64_t content = segment.contents()[static_cast<size_t>(row)];
      if (catalogue_.content(content) && found.insert(content).second) continue;
      set_dead(record, row);
      ++buried;
    }
    if (buried == 0) return;
    catalogue_.set_tombstones(record);
    did(message("removed ", counted(buried, "vector"), " without an image from ",
                segment_name(record.id)));
  }

  // A damaged database of judgements is kept under another name, because nothing makes them again.
  void put_feedback_aside() {
    const fs::path file = feedback_file(folder_);
    const auto problems = check_feedback_file(file);
    if (problems.empty()) return;
    fs::path aside = file;
    for (int i = 1; fs::exists(aside); ++i) aside = file.string() + message(".damaged-", i);
    for (const char* end : {"", "-wal", "-shm"}) {
      if (fs::exists(file.string() + end)) fs::rename(file.string() + end, aside.string() + end);
    }
    did(problems[0] + ": it is kept as " + quoted(aside.filename()) +
        ", and the library has no judgements now");
  }

  fs::path folder_;
  const ProgressFn& progress_;
  WriterLock lock_;
  Catalogue catalogue_;
  std::set<int64_t> encoded_;  // contents with a vector of any model
  LibraryRepair out_;
};

}  // namespace

LibraryRepair repair_library(const fs::path& folder, const LibraryRepairOptions& options) {
  std::error_code ignored;
  if (!fs::exists(catalogue_file(folder), ignored))
    throw Error(ErrorCode::not_found, "there is no library in ", quoted(folder));
  return Repair(folder, options).run();
}

}  // namespace sightline
