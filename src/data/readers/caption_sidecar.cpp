#include "data/readers/caption_sidecar.h"

#include <system_error>

#include "base/file.h"
#include "base/text.h"
#include "base/text_encoding.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxBytes = 1 << 20;

}  // namespace

std::vector<std::string> read_caption_sidecar(const fs::path& image) {
  fs::path file = image;
  file.replace_extension(".txt");
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return {};
  std::vector<std::string> captions =
      split_lines(decode_text(read_text_file(file, kMaxBytes), file.filename().string()));
  std::erase_if(captions, [](const std::string& line) { return is_blank(line); });
  return captions;
}

}  // namespace sightline
