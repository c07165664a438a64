#include <sightline/error.h>
#include <sightline/library.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/path_id.h"
#include "base/text.h"
#include "library/catalogue/catalogue.h"
#include "library/catalogue/feedback_file.h"
#include "library/check_captions.h"
#include "library/check_segments.h"
#include "library/indexing/source_options.h"
#include "library/library_model.h"
#include "library/store/paths.h"

namespace sightline {
namespace {

using namespace library;
namespace fs = std::filesystem;

constexpr size_t kMostProblems = 1000;  // sentences that are kept
constexpr size_t kMostListed = 20;      // notes of one kind

class Check {
 public:
  Check(const fs::path& folder, const ProgressFn& progress)
      : folder_(folder),
        progress_(progress),
        catalogue_(catalogue_file(folder), Database::Mode::read) {}

  LibraryCheck run(bool files) {
    Transaction transaction(catalogue_.database(), Transaction::Kind::read);
    check_structure();
    if (!out_.problems.empty()) return out_;  // SQLite itself calls it damaged
    check_feedback();
    check_active_model();
    check_options();
    read_items();
    for (const ModelRecord& model : catalogue_.models()) check_model(model);
    check_vectors();
    check_contents();
    check_captions();
    if (files) check_files();
    return out_;
  }

 private:
  void problem(const std::string& text) {
    if (out_.problems.size() < kMostProblems) {
      out_.problems.push_back(text);
    } else {
      ++out_.further_problems;
    }
  }

  void check_structure() {
    report("checking the catalogue", 0);
    Statement select = catalogue_.database().prepare("PRAGMA integrity_check(20)");
    while (select.step()) {
      if (const std::string text = select.text(0); text != "ok")
        problem("the catalogue is damaged: " + printable(text));
    }
    std::error_code ignored;
    out_.checked_bytes += static_cast<int64_t>(fs::file_size(catalogue_file(folder_), ignored));
  }

  void check_feedback() {
    const fs::path file = feedback_file(folder_);
    for (std::string& text : check_feedback_file(file)) problem(std::move(text));
    std::error_code missing;
    const auto bytes = fs::file_size(file, missing);
    if (!missing) out_.checked_bytes += static_cast<int64_t>(bytes);
  }

  void check_active_model() {
    const auto models = catalogue_.models();
    const bool known =
        std::ranges::find(models, catalogue_.active_model(), &ModelRecord::id) != models.end();
    known_active_ = known;
    if (!known && !models.empty()) problem("the active model is none of the library's models");
  }

  void read_items() {
    Statement select = catalogue_.database().prepare(
        "SELECT items.id, content, failures.item IS NOT NULL, failures.failed = 0 FROM items LEFT "
        "JOIN failures ON failures.item = items.id");
    int64_t due = 0;
    while (select.step()) {
      ++out_.items;
      const int64_t content = select.integer(1);
      const bool failed = select.integer(2) != 0;
      due += select.integer(3);
      if (content == 0 && !failed) {
        problem(message("item ", select.integer(0), " has neither an image nor a failure"));
        continue;
      }
      if (content == 0) continue;
      auto [at, first] = failed_.try_emplace(content, failed);
      at->second = at->second || failed;
    }
    if (due > 0)
      out_.notes.push_back(counted(due, "item") +
                           " to be encoded again: run 'sightline index' (of a vector set: "
                           "'sightline index --vectors')");
  }

  void check_model(const ModelRecord& model) {
    std::set<int64_t> contents;
    for (const SegmentRecord& record : catalogue_.segments(model.id)) {
      report("checking segments", out_.segments);
      ++out_.segments;
      try {
        const SegmentCheck segment = check_segment(folder_, model, record);
        out_.vectors += segment.live;
        out_.checked_bytes += segment.bytes;
        for (const int64_t content : segment.contents) {
          if (!failed_.contains(content))
            problem(message(segment_name(record.id), " has a vector of the image ", content,
                            ", which no item has"));
          if (!contents.insert(content).second)
            problem(message("the image ", content, " has two vectors of '", model.name, "'"));
        }
      } catch (const Error& error) {
        problem(error.what());
        whole_ = false;
      }
    }
    encoded_.insert(contents.begin(), contents.end());
    if (model.id == catalogue_.active_model()) active_ = {model.name, std::move(contents)};
  }

