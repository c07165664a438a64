#include "data/writers/write_file.h"

#include <sightline/error.h>

#include <fstream>

namespace sightline {

void write_file(const std::filesystem::path& path, std::span<const uint8_t> content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw Error(ErrorCode::io, "cannot write '", path.string(), "'");
}

}  // namespace sightline
