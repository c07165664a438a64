#include <sightline/configuration.h>
#include <sightline/error.h>

#include "base/file.h"
#include "base/json_section.h"

namespace sightline {
namespace {

// The value of a key with a few names, or nothing if it is absent.
std::optional<std::string> one_of(JsonSection& section, const char* key,
                                  std::initializer_list<const char*> names) {
  std::string value, expected;
  if (section.find(key) == nullptr) return std::nullopt;
  section.read(key, value);
  for (const char* name : names) {
    if (value == name) return value;
    expected += (expected.empty() ? "\"" : ", \"") + std::string(name) + "\"";
  }
  section.fail(key, "one of " + expected);
}

void read_images(JsonSection& section, Configuration& out) {
  if (const auto name = one_of(section, "precision", {"fp32", "bf16", "int8"}))
    out.precision = parse_precision(*name);
  if (const auto name = one_of(section, "orientation", {"upright", "stored"}))
    out.orientation = *name == "stored" ? OrientationProfile::stored : OrientationProfile::upright;
  if (const auto name = one_of(section, "decode", {"exact", "fast"}))
    out.decode = *name == "fast" ? DecodeProfile::fast : DecodeProfile::exact;
  if (const auto name = one_of(section, "resize", {"shortest", "squash", "longest"}))
    out.resize = parse_resize(*name);
  if (const auto name = one_of(section, "store", {"fp32", "fp16"}))
    out.half_precision_store = *name == "fp16";
}

void read_templates(JsonSection& section, Configuration& out) {
  if (section.find("templates") == nullptr) return;
  out.templates.emplace();
  section.read("templates", *out.templates);
  for (const std::string& form : *out.templates) {
    if (form.find("{}") == std::string::npos)
      section.fail("templates", "texts with {}, which stands for the text of a query");
  }
}

// A model, or MODEL+ADAPTER, with the paths that begin with "./" put into a folder.
std::string in_folder(const std::string& model, const std::filesystem::path& folder) {
  std::string out;
  for (size_t at = 0; at <= model.size();) {
    const size_t end = std::min(model.find("+./", at), model.size());
    const std::string part = model.substr(at, end - at);
    out += at > 0 ? "+" : "";
    out += part.starts_with("./") ? (folder / part.substr(2)).string() : part;
    at = end + 1;
  }
  return out;
}

}  // namespace

Configuration parse_configuration(std::string_view json, const std::string& name) {
  const nlohmann::json root = parse_json(json, name);
  JsonSection section(root, "configuration '" + name + "'");
  Configuration out;
  section.read("model", out.model);
  read_images(section, out);
  read_templates(section, out);
  section.read("expansion_hits", out.expansion.hits, 0, 1000);
  section.read("expansion_weight", out.expansion.weight, 0, 100);
  section.read("text_column", out.fusion.column);
  section.read("text_weight", out.fusion.weight, 0, 1);
  if (out.fusion.weight > 0 && out.fusion.column.empty())
    section.fail("text_weight", "0 without 'text_column', the column of the texts");
  section.finish();
  return out;
}

Configuration read_configuration(const std::filesystem::path& path) {
  Configuration out = parse_configuration(read_text_file(path, 1 << 20), path.string());
  out.model = in_folder(out.model, path.parent_path());
  return out;
}

std::string configuration_json(const Configuration& c) {
  Json json = Json::object();
  if (!c.model.empty()) json["model"] = c.model;
  if (c.precision) json["precision"] = precision_name(*c.precision);
  if (c.orientation)
    json["orientation"] = *c.orientation == OrientationProfile::stored ? "stored" : "upright";
  if (c.resize) json["resize"] = resize_name(*c.resize);
  if (c.decode) json["decode"] = *c.decode == DecodeProfile::fast ? "fast" : "exact";
  if (c.templates) json["templates"] = *c.templates;
  if (c.expansion.active()) {
    json["expansion_hits"] = c.expansion.hits;
    json["expansion_weight"] = c.expansion.weight;
  }
  if (c.fusion.active()) {
    json["text_column"] = c.fusion.column;
    json["text_weight"] = c.fusion.weight;
  }
  if (c.half_precision_store) json["store"] = *c.half_precision_store ? "fp16" : "fp32";
  return json_text(json, 2);
}

}  // namespace sightline
