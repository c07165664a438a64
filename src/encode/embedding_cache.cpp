#include "encode/embedding_cache.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "base/bytes.h"
#include "base/finite.h"
#include "base/temporary_path.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Whether a name is taken, including by a dangling symlink. True where that is unknown: opening the
// file then reports why.
bool is_taken(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

static_assert(std::endian::native == std::endian::little, "the files are little-endian");

// Part of the key. Raise it when a change to decoding, preprocessing or a tower changes vectors.
constexpr int kEncodingRevision = 4;

constexpr uint32_t kFormatVersion = 1;
constexpr int64_t kHeadBytes = 64;
constexpr int64_t kKeyBytes = 40;  // digest, checksum
constexpr char kKeysMagic[9] = "SLEMBKEY";
constexpr char kVectorsMagic[9] = "SLEMBVEC";

// The first 64 bytes of both files.
struct Head {
  char magic[8];
  uint32_t version;
  uint32_t dim;
  uint8_t key[32];
  uint8_t check[16];  // first bytes of SHA-256 of what is above
};
static_assert(sizeof(Head) == kHeadBytes);

struct KeyRecord {
  Digest digest;
  uint64_t check;
};
static_assert(sizeof(KeyRecord) == kKeyBytes);

Head make_head(const char* magic, int64_t dim, const Digest& key) {
  Head head{};
  std::memcpy(head.magic, magic, sizeof head.magic);
  head.version = kFormatVersion;
  head.dim = static_cast<uint32_t>(dim);
  std::copy(key.begin(), key.end(), head.key);
  const Digest check = sha256(bytes_of(&head, 1).first(offsetof(Head, check)));
  std::copy_n(check.begin(), sizeof head.check, head.check);
  return head;
}

uint64_t record_check(const Digest& digest, std::span<const float> row) {
  Sha256 hash;
  hash.update(std::span<const uint8_t>(digest)).update(bytes_of(row.data(), row.size()));
  const Digest whole = hash.digest();
  uint64_t check;
  std::memcpy(&check, whole.data(), sizeof check);
  return check;
}

[[noreturn]] void throw_io(const std::string& doing, const fs::path& path, int error) {
  throw Error(ErrorCode::io, "embedding cache: cannot ", doing, " '", path.string(),
              "': ", std::strerror(error));
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (fd_ < 0) throw_io("open", path, errno);
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  int64_t size() const {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) throw_io("read", path_, errno);
    return info.st_size;
  }
  uint64_t inode() const {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) throw_io("read", path_, errno);
    return info.st_ino;
  }
  void truncate(int64_t size) const {
    if (::ftruncate(fd_, size) != 0) throw_io("shorten", path_, errno);
  }
  void write_at(int64_t offset, std::span<const uint8_t> content) const {
    while (!content.empty()) {
      const ssize_t put = ::pwrite(fd_, content.data(), content.size(), offset);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw_io("write", path_, errno);
      content = content.subspan(static_cast<size_t>(put));
      offset += put;
    }
  }

 private:
  fs::path path_;
  int fd_;
};

// Held while files are created, repaired or extended.
class StoreLock {
 public:
  explicit StoreLock(const fs::path& directory) : file_(directory / "lock", O_RDWR | O_CREAT) {
    while (::flock(file_.get(), LOCK_EX) != 0) {
      if (errno != EINTR) throw_io("lock", directory / "lock", errno);
    }
  }

 private:
  Descriptor file_;  // closing it releases the lock
};

// The number of whole records in both files. Bytes beyond them are left by a killed append.
int64_t whole_records(int64_t keys_bytes, int64_t vectors_bytes, int64_t dim) {
  const int64_t keys = std::max<int64_t>(0, keys_bytes - kHeadBytes) / kKeyBytes;
  const int64_t rows = std::max<int64_t>(0, vectors_bytes - kHeadBytes) /
                       (dim * static_cast<int64_t>(sizeof(float)));
  return std::min(keys, rows);
}

}  // namespace

std::string EmbeddingCacheKey::describe() const {
  return "model " + model + "\npreprocess " + preprocess + "\nprecision " + precision + "\nwhat " +
         what + "\ndim " + std::to_string(dim) + "\nencoding revision " +
         std::to_string(kEncodingRevision) + "\n";
}

