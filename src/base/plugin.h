// Optional parts that live in shared libraries of their own (libsightline_torch.so,
// libsightline_parquet.so) and are opened on first use: starting the program does not pay for
// libraries that the job does not need, and a build without them needs no #ifdef.
#pragma once

#include <string>

namespace sightline {

// Whether libsightline_<plugin>.so lies beside libsightline.so, or in the folder lib beside its
// folder. That it can be loaded is not checked.
bool plugin_exists(const std::string& plugin);

// Address of an extern "C" symbol of the plugin. Throws unsupported, with `feature` (for example
// "training") and what to install, where the plugin is not there.
void* plugin_symbol(const std::string& plugin, const std::string& symbol,
                    const std::string& feature);

}  // namespace sightline
