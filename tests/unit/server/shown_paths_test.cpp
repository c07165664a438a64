#include "server/shown_paths.h"

#include <gtest/gtest.h>

namespace sightline::server {
namespace {

LibraryInfo info() {
  LibraryInfo out;
  out.path = "/home/me/.local/share/sightline/library";
  out.roots = {{"/home/me/Pictures", {}}, {"/media/disk/Pictures/", {}}, {"/home/me/a.jpg", {}}};
  out.datasets = {"/data/emoji"};
  return out;
}

TEST(ShownPaths, BeginAtTheRoots) {
  const ShownPaths paths(info(), false);
  EXPECT_EQ(paths.of_id("/home/me/Pictures/2019/a.jpg"), "Pictures/2019/a.jpg");
  EXPECT_EQ(paths.of_id("/media/disk/Pictures/b.jpg"), "Pictures-2/b.jpg");
  EXPECT_EQ(paths.of_id("/home/me/a.jpg"), "a.jpg");
  EXPECT_EQ(paths.of_id("/home/me/Pictures2/a.jpg"), "a.jpg");  // of no root
  VectorItem row;
  row.id = "images/1f600.png";
  row.dataset = "emoji";
  EXPECT_EQ(paths.of_item(row), "emoji/images/1f600.png");
}

TEST(ShownPaths, AreAbsoluteIfPermitted) {
  const ShownPaths paths(info(), true);
  EXPECT_EQ(paths.of_id("/home/me/Pictures/2019/a.jpg"), "/home/me/Pictures/2019/a.jpg");
  EXPECT_EQ(paths.in_message("cannot read '/etc/a'"), "cannot read '/etc/a'");
}

TEST(ShownPaths, ReplacePathsInMessages) {
  const ShownPaths paths(info(), false);
  EXPECT_EQ(paths.in_message("cannot read '/home/me/Pictures/a.jpg': no such file"),
            "cannot read 'Pictures/a.jpg': no such file");
  EXPECT_EQ(paths.in_message("'/home/me/.local/share/sightline/library/x' is damaged"),
            "'the library/x' is damaged");
  EXPECT_EQ(paths.in_message("cannot open '/etc/secret/x' and '/root/y'."),
            "cannot open '…' and '…'.");
}

TEST(ShownPaths, NameALibraryInARootAndARootInALibrary) {
  LibraryInfo inside = info();
  inside.path = "/home/me/Pictures/library";
  EXPECT_EQ(
      ShownPaths(inside, false).in_message("'/home/me/Pictures/library/x', '/home/me/Pictures/y'"),
      "'the library/x', 'Pictures/y'");
  LibraryInfo around = info();
  around.path = "/home/me";
  EXPECT_EQ(ShownPaths(around, false).in_message("'/home/me/Pictures/a.jpg', '/home/me/x'"),
            "'Pictures/a.jpg', 'the library/x'");
}

}  // namespace
}  // namespace sightline::server
