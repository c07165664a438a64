// Properties of XMP packets and IPTC data sets, which libexiv2 parses in a plugin,
// libsightline_exiv2.so (base/plugin.h), built from src/image/codecs/exiv2/ if the library was
// found.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "image/decoders.h"

namespace sightline::image {

struct Property {
  std::string key;  // Exiv2's: "Xmp.dc.subject", "Iptc.Application2.Keywords"
  std::string value;
};

// The type of the plugin's functions sightline_read_xmp and sightline_read_iptc: appends the
// properties of the given keys to `found`, in the order of the file; of a list, each element; of a
// text in several languages, the default one. Returns false if the block is damaged. Throws
// nothing. Thread-safe.
using PropertyReader = bool(Bytes block, std::span<const std::string_view> keys,
                            std::vector<Property>& found);

// Returns the properties of the given keys; values are cleaned texts (metadata_text.h) that are not
// empty, at most 5000 in all. A block that is damaged or over a limit, and a build without
// libexiv2, add a sentence to `problems` that begins with `name`.
//   packet  XMP, with or without its wrapper: UTF-8, or UTF-16 with a byte order mark; at most
//           4 MiB; without document type
//   block   IPTC-IIM data sets, at most 1 MiB
std::vector<Property> read_xmp(Bytes packet, const std::string& name,
                               std::span<const std::string_view> keys,
                               std::vector<std::string>& problems);
std::vector<Property> read_iptc(Bytes block, const std::string& name,
                                std::span<const std::string_view> keys,
                                std::vector<std::string>& problems);

}  // namespace sightline::image
