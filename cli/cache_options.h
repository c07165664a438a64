// --cache and --no-cache, shared by all commands that encode.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

namespace sightline::cli {

struct CacheFlags {
  std::string folder;  // --cache; empty: default_cache_root()
  bool none = false;   // --no-cache
};

void add_cache_options(CLI::App& command, CacheFlags& flags);

// Returns the root of the embedding cache. Empty with --no-cache, or, with a warning, if there is
// no default folder.
std::optional<std::filesystem::path> cache_root(const CacheFlags& flags);

// Says what an interrupted command keeps that encodes with this cache (interruption.h).
std::string kept_in_cache(const std::optional<std::filesystem::path>& cache);

}  // namespace sightline::cli
