// Keeps a library up to date while its folders change.
#pragma once

#include <sightline/library.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "library/indexing/scan_files.h"

namespace sightline::library {

// The work that a change of folders causes, in the order in which it is to be done.
class WatchedIndex {
 public:
  virtual ~WatchedIndex() = default;
  virtual void index_paths(const std::vector<std::string>& paths) = 0;  // changed or removed
  virtual void index_root(const std::string& root) = 0;
  virtual void finish() = 0;  // after the work of one change
  virtual void idle() = 0;    // called about once a second
};

// Follows the roots until `stop` is true or a function of `index` throws. `roots`: path -> options.
void watch_roots(const std::map<std::string, FolderOptions>& roots, WatchedIndex& index,
                 const std::atomic<bool>& stop);

}  // namespace sightline::library
