#include "sample_data/drawings/selection.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

TEST(Selection, KnowsThePublicDomain) {
  EXPECT_TRUE(is_public_domain("http://web.resource.org/cc/PublicDomain"));
  EXPECT_TRUE(is_public_domain("http://creativecommons.org/licenses/publicdomain/"));
  EXPECT_FALSE(is_public_domain("http://creativecommons.org/licenses/GPL/2.0/"));
  EXPECT_FALSE(is_public_domain(""));
}

TEST(Selection, LeavesOutFolders) {
  EXPECT_EQ(left_out_folder("shapes/a.svg"), "shapes/");
  EXPECT_EQ(left_out_folder("computer/icons/x/a.svg"), "computer/icons/");
  EXPECT_EQ(left_out_folder("computer/a.svg"), "");
  EXPECT_EQ(left_out_folder("food/shapes/a.svg"), "");
}

TEST(Selection, IsForEveryone) {
  EXPECT_TRUE(is_for_everyone({"p", "A lady", {"people"}, "", ""}));
  EXPECT_FALSE(is_for_everyone({"p", "Sexy Lady", {"people"}, "", ""}));
  EXPECT_FALSE(is_for_everyone({"p", "A lady", {"people", "nude"}, "", ""}));
}

TEST(Selection, ShortensSeries) {
  std::vector<Drawing> drawings(5);
  drawings[2].creator = "another";
  EXPECT_EQ(keep_short_series(drawings, std::vector<std::string>{"a", "a", "a", "a", "b"}, 2),
            (std::vector<bool>{true, true, true, false, true}));
}

}  // namespace
}  // namespace sightline