  // An image may lack a vector of the active model: if it was added with another one, or has no
  // file to migrate.
  void check_vectors() {
    if (!whole_) return;
    int64_t missing = 0;
    for (const auto& [content, failed] : failed_) {
      if (failed) continue;
      if (!encoded_.contains(content)) {
        problem(message("the image ", content, " has neither a vector nor a failure"));
      } else if (!active_.second.contains(content)) {
        ++missing;
      }
    }
    if (missing > 0 && known_active_)
      out_.notes.push_back(message(counted(missing, "image"),
                                   " without a vector of the active model '", active_.first,
                                   "': 'sightline index' encodes those of files"));
  }

  void check_contents() {
    Statement select = catalogue_.database().prepare("SELECT id FROM contents");
    std::set<int64_t> known;
    while (select.step()) {
      known.insert(select.integer(0));
      if (!failed_.contains(select.integer(0)))
        problem(message("the image ", select.integer(0), " has no item"));
    }
    for (const auto& [content, failed] : failed_) {
      if (!known.contains(content))
        problem(message("an item has the image ", content, ", which does not exist"));
    }
    for (const char* table : {"tags", "captions", "failures"}) {
      const int64_t lost = catalogue_.database().integer(
          message("SELECT count(*) FROM ", table, " WHERE item NOT IN (SELECT id FROM items)"));
      if (lost > 0) problem(message(lost, " rows of the table '", table, "' belong to no item"));
    }
  }

  void check_captions() {
    try {
      const int64_t wrong = count_wrong_captions(
          catalogue_.database(), [this](int64_t done) { report("checking captions", done); });
      if (wrong > 0)
        problem(
            message("the full-text index of captions differs from ", counted(wrong, "caption")));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::invalid_data) throw;
      problem(error.what());
    }
  }

  void check_options() {
    try_options(catalogue_.roots(),
                [](const auto& root) { parse_folder_options(root.first, root.second); });
    try_options(catalogue_.sources(), [](const SourceRecord& source) {
      if (source.id != kFiles) parse_dataset_options(source.path, source.options);
    });
  }
  template <typename Records, typename Parse>
  void try_options(const Records& records, const Parse& parse) {
    for (const auto& record : records) {
      try {
        parse(record);
      } catch (const Error& error) {
        problem(error.what());
      }
    }
  }

  void check_files() {
    Statement select = catalogue_.database().prepare(
        "SELECT path, inode, size, mtime, ctime FROM items WHERE source = 1 AND content IS NOT "
        "NULL ORDER BY path");
    int64_t gone = 0, changed = 0, done = 0;
    while (select.step()) {
      constexpr int64_t kStep = 1024;
      if (++done % kStep == 0) report("comparing files", done);
      const std::string path = select.text(0);
      try {
        const FileIdentity now = file_identity(path);
        if (now.size == select.integer(2) && now.mtime_ns == select.integer(3)) continue;
        if (static_cast<size_t>(++changed) <= kMostListed)
          out_.notes.push_back(quoted(fs::path(path)) + " has changed since it was indexed");
      } catch (const Error&) {
        if (static_cast<size_t>(++gone) <= kMostListed)
          out_.notes.push_back(quoted(fs::path(path)) + " does not exist now or cannot be read");
      }
    }
    if (gone + changed > 0)
      out_.notes.push_back(message(counted(gone, "file"), " gone, ", changed,
                                   " changed: 'sightline index' updates the library"));
  }

  void report(const std::string& stage, int64_t done) {
    if (progress_) progress_({stage, done, -1, "", ""});
  }

  fs::path folder_;
  const ProgressFn& progress_;
  Catalogue catalogue_;
  bool whole_ = true;                                 // no segment is damaged
  bool known_active_ = false;                         // the active model is one of the library
  std::set<int64_t> encoded_;                         // contents with a vector of any model
  std::pair<std::string, std::set<int64_t>> active_;  // name of the active model, its contents
  std::map<int64_t, bool> failed_;  // contents with an item -> whether one of them has a failure
  LibraryCheck out_;
};

}  // namespace

LibraryCheck check_library(const fs::path& folder, bool files, const ProgressFn& progress) {
  std::error_code ignored;
  if (!fs::exists(catalogue_file(folder), ignored))
    throw Error(ErrorCode::not_found, "there is no library in ", quoted(folder));
  try {
    return Check(folder, progress).run(files);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) throw;
    LibraryCheck out;
    out.problems.push_back(error.what());
    return out;
  }
}

}  // namespace sightline
