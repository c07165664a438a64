// One SQLite connection, its statements and transactions, with errors as sightline::Error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace sightline::library {

// A prepared statement. Parameters are numbered from 1, columns from 0. Must not outlive its
// database.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  Statement& bind(int parameter, int64_t value);
  Statement& bind(int parameter, int value) { return bind(parameter, int64_t{value}); }
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, const char* text) {
    return bind(parameter, std::string_view(text));
  }
  Statement& bind(int parameter, const std::string& text) {
    return bind(parameter, std::string_view(text));
  }
  Statement& bind_blob(int parameter, std::span<const uint8_t> bytes);
  Statement& bind_null(int parameter);
  template <typename T>
  Statement& bind(int parameter, const std::optional<T>& value) {
    return value ? bind(parameter, *value) : bind_null(parameter);
  }

  // Returns whether there is a row. Throws what Database::execute throws.
  bool step();
  // Runs a statement without rows, and resets it.
  void run();
  // Makes it ready to run again; parameters keep their values.
  void reset();

  int64_t integer(int column) const;
  double real(int column) const;
  bool is_null(int column) const;
  std::string text(int column) const;  // of a text or a blob: its bytes
  // Valid until the next step or reset.
  std::span<const uint8_t> blob(int column) const;
  std::optional<int64_t> optional_integer(int column) const;
  std::optional<double> optional_real(int column) const;

 private:
  friend class Database;
  Statement(sqlite3* database, sqlite3_stmt* statement, const std::filesystem::path& path)
      : database_(database), statement_(statement), path_(&path) {}

  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  const std::filesystem::path* path_ = nullptr;
};

// A connection with settings for files that others may have written: no code from the schema runs
// (trusted_schema, triggers and views are off), and lengths are limited. Not thread-safe.
class Database {
 public:
  enum class Mode { read, write, create };
  // Throws not_found, io, and invalid_data if the file is not an SQLite database.
  Database(std::filesystem::path path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs statements without rows. Throws invalid_data (a damaged file), io (a full disk, a failed
  // read or write, a lock that another process holds for too long), cancelled never.
  void execute(const std::string& sql);
  Statement prepare(const std::string& sql) const;
  // The only row's first column of a query.
  int64_t integer(const std::string& sql) const;
  std::string text(const std::string& sql) const;
  // Number of rows that the last statement changed.
  int64_t changes() const;

  const std::filesystem::path& path() const { return path_; }

  // The time after which a lock of another connection is an error; 30 s by default.
  void wait_for_locks(int milliseconds);

  // Whether another file has taken the place of the one that is open, such as a restored copy, or
  // it was opened as one that does not change, and may have changed since: SQLite would not notice.
  // It must be opened again then.
  bool is_stale() const;

 private:
  // The size and time of change of a file, or zeros.
  struct FileState {
    int64_t size = 0, seconds = 0, nanoseconds = 0;
    bool operator==(const FileState&) const = default;
  };
  static FileState state_of(const std::filesystem::path& file);
  // The device and number of a file, or zeros.
  using FileNumber = std::pair<uint64_t, uint64_t>;
  static FileNumber number_of(const std::filesystem::path& file);

  void configure(Mode mode);

  std::filesystem::path path_;
  sqlite3* database_ = nullptr;
  FileNumber number_;
  std::optional<FileState> unchanging_;  // of a file that was opened as one that does not change
};

// A transaction: written by commit(), undone by the destructor without it.
class Transaction {
 public:
  enum class Kind { read, write };
  explicit Transaction(Database& database, Kind kind = Kind::write);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace sightline::library
