// Keeps a library up to date while its folders change.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>

#include "library/index_run.h"

namespace sightline::library {

// Updates the roots, then follows them until `stop` is true or an update of progress throws. Calls
// new_run for each change, and on_change after those that changed something. `roots`: path ->
// options.
void watch_roots(const std::map<std::string, FolderOptions>& roots,
                 const std::function<IndexRun()>& new_run, const ProgressFn& progress,
                 const std::atomic<bool>& stop,
                 const std::function<void(const IndexSummary&)>& on_change);

}  // namespace sightline::library
