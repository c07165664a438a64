#include "models/pair_spec.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/file.h"
#include "base/json.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 4> kKeys = {"text", "image", "seed", "projection"};
constexpr const char* kOrigin = "text_model";  // key of pair.json

// The key that text begins with ("seed" for "seed=7,…"), or null.
const char* leading_key(std::string_view text) {
  for (const char* key : kKeys) {
    if (text.starts_with(std::string(key) + "=")) return key;
  }
  return nullptr;
}

[[noreturn]] void fail(const std::string& spec, const std::string& what) {
  throw Error(ErrorCode::invalid_argument, "the pair '", spec, "' ", what,
              "; expected text=PATH,image=PATH with ,seed=N or ,projection=none");
}

std::map<std::string, std::string> parts_of(const std::string& spec) {
  std::map<std::string, std::string> parts;
  for (size_t at = 0; at < spec.size();) {
    const std::string key = leading_key(std::string_view(spec).substr(at));
    size_t end = spec.find(',', at);
    while (end != std::string::npos &&
           leading_key(std::string_view(spec).substr(end + 1)) == nullptr)
      end = spec.find(',', end + 1);
    end = std::min(end, spec.size());
    const size_t value = at + key.size() + 1;
    if (!parts.emplace(key, spec.substr(value, end - value)).second)
      fail(spec, "has " + key + " twice");
    at = end + 1;
  }
  return parts;
}

uint64_t parse_seed(const std::string& spec, const std::string& text) {
  uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    fail(spec, "has the seed '" + text + "', expected a number from 0 to 2^64 - 1");
  return seed;
}

TextModelOrigin read_origin(const nlohmann::json& object, const std::string& where) {
  TextModelOrigin origin;
  const std::map<std::string, std::string*> members = {
      {"name", &origin.name}, {"digest", &origin.digest}, {"command", &origin.command}};
  if (!object.is_object())
    throw Error(ErrorCode::invalid_data, where, " is ", shown(object), ", expected an object");
  for (const auto& [key, value] : object.items()) {
    const auto member = members.find(key);
    if (member == members.end())
      throw Error(ErrorCode::invalid_data, where, " has the unknown key '", key, "'");
    if (!value.is_string())
      throw Error(ErrorCode::invalid_data, where, ": '", key, "' is ", shown(value),
                  ", expected a text");
    *member->second = value.get<std::string>();
  }
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (!origin.digest.empty() &&
      (origin.digest.size() != 64 || !std::ranges::all_of(origin.digest, is_hex))) {
    throw Error(ErrorCode::invalid_data, where, ": 'digest' is \"", origin.digest,
                "\", expected 64 digits of 0-9a-f");
  }
  return origin;
}

// Nothing where there is no such projection.
std::optional<PairProjection> projection_of(const std::string& name) {
  if (name == "auto") return PairProjection::automatic;
  if (name == "linear") return PairProjection::linear;
  if (name == "none") return PairProjection::none;
  return std::nullopt;
}

}  // namespace

std::optional<PairSpec> parse_pair_spec(const std::string& spec) {
  if (leading_key(spec) == nullptr) return std::nullopt;
  std::error_code ignored;
  if (fs::exists(spec, ignored)) return std::nullopt;
  auto parts = parts_of(spec);
  PairSpec pair;
  for (const auto& [key, path] : {std::pair("text", &pair.text), std::pair("image", &pair.image)}) {
    if (parts[key].empty()) fail(spec, std::string("has no ") + key);
    *path = parts[key];
  }
  if (parts.contains("seed")) {
    pair.seed = parse_seed(spec, parts["seed"]);
    pair.projection = PairProjection::linear;
  }
  if (parts.contains("projection")) {
    const auto projection = projection_of(parts["projection"]);
    if (!projection)
      fail(spec,
           "has the projection '" + parts["projection"] + "', which is not auto, linear or none");
    pair.projection = *projection;
  }
  return pair;
}

PairSpec read_pair_file(const fs::path& directory) {
  const fs::path file = directory / kPairFile;
  const std::string name = file.string();
  const auto root = parse_json(read_text_file(file, 1 << 16), name);
  const auto fail_at = [&](const char* key, const char* expected, ErrorCode code) {
    throw Error(code, "'", name, "': '", key, "' is ",
                (root.is_object() && root.contains(key) ? shown(root[key]) : "missing"),
                ", expected ", expected);
  };
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  if (!root.contains("format") || root["format"] != 1)
    fail_at("format", "1", ErrorCode::unsupported);
  for (const auto& [key, value] : root.items()) {
    if (key == "format" || key == kOrigin || key == kTextFilesKey) continue;
    if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
    throw Error(ErrorCode::invalid_data, "'", name, "' has the unknown key '", key, "'");
  }
  PairSpec pair;
  for (const auto& [key, path] : {std::pair("text", &pair.text), std::pair("image", &pair.image)}) {
    if (!root.contains(key) || !root[key].is_string() || root[key] == "")
      fail_at(key, "a path", ErrorCode::invalid_data);
    *path = (directory / root[key].get<std::string>()).lexically_normal();
  }
  if (root.contains("seed")) {
    if (!root["seed"].is_number_unsigned())
      fail_at("seed", "a whole number from 0", ErrorCode::invalid_data);
    pair.seed = root["seed"].get<uint64_t>();
    pair.projection = PairProjection::linear;
  }
  if (root.contains("projection")) {
    const auto projection = root["projection"].is_string()
                                ? projection_of(root["projection"].get<std::string>())
                                : std::nullopt;
    if (!projection)
      fail_at("projection", "\"auto\", \"linear\" or \"none\"", ErrorCode::invalid_data);
    pair.projection = *projection;
  }
  if (root.contains(kOrigin))
    pair.text_model = read_origin(root[kOrigin], "'" + name + "' " + kOrigin);
  return pair;
}

std::optional<PairSpec> find_pair(const fs::path& model) {
  if (const auto spec = parse_pair_spec(model.string())) return spec;
  std::error_code ignored;
  if (fs::exists(model / kPairFile, ignored)) return read_pair_file(model);
  return std::nullopt;
}

}  // namespace sightline
