#include "schema_check.h"

#include <algorithm>

namespace sightline {
namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "integer") return value.is_number_integer();
  return type == "number" && value.is_number();
}

class Checker {
 public:
  Checker(const json& root, bool strict) : root_(root), strict_(strict) {}

  void check(const json& value, const json& schema, const std::string& at) {
    for (const auto& [keyword, rule] : schema.items()) apply(keyword, rule, value, schema, at);
    if (strict_ && value.is_object() && schema.contains("properties") &&
        !schema.contains("additionalProperties")) {
      for (const auto& [name, unused] : value.items()) {
        if (!schema["properties"].contains(name)) found(at + "/" + name + ": not in the schema");
      }
    }
  }
  std::vector<std::string> findings;

 private:
  void found(const std::string& what) { findings.push_back(what); }

  void apply(const std::string& keyword, const json& rule, const json& value, const json& schema,
             const std::string& at) {
    if (keyword == "$ref") {
      check(value, root_.at(json::json_pointer(rule.get<std::string>().substr(1))), at);
    } else if (keyword == "type") {
      const bool fits =
          rule.is_array()
              ? std::any_of(rule.begin(), rule.end(),
                            [&](const json& t) { return has_type(value, t.get<std::string>()); })
              : has_type(value, rule.get<std::string>());
      if (!fits) found(at + ": expected " + rule.dump() + ", found " + value.type_name());
    } else if (keyword == "const") {
      if (value != rule) found(at + ": expected " + rule.dump());
    } else if (keyword == "enum") {
      if (std::find(rule.begin(), rule.end(), value) == rule.end())
        found(at + ": expected one of " + rule.dump());
    } else if (keyword == "minimum") {
      if (value.is_number() && value < rule) found(at + ": below " + rule.dump());
    } else if (keyword == "maximum") {
      if (value.is_number() && value > rule) found(at + ": above " + rule.dump());
    } else if (keyword == "minItems") {
      if (value.is_array() && value.size() < rule.get<size_t>()) found(at + ": too few items");
    } else if (keyword == "maxItems") {
      if (value.is_array() && value.size() > rule.get<size_t>()) found(at + ": too many items");
    } else if (keyword == "required") {
      for (const auto& name : rule) {
        if (value.is_object() && !value.contains(name.get<std::string>()))
          found(at + ": no " + name.dump());
      }
    } else if (keyword == "properties") {
      for (const auto& [name, inner] : rule.items()) {
        if (value.is_object() && value.contains(name)) check(value[name], inner, at + "/" + name);
      }
    } else if (keyword == "additionalProperties") {
      for (const auto& [name, inner] : value.items()) {
        if (!schema.contains("properties") || !schema["properties"].contains(name))
          check(inner, rule, at + "/" + name);
      }
    } else if (keyword == "items") {
      for (size_t i = 0; value.is_array() && i < value.size(); ++i)
        check(value[i], rule, at + "/" + std::to_string(i));
    } else if (keyword != "$schema" && keyword != "title" && keyword != "description" &&
               keyword != "$defs") {
      found("the schema uses '" + keyword + "', which this test cannot check");
    }
  }

  const json& root_;
  bool strict_;
};

}  // namespace

std::vector<std::string> schema_findings(const json& value, const json& schema, bool strict) {
  Checker checker(schema, strict);
  checker.check(value, schema, "");
  return checker.findings;
}

}  // namespace sightline
