#include "library/catalogue/database.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"

namespace sightline::library {
namespace {

constexpr int kBusyMs = 30'000;         // until a lock of another process is an error
constexpr int kMaxLength = 256 << 20;   // bytes of a text, a blob or a row
constexpr int kMaxSqlLength = 1 << 20;  // bytes of a statement
constexpr int kMaxExpressionDepth = 200;

bool is_no_space(int error) {
  return error == ENOSPC || error == EDQUOT;
}

// Whether a file without a name cannot be written in the folder for want of space.
bool is_disk_full(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return is_no_space(errno);
  const std::array<char, 4096> block{};
  const bool full =
      (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0) && is_no_space(errno);
  ::close(fd);
  return full;
}

// Whether a call failed for want of space. For some, SQLite says "disk I/O error" or "unable to
// open database file", and its errno is that of a later attempt to open the file for reading.
bool is_disk_full(sqlite3* database, int code, const std::filesystem::path& path) {
  if (code == SQLITE_FULL) return true;
  if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN) return false;
  return is_no_space(sqlite3_system_errno(database)) || is_disk_full(path.parent_path());
}

[[noreturn]] void fail(sqlite3* database, const std::filesystem::path& path) {
  const int code = sqlite3_errcode(database);
  const std::string reason = printable(sqlite3_errmsg(database));
  const std::string where = quoted(path);
  if (is_disk_full(database, code & 0xff, path))
    throw Error(ErrorCode::io, "the disk is full: cannot write to the database ", where);
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_ERROR:  // the schema lacks what a statement names
      throw Error(ErrorCode::invalid_data, "the database ", where, " is damaged: ", reason);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(ErrorCode::io, "another program has locked the database ", where);
    case SQLITE_NOMEM:
      throw std::bad_alloc();
    case SQLITE_CONSTRAINT:
      throw Error(ErrorCode::internal, "the database ", where, " refuses a row: ", reason);
    default:
      throw Error(ErrorCode::io, "cannot use the database ", where, ": ", reason);
  }
}

std::string as_uri(const std::filesystem::path& path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '?' || c == '#' || c == '%') {
      const auto byte = static_cast<unsigned char>(c);
      uri += {'%', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      uri += c;
    }
  }
  return uri;
}

// Whether this user may not write to the folder, and no log of changes waits there: on a read-only
// medium, or in the library of another user to which nobody writes. SQLite cannot make its shared
// memory there, and need not, because the file does not change.
bool cannot_change(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (::access(folder.c_str(), W_OK) == 0) return false;
  std::error_code error;
  const auto log = std::filesystem::file_size(path.string() + "-wal", error);
  return error || log == 0;
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      path_(other.path_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(statement_, other.statement_);
  std::swap(path_, other.path_);
  return *this;
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(int parameter, int64_t value) {
  if (sqlite3_bind_int64(statement_, parameter, value) != SQLITE_OK) fail(database_, *path_);
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  if (sqlite3_bind_double(statement_, parameter, value) != SQLITE_OK) fail(database_, *path_);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  const int code = sqlite3_bind_text64(statement_, parameter, text.data(), text.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) fail(database_, *path_);
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::span<const uint8_t> bytes) {
  // A null pointer would bind NULL instead of an empty blob.
  static constexpr uint8_t kNone = 0;
  const int code = sqlite3_bind_blob64(statement_, parameter, bytes.empty() ? &kNone : bytes.data(),
                                       bytes.size(), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) fail(database_, *path_);
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  if (sqlite3_bind_null(statement_, parameter) != SQLITE_OK) fail(database_, *path_);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  fail(database_, *path_);
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() {
  sqlite3_reset(statement_);
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string Statement::text(int column) const {
  const std::span<const uint8_t> bytes = blob(column);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const uint8_t> Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const uint8_t*>(data), data == nullptr ? 0 : static_cast<size_t>(size)};
}

std::optional<int64_t> Statement::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<double> Statement::optional_real(int column) const {
  return is_null(column) ? std::nullopt : std::optional(real(column));
}

Database::Database(std::filesystem::path path, Mode mode) : path_(std::move(path)) {
  std::error_code ignored;
  if (mode != Mode::create && !std::filesystem::exists(path_, ignored))
    throw Error(ErrorCode::not_found, "there is no database ", quoted(path_));
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_URI |
                    (mode == Mode::read    ? SQLITE_OPEN_READONLY
                     : mode == Mode::write ? SQLITE_OPEN_READWRITE
                                           : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  number_ = number_of(path_);  // before it is opened: another file in its place is noticed
  std::string name = path_ == ":memory:" ? path_.string() : as_uri(path_);
  if (mode == Mode::read && cannot_change(path_)) {
    name += "?immutable=1";
    unchanging_ = state_of(path_);  // before it is read: a change meanwhile is noticed
  }
  const int code = sqlite3_open_v2(name.c_str(), &database_, flags, nullptr);
  try {
    if (database_ == nullptr) throw std::bad_alloc();
    if (code != SQLITE_OK) fail(database_, path_);
    if (mode == Mode::create) number_ = number_of(path_);
    configure(mode);
  } catch (...) {
    sqlite3_close(database_);
    throw;
  }
}

Database::~Database() {
  sqlite3_close(database_);
}

Database::FileState Database::state_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

void Database::wait_for_locks(int milliseconds) {
  sqlite3_busy_timeout(database_, milliseconds);
}

Database::FileNumber Database::number_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

bool Database::is_stale() const {
  const FileNumber now = number_of(path_);
  if (now != FileNumber() && now != number_) return true;
  return unchanging_ && (!cannot_change(path_) || state_of(path_) != *unchanging_);
}

void Database::configure(Mode mode) {
  sqlite3_busy_timeout(database_, kBusyMs);
  sqlite3_extended_result_codes(database_, 1);
  for (const auto& [option, value] :
       {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1}, std::pair{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        std::pair{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, std::pair{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        std::pair{SQLITE_DBCONFIG_DQS_DML, 0}, std::pair{SQLITE_DBCONFIG_DQS_DDL, 0}}) {
    sqlite3_db_config(database_, option, value, nullptr);
  }
  for (const auto& [limit, value] :
       {std::pair{SQLITE_LIMIT_LENGTH, kMaxLength},
        std::pair{SQLITE_LIMIT_SQL_LENGTH, kMaxSqlLength},
        std::pair{SQLITE_LIMIT_EXPR_DEPTH, kMaxExpressionDepth},
        std::pair{SQLITE_LIMIT_ATTACHED, 0}, std::pair{SQLITE_LIMIT_WORKER_THREADS, 0}}) {
    sqlite3_limit(database_, limit, value);
  }
  execute("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;");
  if (mode == Mode::read) return;
  execute("PRAGMA foreign_keys = OFF; PRAGMA synchronous = FULL;");
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    fail(database_, path_);
}

Statement Database::prepare(const std::string& sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) fail(database_, path_);
  return {database_, statement, path_};
}

int64_t Database::integer(const std::string& sql) const {
  Statement statement = prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(const std::string& sql) const {
  Statement statement = prepare(sql);
  return statement.step() ? statement.text(0) : std::string();
}

int64_t Database::changes() const {
  return sqlite3_changes64(database_);
}

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  database_.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (...) {  // SQLite has rolled back already, or cannot; the file is unchanged
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace sightline::library
