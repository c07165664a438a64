#include "cache_options.h"

#include <sightline/encode.h>
#include <sightline/error.h>

#include "console.h"

namespace sightline::cli {

void add_cache_options(CLI::App& command, CacheFlags& flags) {
  auto* folder = command
                     .add_option("--cache", flags.folder,
                                 "Folder of the embedding cache (default: "
                                 "$XDG_CACHE_HOME/sightline or ~/.cache/sightline)")
                     ->type_name("DIR");
  command.add_flag("--no-cache", flags.none, "Do not use the embedding cache")->excludes(folder);
}

std::optional<std::filesystem::path> cache_root(const CacheFlags& flags) {
  if (flags.none) return std::nullopt;
  if (!flags.folder.empty()) return flags.folder;
  try {
    return default_cache_root();
  } catch (const Error& error) {
    warn(error.what());
    return std::nullopt;
  }
}

std::string kept_in_cache(const std::optional<std::filesystem::path>& cache) {
  if (!cache) return "nothing was kept, because the embedding cache is not used";
  return "the vectors computed so far are kept in the embedding cache; run the same command again "
         "to continue";
}

}  // namespace sightline::cli
