// Optional features in separate shared libraries (libsightline_torch.so, libsightline_parquet.so),
// which are loaded on first use. Their dependencies do not slow down program start, and builds
// without them need no #ifdef.
#pragma once

#include <string>

namespace sightline {

// Returns whether libsightline_<plugin>.so exists in the folder of libsightline.so, or in sightline
// or ../lib relative to it. Does not check that it can be loaded.
bool plugin_exists(const std::string& plugin);

// Throws unsupported, as plugin_symbol does, if plugin_exists is false. Does not load the plugin.
void require_plugin(const std::string& plugin, const std::string& feature);

// Loads the plugin and returns the address of an extern "C" symbol. Throws unsupported if the
// plugin is missing or cannot be loaded; the message begins with `feature`, for example "training".
// Throws internal if it has no such symbol.
void* plugin_symbol(const std::string& plugin, const std::string& symbol,
                    const std::string& feature);

}  // namespace sightline
