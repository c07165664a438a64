// --cache and --no-cache, the same in every command that encodes.
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

// The root of the embedding cache; nothing with --no-cache, and, after a warning, where there is no
// default one.
std::optional<std::filesystem::path> cache_root(const CacheFlags& flags);

}  // namespace sightline::cli
