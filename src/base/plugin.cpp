#include "base/plugin.h"

#include <dlfcn.h>
#include <sightline/error.h>

#include <filesystem>

namespace sightline {
namespace {

// Looks in the folder of the binary that contains this code, in its folder sightline, and in ../lib
// next to it. The binary is libsightline.so if installed, or a program in the build tree.
std::filesystem::path find_plugin(const std::string& plugin) {
  const std::string file = "libsightline_" + plugin + ".so";
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&find_plugin), &info) == 0 ||
      info.dli_fname == nullptr) {
    return file;
  }
  std::error_code ignored;
  const auto here = std::filesystem::weakly_canonical(info.dli_fname, ignored).parent_path();
  for (const auto& candidate :
       {here / file, here / "sightline" / file, here.parent_path() / "lib" / file}) {
    if (std::filesystem::exists(candidate, ignored)) return candidate;
  }
  return {};
}

std::filesystem::path required_plugin(const std::string& plugin, const std::string& feature) {
  std::filesystem::path path = find_plugin(plugin);
  if (path.empty()) {
    throw Error(ErrorCode::unsupported, feature, " is not available: libsightline_", plugin,
                ".so is not installed with libsightline.so");
  }
  return path;
}

}  // namespace

bool plugin_exists(const std::string& plugin) {
  return !find_plugin(plugin).empty();
}

void require_plugin(const std::string& plugin, const std::string& feature) {
  required_plugin(plugin, feature);
}

void* plugin_symbol(const std::string& plugin, const std::string& symbol,
                    const std::string& feature) {
  const auto path = required_plugin(plugin, feature);
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    throw Error(ErrorCode::unsupported, feature, " is not available: cannot load ", path.string(),
                ": ", ::dlerror());
  }
  void* address = ::dlsym(handle, symbol.c_str());
  if (address == nullptr) {
    throw Error(ErrorCode::internal, path.string(), " has no symbol ", symbol);
  }
  return address;
}

}  // namespace sightline
