#include "train/image_parts.h"

#include <sightline/error.h>

#include <sstream>

#include "base/file.h"
#include "base/json.h"

namespace sightline {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool parse_digest(const std::string& hex, Digest& digest) {
  if (hex.size() != 2 * digest.size()) return false;
  for (size_t i = 0; i < digest.size(); ++i) {
    const int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    digest[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return true;
}

}  // namespace

std::shared_ptr<const ImageSet> read_image_part(const std::filesystem::path& file,
                                                const std::string& part) {
  auto images = std::make_shared<ImageSet>();
  std::istringstream lines(read_text_file(file, int64_t{4} << 30));
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json entry = parse_json(line, message(file.string(), " line ", ++number));
    Digest digest;
    const bool valid = entry.is_object() && entry.contains("part") && entry["part"].is_string() &&
                       entry.contains("image") && entry["image"].is_string() &&
                       parse_digest(entry["image"].get<std::string>(), digest);
    if (!valid) {
      throw Error(ErrorCode::invalid_data, "'", file.string(), "' line ", number, " is ",
                  shown(entry), ", expected an object with 'part' and 'image' (SHA-256)");
    }
    if (entry["part"] == part) images->insert(digest);
  }
  return images;
}

}  // namespace sightline
