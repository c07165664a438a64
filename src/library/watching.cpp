#include "library/watching.h"

#include <chrono>
#include <filesystem>
#include <set>
#include <utility>

#include "data/readers/exclude_patterns.h"
#include "data/readers/image_files.h"
#include "library/watch/folder_watch.h"

namespace sightline::library {
namespace {

namespace fs = std::filesystem;

// The images that a changed sidecar may belong to: those in its folder with its stem, or its name
// without the extension (a.jpg.xmp).
void add_images_of_sidecar(const fs::path& sidecar, std::set<std::string>& images) {
  const std::string stem = sidecar.stem().string();
  std::error_code error;
  for (fs::directory_iterator at(sidecar.parent_path(), error);
       !error && at != fs::directory_iterator(); at.increment(error)) {
    const fs::path& path = at->path();
    if (kind_of_name(path.filename().string()) != NameKind::image) continue;
    if (path.stem() == stem || path.filename() == stem) images.insert(path.string());
  }
}

// The paths to index of changes: images, and the images of changed sidecars.
std::vector<std::string> paths_to_index(const FolderChanges& changes) {
  std::set<std::string> paths;
  for (const auto* part : {&changes.changed, &changes.removed}) {
    for (const std::string& path : *part) {
      const std::string name = fs::path(path).filename().string();
      const NameKind kind = kind_of_name(name);
      std::error_code error;
      if (kind == NameKind::other) {
        const std::string extension = fs::path(path).extension().string();
        const bool sidecar = extension == ".txt" || extension == ".TXT" || extension == ".xmp" ||
                             extension == ".XMP";
        if (sidecar) add_images_of_sidecar(path, paths);
      } else if (kind == NameKind::image || !fs::is_regular_file(path, error) ||
                 begins_like_image(path)) {
        paths.insert(path);  // one that is gone may be a folder of images
      }
    }
  }
  return {paths.begin(), paths.end()};
}

}  // namespace

void watch_roots(const std::map<std::string, FolderOptions>& roots,
                 const std::function<IndexRun()>& new_run, const ProgressFn& progress,
                 const std::atomic<bool>& stop,
                 const std::function<void(const IndexSummary&)>& on_change) {
  std::vector<WatchRoot> watched;
  for (const auto& [path, options] : roots) watched.push_back({path, options});
  FolderWatch watch(std::move(watched));
  const auto finish = [&](IndexRun& run) {
    const IndexSummary done = run.finish();
    const bool worked = done.moved + done.added + done.updated + done.removed + done.failed > 0;
    if (worked && on_change) on_change(done);
  };
  {
    IndexRun run = new_run();  // of all changes before the watch was there
    for (const auto& [path, options] : roots) run.root(path, options);
    finish(run);
  }
  while (!stop) {
    const auto changes = watch.wait(std::chrono::seconds(1));
    if (!changes || changes->empty()) {
      if (progress) progress({"watching", 0, -1, "", ""});
      continue;
    }
    IndexRun run = new_run();
    run.paths(paths_to_index(*changes));
    for (const std::string& root : changes->rescan) run.root(root, roots.at(root));
    finish(run);
  }
}

}  // namespace sightline::library
