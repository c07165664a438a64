// A disk that becomes full while SQLite writes, for tests.
#pragma once

#include <sqlite3.h>

#include <cerrno>
#include <cstdint>
#include <map>

namespace sightline::test {

// While it exists, SQLite's calls that write, sync, enlarge or create a file fail from call `at`
// on, counted from 1, with ENOSPC. Wraps the default VFS. One object at a time, in one thread.
class FailingDisk {
 public:
  explicit FailingDisk(int64_t at) : at_(at) {
    current = this;
    vfs_ = *original();
    vfs_.zName = "failing-disk";
    vfs_.pNext = nullptr;
    vfs_.xOpen = open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  // All files must be closed.
  ~FailingDisk() {
    sqlite3_vfs_unregister(&vfs_);
    current = nullptr;
  }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

  int64_t calls() const { return calls_; }
  // Whether the first call that failed was one that writes. SQLite has an error of its own for
  // that.
  bool failed_write() const { return failed_write_; }

 private:
  static sqlite3_vfs* original() { return sqlite3_vfs_find("unix"); }

  static bool fails(bool writes = false) {
    if (++current->calls_ < current->at_) return false;
    if (current->calls_ == current->at_) current->failed_write_ = writes;
    errno = ENOSPC;
    return true;
  }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    int exists = 1;
    if (name != nullptr) original()->xAccess(original(), name, SQLITE_ACCESS_EXISTS, &exists);
    if (exists == 0 && fails()) {
      file->pMethods = nullptr;
      return SQLITE_CANTOPEN;
    }
    const int code = original()->xOpen(original(), name, file, flags, out);
    if (file->pMethods != nullptr) file->pMethods = methods_for(file->pMethods);
    return code;
  }

  struct Methods {
    sqlite3_io_methods own;
    const sqlite3_io_methods* original;
  };
  static const sqlite3_io_methods* real(const sqlite3_file* file) {
    return reinterpret_cast<const Methods*>(file->pMethods)->original;
  }

  // The methods of a file with those replaced that need space. The original ones find their own
  // state in the file.
  static const sqlite3_io_methods* methods_for(const sqlite3_io_methods* original_methods) {
    static std::map<const sqlite3_io_methods*, Methods> made;
    Methods& methods = made[original_methods];
    methods = {*original_methods, original_methods};
    methods.own.xWrite = [](sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
      return fails(true) ? SQLITE_FULL : real(file)->xWrite(file, data, size, offset);
    };
    methods.own.xSync = [](sqlite3_file* file, int flags) {
      return fails() ? SQLITE_IOERR_FSYNC : real(file)->xSync(file, flags);
    };
    return &methods.own;
  }

  inline static FailingDisk* current = nullptr;
  sqlite3_vfs vfs_;
  int64_t at_, calls_ = 0;
  bool failed_write_ = false;
};

}  // namespace sightline::test
