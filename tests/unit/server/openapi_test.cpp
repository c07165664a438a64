// The description of the API is complete in itself.
#include "server/api/openapi.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include "base/json.h"

namespace sightline {
namespace {

using nlohmann::json;

const json& document() {
  static const json parsed = parse_json(openapi_document(), "openapi.json");
  return parsed;
}

// Calls fn with each object in a value.
void for_each_object(const json& value, const std::function<void(const json&)>& fn) {
  if (value.is_object()) fn(value);
  if (!value.is_structured()) return;
  for (const json& part : value) for_each_object(part, fn);
}

// Calls fn with each operation, its method and path.
void for_each_operation(
    const std::function<void(const std::string& name, const json& operation)>& fn) {
  for (const auto& [path, methods] : document()["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) fn(method + " " + path, operation);
  }
}

TEST(OpenApi, IsADocumentOfVersion31) {
  EXPECT_EQ(document()["openapi"], "3.1.0");
  EXPECT_GT(document()["paths"].size(), 30u);
}

TEST(OpenApi, ReferencesAreDefinedAndUsed) {
  std::set<std::string> used;
  for_each_object(document(), [&](const json& object) {
    if (!object.contains("$ref")) return;
    const std::string target = object["$ref"];
    ASSERT_TRUE(target.starts_with("#/"));
    EXPECT_TRUE(document().contains(json::json_pointer(target.substr(1)))) << target;
    used.insert(target);
  });
  for (const char* kind : {"schemas", "parameters", "responses"}) {
    for (const auto& [name, component] : document()["components"][kind].items()) {
      EXPECT_TRUE(used.contains("#/components/" + std::string(kind) + "/" + name)) << name;
    }
  }
}

TEST(OpenApi, OperationsAreNamedOnceAndDescribed) {
  std::set<std::string> tags, names;
  for (const json& tag : document()["tags"]) tags.insert(tag["name"]);
  for_each_operation([&](const std::string& name, const json& operation) {
    EXPECT_TRUE(names.insert(operation["operationId"]).second) << name;
    EXPECT_FALSE(operation["summary"].get<std::string>().empty()) << name;
    ASSERT_EQ(operation["tags"].size(), 1u) << name;
    EXPECT_TRUE(tags.contains(operation["tags"][0])) << name;
  });
}

TEST(OpenApi, ProblemsAreDescribed) {
  for_each_operation([](const std::string& name, const json& operation) {
    const json& responses = operation["responses"];
    EXPECT_TRUE(responses.contains("default")) << name;
    const bool open = operation.contains("security");
    EXPECT_EQ(responses.contains("401"), !open) << name;
    if (operation.contains("requestBody")) {
      EXPECT_TRUE(responses.contains("400") && responses.contains("413")) << name;
    }
  });
  for (const auto& [name, response] : document()["components"]["responses"].items()) {
    if (name == "NotModified") continue;
    EXPECT_TRUE(response["content"].contains("application/problem+json")) << name;
  }
}

TEST(OpenApi, ChangesNameTheHeaderAgainstForgedRequests) {
  const std::set<std::string> reads = {"post /v1/search",    "post /v1/session",
                                       "delete /v1/session", "post /v1/embeddings",
                                       "post /predict",      "post /knn-service"};
  for_each_operation([&](const std::string& name, const json& operation) {
    const bool change = !name.starts_with("get ") && !reads.contains(name);
    bool named = false;
    for (const json& parameter : operation.value("parameters", json::array()))
      named = named || parameter.value("$ref", "") == "#/components/parameters/Csrf";
    EXPECT_EQ(named, change) << name;
    EXPECT_EQ(operation["responses"].contains("403"), change) << name;
  });
}

TEST(OpenApi, ParametersOfPathsAreDescribed) {
  for_each_operation([](const std::string& name, const json& operation) {
    std::set<std::string> described;
    for (json parameter : operation.value("parameters", json::array())) {
      if (parameter.contains("$ref"))
        parameter = document()[json::json_pointer(parameter["$ref"].get<std::string>().substr(1))];
      if (parameter["in"] == "path") described.insert(parameter["name"]);
    }
    std::set<std::string> wanted;
    for (size_t at = name.find('{'); at != std::string::npos; at = name.find('{', at + 1))
      wanted.insert(name.substr(at + 1, name.find('}', at) - at - 1));
    EXPECT_EQ(described, wanted) << name;
  });
}

}  // namespace
}  // namespace sightline
