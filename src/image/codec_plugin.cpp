#include "image/codec_plugin.h"

#include <sightline/error.h>

#include "base/plugin.h"

namespace sightline::image {

CodecFunction* load_codec(const Codec& codec, const std::string& name) {
  const std::string plugin = codec.plugin;
  if (!plugin_exists(plugin)) {
    throw Error(ErrorCode::unsupported, "'", name, "' is ", codec.format, "; this build has no ",
                codec.library, ": install ", codec.package, " and build again");
  }
  return reinterpret_cast<CodecFunction*>(
      plugin_symbol(plugin, "sightline_decode_" + plugin,
                    message("'", name, "' is ", codec.format, ", whose decoder")));
}

}  // namespace sightline::image
