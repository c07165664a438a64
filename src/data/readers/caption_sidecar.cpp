#include "data/readers/caption_sidecar.h"

#include <system_error>

#include "base/file.h"
#include "base/text.h"
#include "base/text_encoding.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxBytes = 1 << 20;

fs::path sidecar_of(fs::path image) {
  return image.replace_extension(".txt");
}

}  // namespace

bool has_caption_sidecar(const fs::path& image) {
  std::error_code ignored;
  return fs::is_regular_file(sidecar_of(image), ignored);
}

std::vector<std::string> read_caption_sidecar(const fs::path& image) {
  if (!has_caption_sidecar(image)) return {};
  const fs::path file = sidecar_of(image);
  std::vector<std::string> captions =
      split_lines(decode_text(read_text_file(file, kMaxBytes), file.filename().string()));
  std::erase_if(captions, [](const std::string& line) { return is_blank(line); });
  return captions;
}

}  // namespace sightline