size_t EmbeddingCache::DigestHash::operator()(const Digest& digest) const {
  size_t value;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

EmbeddingCache::EmbeddingCache(const fs::path& root, const EmbeddingCacheKey& key) : dim_(key.dim) {
  if (dim_ < 1 || dim_ > (1 << 24)) {
    throw Error(ErrorCode::invalid_argument, "embedding cache: vectors of ", dim_,
                " elements cannot be kept");
  }
  const std::string description = key.describe();
  key_digest_ = sha256(bytes_of(std::string_view(description)));
  directory_ = root / "embeddings-v1" / (key.what + "-" + to_hex(key_digest_).substr(0, 24));
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) throw_io("create", directory_, error.value());
  const StoreLock lock(directory_);
  remove_leftovers(directory_, [](const std::string& name) {
    return name == "key.txt" || name == "keys.bin" || name == "vectors.bin";
  });
  if (!is_taken(directory_ / "key.txt")) write_file_atomic(directory_ / "key.txt", description);
  synchronize();
}

EmbeddingCache::~EmbeddingCache() = default;

bool EmbeddingCache::heads_are_good(std::string& why) const {
  const auto check = [&](const char* name, const char* magic) {
    const MappedFile file(directory_ / name);
    const Head wanted = make_head(magic, dim_, key_digest_);
    if (file.bytes().size() >= sizeof wanted &&
        std::memcmp(file.bytes().data(), &wanted, sizeof wanted) == 0) {
      return true;
    }
    why = std::string("'") + name + "' does not begin with this store's head";
    return false;
  };
  return check("keys.bin", kKeysMagic) && check("vectors.bin", kVectorsMagic);
}

// Files with a bad head are kept for inspection, and never read as vectors.
void EmbeddingCache::set_aside(const std::string& why) {
  for (const char* name : {"keys.bin", "vectors.bin"}) {
    std::error_code error;
    const fs::path bad = directory_ / (std::string(name) + ".bad");
    if (!is_taken(directory_ / name)) continue;
    fs::remove_all(bad, error);
    fs::rename(directory_ / name, bad, error);
    if (error) throw_io("move aside", directory_ / name, error.value());
  }
  warnings_.push_back("embedding cache '" + directory_.string() + "': " + why +
                      "; the files were moved aside to *.bad and encoding starts anew");
}

// Creates the files, or replaces those with a wrong head. The lock must be held.
void EmbeddingCache::ensure_files() {
  const fs::path keys_path = directory_ / "keys.bin", vectors_path = directory_ / "vectors.bin";
  const bool have_keys = is_taken(keys_path);
  const bool have_vectors = is_taken(vectors_path);
  if (have_keys && have_vectors) {
    std::string why;
    try {
      if (heads_are_good(why)) return;
    } catch (const Error& error) {  // a folder or a dangling link where a file should be
      why = error.what();
    }
    set_aside(why);
  } else if (have_keys) {  // vectors are created first, so keys alone are no state of ours
    set_aside("'keys.bin' is there without 'vectors.bin'");
  }
  // The keys file appears last and whole: its presence says that the store is complete.
  const Head vectors_head = make_head(kVectorsMagic, dim_, key_digest_);
  const Head keys_head = make_head(kKeysMagic, dim_, key_digest_);
  write_file_atomic(vectors_path, bytes_of(&vectors_head, 1));
  write_file_atomic(keys_path, bytes_of(&keys_head, 1));
}

