#include "data/writers/write_file.h"

#include "base/output_file.h"

namespace sightline {

void write_file(const std::filesystem::path& path, std::span<const uint8_t> content) {
  OutputFile file(path);
  file.write({reinterpret_cast<const char*>(content.data()), content.size()});
  file.close();
}

}  // namespace sightline
