#include "base/adapter_spec.h"

#include <array>
#include <filesystem>

namespace sightline {
namespace {

bool exists(const std::string& text) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(text, ignored));
}

}  // namespace

std::optional<AdapterSpec> split_adapter(const std::string& text) {
  if (text.find('+') == text.npos || exists(text)) return std::nullopt;
  // By the number of parts that exist: none, the model, the adapter, both.
  std::array<std::optional<AdapterSpec>, 4> last;
  for (size_t at = text.find('+'); at != text.npos; at = text.find('+', at + 1)) {
    if (at == 0 || at + 1 == text.size()) continue;
    AdapterSpec spec{text.substr(0, at), text.substr(at + 1)};
    const size_t found = (exists(spec.adapter) ? 2 : 0) + (exists(spec.model) ? 1 : 0);
    last[found] = std::move(spec);
  }
  for (size_t found = last.size(); found-- > 0;) {
    if (last[found]) return last[found];
  }
  return std::nullopt;
}

std::string without_adapters(const std::string& text) {
  std::string model = text;
  while (auto spec = split_adapter(model)) model = std::move(spec->model);
  return model;
}

}  // namespace sightline
