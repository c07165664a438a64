#include "encode/digest_cache.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/hash.h"
#include "base/temporary_path.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kSettled{2};
constexpr std::string_view kNotFinite = "not finite ", kEnd = "end\n";

struct Seen {
  std::string text;       // what identifies the files, a line each
  int64_t latest_ns = 0;  // when one of them last changed
};

// Describes the mapped files, whatever their paths refer to by now.
Seen look_at(const Checkpoint& checkpoint) {
  Seen seen;
  for (const MappedFile* file : checkpoint.files()) {
    const FileIdentity& id = file->identity();
    const fs::path& path = file->path();
    seen.text += std::to_string(id.device) + " " + std::to_string(id.inode) + " ";
    for (const int64_t number : {id.size, id.mtime_ns, id.ctime_ns})
      seen.text += std::to_string(number) + " ";
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error);
    seen.text += (error ? path : absolute).string() + "\n";
    seen.latest_ns = std::max({seen.latest_ns, id.mtime_ns, id.ctime_ns});
  }
  return seen;
}

// The digest, what identifies the files, and a line for each tensor that is not finite.
std::string entry_text(const CheckpointScan& scan, const Seen& seen) {
  std::string text = to_hex(scan.digest) + "\n" + seen.text;
  for (const auto& [tensor, index] : scan.not_finite)
    text += std::string(kNotFinite) + std::to_string(index) + " " + tensor + "\n";
  text += kEnd;
  return text;
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool read_digest(std::string_view text, Digest& digest) {
  if (text.size() < 2 * digest.size()) return false;
  for (size_t i = 0; i < digest.size(); ++i) {
    const int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    digest[i] = static_cast<uint8_t>(16 * high + low);
  }
  return true;
}

// Reads "not finite 12 visual.proj" lines.
void read_not_finite(std::string_view text, CheckpointScan& scan) {
  while (text.starts_with(kNotFinite)) {
    const std::string line(text.substr(0, text.find('\n')));
    const size_t number = kNotFinite.size(), space = line.find(' ', number);
    if (space == line.npos) return;
    scan.not_finite[line.substr(space + 1)] =
        std::strtoll(line.substr(number, space - number).c_str(), nullptr, 10);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
}

// Reads the entry for exactly these files.
bool read_entry(const fs::path& path, const Seen& seen, CheckpointScan& scan) {
  std::error_code error;
  if (!fs::exists(path, error)) return false;
  try {
    const std::string text = read_text_file(path, 1 << 20);
    CheckpointScan read;
    const size_t lines = 2 * read.digest.size() + 1 + seen.text.size();
    if (!read_digest(text, read.digest) || text.size() < lines) return false;
    read_not_finite(std::string_view(text).substr(lines), read);
    if (text != entry_text(read, seen)) return false;
    scan = std::move(read);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// A name with a line end would not be read back.
bool can_be_kept(const CheckpointScan& scan) {
  return std::ranges::all_of(scan.not_finite, [](const auto& tensor) {
    return tensor.first.find('\n') == std::string::npos;
  });
}

}  // namespace

CheckpointScan remembered_scan(const Checkpoint& checkpoint, const fs::path& folder,
                               std::chrono::system_clock::time_point before) {
  if (folder.empty()) return scan_checkpoint(checkpoint);
  const Seen seen = look_at(checkpoint);
  const std::chrono::nanoseconds settled = (before - kSettled).time_since_epoch();
  if (seen.latest_ns > settled.count()) return scan_checkpoint(checkpoint);
  const auto* bytes = reinterpret_cast<const uint8_t*>(seen.text.data());
  const fs::path entry = folder / "digests" / to_hex(sha256({bytes, seen.text.size()}));
  CheckpointScan scan;
  if (read_entry(entry, seen, scan)) return scan;
  scan = scan_checkpoint(checkpoint);
  if (!can_be_kept(scan)) return scan;
  try {
    std::error_code error;
    fs::create_directories(entry.parent_path(), error);
    remove_leftovers(entry);
    write_file_atomic(entry, entry_text(scan, seen));
  } catch (const Error&) {  // then the next run computes it again
  }
  return scan;
}

}  // namespace sightline