// Repairs the files and updates the index. Reads only records that were added since the last call,
// unless the files were replaced. The lock must be held.
void EmbeddingCache::synchronize() {
  ensure_files();
  const Descriptor keys(directory_ / "keys.bin", O_RDWR);
  const Descriptor vectors(directory_ / "vectors.bin", O_RDWR);
  const int64_t records = whole_records(keys.size(), vectors.size(), dim_);
  const std::array<uint64_t, 2> identity = {keys.inode(), vectors.inode()};
  if (identity != identity_ || records < records_) {
    if (records_ > 0) {
      warnings_.push_back("embedding cache '" + directory_.string() +
                          "': another process began the store anew");
    }
    index_.clear();
    records_ = 0;
    identity_ = identity;
  }
  const int64_t keys_end = kHeadBytes + records * kKeyBytes;
  const int64_t vectors_end = kHeadBytes + records * dim_ * static_cast<int64_t>(sizeof(float));
  // No process has indexed bytes beyond the whole records, so truncating is safe.
  if (keys.size() != keys_end) keys.truncate(keys_end);
  if (vectors.size() != vectors_end) vectors.truncate(vectors_end);
  refresh();
}

// Maps the files again and indexes new records. The lock must be held.
void EmbeddingCache::refresh() {
  keys_ = std::make_unique<MappedFile>(directory_ / "keys.bin");
  vectors_ = std::make_unique<MappedFile>(directory_ / "vectors.bin");
  const int64_t records = whole_records(static_cast<int64_t>(keys_->bytes().size()),
                                        static_cast<int64_t>(vectors_->bytes().size()), dim_);
  for (int64_t i = records_; i < records; ++i) {
    KeyRecord record;
    std::memcpy(&record, keys_->bytes().data() + kHeadBytes + i * kKeyBytes, sizeof record);
    index_[record.digest] = i;  // the latest one counts
  }
  records_ = records;
}

bool EmbeddingCache::lookup(const Digest& digest, std::span<float> out) {
  if (static_cast<int64_t>(out.size()) != dim_) {
    throw Error(ErrorCode::invalid_argument, "embedding cache: room for ", out.size(),
                " elements, expected ", dim_);
  }
  const auto at = index_.find(digest);
  if (at == index_.end()) return false;
  KeyRecord record;
  std::memcpy(&record, keys_->bytes().data() + kHeadBytes + at->second * kKeyBytes, sizeof record);
  const size_t row_bytes = out.size() * sizeof(float);
  std::memcpy(out.data(),
              vectors_->bytes().data() + kHeadBytes + static_cast<size_t>(at->second) * row_bytes,
              row_bytes);
  // Earlier versions kept vectors with NaN.
  if (record.digest == digest && record.check == record_check(digest, out) && all_finite(out))
    return true;
  warnings_.push_back("embedding cache '" + directory_.string() + "': record " +
                      std::to_string(at->second) + " is damaged and is ignored");
  index_.erase(at);
  return false;
}

void EmbeddingCache::append(std::span<const Digest> digests, std::span<const float> rows) {
  if (rows.size() != digests.size() * static_cast<size_t>(dim_)) {
    throw Error(ErrorCode::invalid_argument, "embedding cache: ", rows.size(), " elements for ",
                digests.size(), " vectors of ", dim_);
  }
  if (!all_finite(rows)) {
    throw Error(ErrorCode::invalid_argument,
                "embedding cache: a vector has NaN or infinity and is not kept");
  }
  if (digests.empty()) return;
  std::vector<KeyRecord> records(digests.size());
  for (size_t i = 0; i < digests.size(); ++i) {
    const auto row = rows.subspan(i * static_cast<size_t>(dim_), static_cast<size_t>(dim_));
    records[i] = {digests[i], record_check(digests[i], row)};
  }
  const StoreLock lock(directory_);
  // Another process may have replaced, repaired or extended the files.
  synchronize();
  const int64_t row_bytes = dim_ * static_cast<int64_t>(sizeof(float));
  const Descriptor keys(directory_ / "keys.bin", O_RDWR),
      vectors(directory_ / "vectors.bin", O_RDWR);
  try {
    // Vectors first: a record exists when its key does.
    vectors.write_at(kHeadBytes + records_ * row_bytes, bytes_of(rows.data(), rows.size()));
    keys.write_at(kHeadBytes + records_ * kKeyBytes, bytes_of(records.data(), records.size()));
  } catch (const Error&) {  // a full disk: restore the previous state
    keys.truncate(kHeadBytes + records_ * kKeyBytes);
    vectors.truncate(kHeadBytes + records_ * row_bytes);
    throw;
  }
  refresh();
}

}  // namespace sightline
