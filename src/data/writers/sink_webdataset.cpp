// Writes shards 00000.tar … with KEY.jpg, KEY.txt (one caption per line) and KEY.json (all fields
// of the row).
#include "data/writers/sink_webdataset.h"

#include <archive.h>
#include <archive_entry.h>
#include <sightline/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/file.h"
#include "base/json.h"
#include "base/temporary_path.h"
#include "data/writers/new_folder.h"
#include "data/writers/sink_names.h"
#include "data/writers/sinks.h"
#include "data/writers/write_file.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
constexpr int64_t kMaxShardRows = 10'000;
constexpr int64_t kMaxShardBytes = 1'000'000'000;

// Writes one archive. The output depends only on the entries: timestamps and owners are not set.
class TarWriter {
 public:
  explicit TarWriter(const fs::path& file) : file_(file), writer_(archive_write_new()) {
    if (!writer_) throw Error(ErrorCode::io, "cannot initialize libarchive");
    // This format stores the bytes of names unchanged, whatever the locale.
    check(archive_write_set_format_gnutar(writer_.get()));
    check(archive_write_open_filename(writer_.get(), file.c_str()));
  }

  void add(const std::string& name, const void* bytes, size_t size) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              &archive_entry_free);
    archive_entry_copy_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    check(archive_write_header(writer_.get(), entry.get()));
    if (size > 0 && archive_write_data(writer_.get(), bytes, size) != static_cast<la_ssize_t>(size))
      check(ARCHIVE_FATAL);
  }

  void close() { check(archive_write_close(writer_.get())); }

 private:
  void check(int result) {
    if (result == ARCHIVE_OK || result == ARCHIVE_WARN) return;
    const char* why = archive_error_string(writer_.get());
    const int error = archive_errno(writer_.get());
    throw Error(ErrorCode::io, "cannot write '", file_.string(), "': ", (why ? why : "unknown"),
                error > 0 ? message(" (", std::strerror(error), ")") : std::string());
  }

  struct Closer {
    void operator()(archive* writer) const { archive_write_free(writer); }
  };
  fs::path file_;
  std::unique_ptr<archive, Closer> writer_;
};

// Returns the captions as lines, or nothing if txt cannot represent them: a line break would split
// a caption, and blank lines are skipped by readers.
std::optional<std::string> as_lines(const std::vector<std::string>& captions) {
  std::string text;
  for (const auto& caption : captions) {
    if (caption.find_first_of("\r\n") != caption.npos) return std::nullopt;
    if (caption.find_first_not_of(" \t") == caption.npos) return std::nullopt;
    text += (text.empty() ? "" : "\n") + caption;
  }
  return text;
}

class WebDatasetSink : public Sink {
 public:
  explicit WebDatasetSink(const fs::path& to) {
    if (to.extension() != ".tar") {
      folder_ = std::make_unique<NewFolder>(to);
      return;
    }
    std::error_code error;
    if (fs::exists(to, error)) {
      throw Error(ErrorCode::invalid_argument, "'", to.string(), "' already exists");
    }
    make_folder(fs::absolute(to).parent_path());
    const fs::path target = write_target(to);
    remove_leftovers(target);
    file_ = std::make_unique<TemporaryPath>(target, TemporaryPath::Kind::file);
  }

  void add(const Row& row) override {
    const bool full = folder_ && (rows_ == kMaxShardRows || bytes_ >= kMaxShardBytes);
    if (full) close();
    if (!writer_) writer_ = std::make_unique<TarWriter>(shard());
    const std::string key = names_.key(output_id(row));
    add_entry(key + shard_extension(row), row.image.data(), row.image.size());
    if (const auto lines = as_lines(row.captions); lines && !row.captions.empty()) {
      add_entry(key + ".txt", lines->data(), lines->size());
    }
    Json fields = {{"id", output_id(row)}, {"captions", row.captions}};
    for (const auto& [name, value] : row.extra) fields.emplace(name, value);
    const std::string json = json_text(fields);
    add_entry(key + ".json", json.data(), json.size());
    ++rows_;
  }

  void finish() override {
    if (!writer_) writer_ = std::make_unique<TarWriter>(shard());
    close();
    if (folder_) {
      folder_->finish();
      return;
    }
    if (::fsync(file_->descriptor()) != 0) {
      throw Error(ErrorCode::io, "cannot write '", file_->target().string(),
                  "': ", std::strerror(errno));
    }
    file_->commit();
  }

 private:
  void add_entry(const std::string& name, const void* bytes, size_t size) {
    writer_->add(name, bytes, size);
    bytes_ += static_cast<int64_t>(size);
  }

  fs::path shard() const {
    if (file_) return file_->path();
    char name[32];
    std::snprintf(name, sizeof name, "%05lld.tar", static_cast<long long>(shard_));
    return folder_->path() / name;
  }

  void close() {
    writer_->close();
    writer_.reset();
    ++shard_;
    rows_ = bytes_ = 0;
  }

  std::unique_ptr<NewFolder> folder_;    // of numbered shards
  std::unique_ptr<TemporaryPath> file_;  // the only shard; null with folder_
  std::unique_ptr<TarWriter> writer_;
  UniqueNames names_;
  int64_t shard_ = 0, rows_ = 0, bytes_ = 0;
};

}  // namespace

std::unique_ptr<Sink> webdataset_sink(const fs::path& to) {
  return std::make_unique<WebDatasetSink>(to);
}

}  // namespace sightline
