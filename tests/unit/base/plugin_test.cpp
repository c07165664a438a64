#include "base/plugin.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

namespace sightline {
namespace {

TEST(Plugins, AMissingPluginIsUnsupportedAndNamesTheFeature) {
  EXPECT_FALSE(plugin_exists("no_such_part"));
  try {
    plugin_symbol("no_such_part", "anything", "flying (install wings)");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    const std::string message = error.what();
    EXPECT_NE(message.find("flying (install wings)"), std::string::npos) << message;
    EXPECT_NE(message.find("libsightline_no_such_part.so"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace sightline
