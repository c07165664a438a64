// Builds tar archives block by block, including invalid ones.
#pragma once

#include <cstdio>
#include <cstring>
#include <string>

namespace sightline::testing {

// Returns a ustar header. `type`: '0' file, '1' hard link, '2' symbolic link, '5' folder, 'L' long
// name.
inline std::string tar_header(const std::string& name, const std::string& size_octal, char type) {
  std::string block(512, '\0');
  block.replace(0, std::min<size_t>(name.size(), 100), name.substr(0, 100));
  block.replace(100, 7, "0000644");
  block.replace(108, 7, "0000000");
  block.replace(116, 7, "0000000");
  block.replace(124, size_octal.size(), size_octal);
  block.replace(136, 11, "00000000000");
  block.replace(148, 8, "        ");
  block[156] = type;
  if (type == '2' || type == '1') block.replace(157, 11, "/etc/passwd");
  block.replace(257, 8,
                std::string("ustar\0"
                            "00",
                            8));
  unsigned sum = 0;
  for (const unsigned char c : block) sum += c;
  char text[8];
  std::snprintf(text, sizeof text, "%06o", sum);
  block.replace(148, 7, std::string(text, 7));
  return block;
}

inline std::string tar_entry(const std::string& name, const std::string& content, char type = '0') {
  char size[12];
  std::snprintf(size, sizeof size, "%011zo", content.size());
  std::string entry = tar_header(name, size, type) + content;
  entry.resize((entry.size() + 511) / 512 * 512, '\0');
  return entry;
}

inline std::string tar_end() {
  return std::string(1024, '\0');
}

}  // namespace sightline::testing
