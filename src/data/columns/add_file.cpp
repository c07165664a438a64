#include "data/columns/add_file.h"

#include <algorithm>
#include <string>

#include "base/file.h"

namespace sightline {
namespace {

constexpr size_t kWholeBytes = 16 << 20, kEndBytes = 64 << 10;

}  // namespace

void add_text(Sha256& hash, std::string_view text) {
  hash.update(std::to_string(text.size()) + ":").update(text);
}

void add_file(Sha256& hash, const std::filesystem::path& file) {
  const MappedFile mapped(file);
  const auto bytes = mapped.bytes();
  add_text(hash, file.filename().native());
  add_text(hash, std::to_string(bytes.size()));
  if (bytes.size() <= kWholeBytes) {
    hash.update(bytes);
  } else {
    hash.update(bytes.first(kEndBytes)).update(bytes.last(kEndBytes));
  }
}

}  // namespace sightline
