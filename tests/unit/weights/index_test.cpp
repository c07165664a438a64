// Malicious and invalid shard indexes.
#include <gtest/gtest.h>
#include <sightline/error.h>

#include "base/file.h"
#include "unit/data/temporary_folder.h"
#include "weights/checkpoint.h"

namespace sightline {
namespace {

std::string error_message(const std::string& index) {
  testing::TemporaryFolder folder;
  const auto path = folder.write("model.safetensors.index.json", index);
  try {
    Checkpoint checkpoint(path.parent_path());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_data) << error.what();
    EXPECT_NE(std::string(error.what()).find("index.json"), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

TEST(ShardIndex, RejectsInvalidIndexes) {
  EXPECT_NE(error_message("{").find("not valid JSON"), std::string::npos);
  EXPECT_NE(error_message("{\"weight_map\": {\"\xff\": \"a\"}}").find("not valid UTF-8"),
            std::string::npos);
  EXPECT_NE(error_message("[]").find("not a shard index"), std::string::npos);
  EXPECT_NE(error_message(R"({"weight_map": {"a": 1}})").find("not a shard index"),
            std::string::npos);
  EXPECT_NE(error_message(R"({"weight_map": {"a": "../b"}})").find("not a file in the same folder"),
            std::string::npos);
}

TEST(ShardIndex, RejectsDeepNesting) {
  const std::string deep = std::string(1 << 20, '[') + std::string(1 << 20, ']');
  EXPECT_NE(error_message("{\"weight_map\": " + deep + "}").find("nested deeper"),
            std::string::npos);
}

}  // namespace
}  // namespace sightline
