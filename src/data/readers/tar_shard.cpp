#include "data/readers/tar_shard.h"

#include <archive.h>
#include <archive_entry.h>
#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <system_error>

#include "base/text.h"

namespace sightline {
namespace {

constexpr size_t kBlockBytes = 1 << 18;
// Limits the initial allocation, because a header may claim any size.
constexpr size_t kMaxReserveBytes = 1 << 20;

struct Closer {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

}  // namespace

struct TarShard::State {
  std::string file;
  std::unique_ptr<archive, Closer> reader;
  TarEntry entry;

  [[noreturn]] void damaged() const {
    const char* why = archive_error_string(reader.get());
    throw Error(ErrorCode::invalid_data, "'", file,
                "' is not an archive or is damaged: ", (why ? why : "no reason given"));
  }
};

TarShard::TarShard(const std::filesystem::path& file) : state_(std::make_unique<State>()) {
  state_->file = file.string();
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    throw Error(ErrorCode::not_found, "there is no file '", state_->file, "'");
  }
  state_->reader.reset(archive_read_new());
  archive* reader = state_->reader.get();
  if (reader == nullptr) throw Error(ErrorCode::io, "cannot initialize libarchive");
  archive_read_support_filter_gzip(reader);
  if (lower(file.extension().string()) == ".zip")
    archive_read_support_format_zip_seekable(reader);
  else
    archive_read_support_format_tar(reader);
  if (archive_read_open_filename(reader, file.c_str(), kBlockBytes) != ARCHIVE_OK) {
    const char* why = archive_error_string(reader);
    throw Error(ErrorCode::io, "cannot read '", state_->file, "': ", (why ? why : "unknown"));
  }
}

TarShard::~TarShard() = default;
TarShard::TarShard(TarShard&&) noexcept = default;

std::optional<TarEntry> TarShard::next() {
  archive* reader = state_->reader.get();
  while (true) {
    archive_entry* found = nullptr;
    const int result = archive_read_next_header(reader, &found);
    if (result == ARCHIVE_EOF) return std::nullopt;
    if (result == ARCHIVE_RETRY) continue;
    if (result < ARCHIVE_WARN) state_->damaged();
    if (archive_entry_filetype(found) != AE_IFREG || archive_entry_hardlink(found)) continue;
    // Without a locale, libarchive returns one or the other, depending on the header format.
    const char* name = archive_entry_pathname_utf8(found);
    if (name == nullptr) name = archive_entry_pathname(found);
    if (name == nullptr) continue;
    state_->entry = {name, archive_entry_size(found)};
    return state_->entry;
  }
}

std::vector<uint8_t> TarShard::read(int64_t max_bytes) {
  const auto too_large = [&](const std::string& found) {
    return Error(ErrorCode::limit_exceeded, "the entry '", state_->entry.name, "' has ", found,
                 " bytes; expected at most ", max_bytes);
  };
  const int64_t claimed = state_->entry.size_bytes;
  if (claimed < 0 || claimed > max_bytes) throw too_large(std::to_string(claimed));
  std::vector<uint8_t> bytes;
  bytes.reserve(std::min(static_cast<size_t>(claimed), kMaxReserveBytes));
  std::vector<uint8_t> block(std::min(static_cast<size_t>(claimed) + 1, kBlockBytes));
  while (true) {
    const la_ssize_t count = archive_read_data(state_->reader.get(), block.data(), block.size());
    if (count == 0) return bytes;
    if (count < 0) state_->damaged();
    if (static_cast<int64_t>(bytes.size()) + count > max_bytes) throw too_large("more");
    bytes.insert(bytes.end(), block.begin(), block.begin() + count);
  }
}

}  // namespace sightline
