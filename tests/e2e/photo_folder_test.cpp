// Folders of photos: sidecars, orientation, names that are not UTF-8.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = SIGHTLINE_SOURCE_DIR;
const std::string kModel = kRoot / "models/emoji-vit-8";

// The test's image with this orientation in EXIF; without it, all eight have equal pixels.
std::string oriented(int orientation) {
  return read_bytes(kRoot / "tests/golden/image/orientation" /
                    ("png_exif_" + std::to_string(orientation) + ".png"));
}

Finished encode(const fs::path& folder, const fs::path& npy, std::vector<std::string> more = {}) {
  std::vector<std::string> call = {"encode", "--model", kModel, "--images", folder, "--out", npy};
  call.insert(call.end(), more.begin(), more.end());
  return sightline(call);
}

// The rows of a .npy file, as bytes.
std::vector<std::string> rows_of(const fs::path& npy, size_t count) {
  const std::string bytes = read_bytes(npy);
  const size_t head = bytes.find('\n') + 1, size = (bytes.size() - head) / count;
  std::vector<std::string> rows;
  for (size_t i = 0; i < count; ++i) rows.push_back(bytes.substr(head + i * size, size));
  return rows;
}

TEST(PhotoFolder, AThousandPhotosWithAThousandSidecars) {
  constexpr uint32_t kCount = 1000;
  const fs::path folder = fresh_folder("sidecars");
  const char* sidecars[] = {".xmp", ".bmp.json", ".txt", ".aae", ".thm"};
  for (uint32_t i = 0; i < kCount; ++i) {
    const fs::path photo = folder / (std::to_string(i % 4)) / ("IMG_" + std::to_string(1000 + i));
    write_bytes(photo.string() + ".bmp", bmp_image(i % 50));
    write_bytes(photo.string() + sidecars[i % 5], "a sidecar");
  }
  write_bytes(folder / "Thumbs.db", "an index");
  write_bytes(folder / "0/@eaDir/IMG_1000.bmp/SYNOPHOTO_THUMB_M.jpg", "a thumbnail");
  for (const char* video : {"video.mp4", "video.unknown"}) {
    write_bytes(folder / video, std::string("\0\0\0 ftypisom", 12));
    fs::resize_file(folder / video, 200 << 20);
  }
  const fs::path npy = scratch() / "sidecars.npy";
  const Finished done = encode(folder, npy, {"--json"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(done.err, "");
  const auto json = parse_json(done.out);
  EXPECT_EQ(json["rows"], kCount);
  EXPECT_TRUE(json["skipped"].empty());
  const Finished found =
      sightline({"search", "--dataset", folder, "--model", kModel, "a red heart"});
  EXPECT_EQ(found.exit_code, 0);
  EXPECT_EQ(found.err, "");
  EXPECT_NE(found.out.find("1000 vectors"), std::string::npos) << found.out;
}

TEST(PhotoFolder, ExcludedAndHiddenFiles) {
  const fs::path folder = fresh_folder("excluded");
  for (const char* name : {"a.bmp", ".b.bmp", "drafts/c.bmp", "node_modules/d.bmp"})
    write_bytes(folder / name, bmp_image(1));
  const fs::path npy = scratch() / "excluded.npy";
  const auto count = [&](std::vector<std::string> more) {
    more.push_back("--json");
    return parse_json(encode(folder, npy, more).out)["rows"].get<int>();
  };
  EXPECT_EQ(count({}), 2);
  EXPECT_EQ(count({"--exclude", "drafts/"}), 1);
  EXPECT_EQ(count({"--include-hidden", "--exclude", "drafts/", "--exclude", "!node_modules/"}), 3);
  const Finished bad = encode(folder, npy, {"--exclude", "[a"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_NE(bad.err.find("'[a' has a '[' without a ']'"), std::string::npos) << bad.err;
  // The images are found again with the same options.
  ASSERT_EQ(sightline({"encode", "--model", kModel, "--dataset", folder, "--include-hidden",
                       "--exclude", "a.*", "--exclude", "drafts", "--out", npy})
                .exit_code,
            0);
  const fs::path grid = scratch() / "excluded.png";
  const Finished drawn =
      sightline({"search", "--vectors", npy, "--model", kModel, "--grid", grid, "x"});
  EXPECT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_NE(drawn.out.find(".b.bmp"), std::string::npos) << drawn.out;
}

TEST(PhotoFolder, ImagesAreUprightUnlessStoredIsAsked) {
  const fs::path folder = fresh_folder("oriented");
  for (int o = 1; o <= 8; ++o) write_bytes(folder / (std::to_string(o) + ".png"), oriented(o));
  const std::vector<std::string> cache = {"--cache", scratch() / "oriented-cache", "--json"};
  const fs::path npy = scratch() / "oriented.npy";
  const auto run = [&](const std::string& orientation) {
    std::vector<std::string> more = cache;
    if (!orientation.empty()) more.insert(more.end(), {"--orientation", orientation});
    return parse_json(encode(folder, npy, more).out);
  };
  const auto upright = run("");
  EXPECT_EQ(upright["encoded"], 8);
  EXPECT_NE(upright["preprocessing"].get<std::string>().find("orientation upright"),
            std::string::npos);
  const auto turned = rows_of(npy, 8);
  for (size_t i = 1; i < 8; ++i) EXPECT_NE(turned[i], turned[0]) << i + 1;
  const auto stored = run("stored");
  EXPECT_EQ(stored["encoded"], 8);  // none was in the cache
  const auto unturned = rows_of(npy, 8);
  for (size_t i = 1; i < 8; ++i) EXPECT_EQ(unturned[i], unturned[0]) << i + 1;
  EXPECT_EQ(unturned[0], turned[0]);
  // Query images have the orientation of the vectors.
  const Finished found = sightline({"search", "--vectors", npy, "--model", kModel, "--image",
                                    folder / "6.png", "--json", "--top-k", "8"});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  EXPECT_EQ(found.err, "");
  for (const auto& hit : parse_json(found.out)["queries"][0]["hits"])
    EXPECT_GT(hit["similarity"].get<double>(), 0.99999);
  // Both searches of the data set have the option.
  for (const char* orientation : {"upright", "stored"}) {
    const Finished both =
        sightline({"search", "--dataset", folder, "--model", kModel, "--image", folder / "6.png",
                   "--orientation", orientation, "--no-cache", "--json", "--top-k", "2"});
    ASSERT_EQ(both.exit_code, 0) << both.err;
    const auto hits = parse_json(both.out)["queries"][0]["hits"];
    EXPECT_EQ(hits[1]["similarity"].get<double>() > 0.99999, std::string(orientation) == "stored");
  }
}

TEST(PhotoFolder, NamesThatAreNotUtf8) {
  const fs::path folder = fresh_folder("names");
  write_bytes(folder / "caf\xe9.bmp", bmp_image(3));
  const fs::path npy = scratch() / "names.npy", grid = scratch() / "names.png";
  for (const char* source : {"--images", "--dataset"}) {
    const Finished done = sightline({"encode", "--model", kModel, source, folder, "--out", npy});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    fs::remove(grid);
    const Finished found = sightline({"search", "--vectors", npy, "--model", kModel, "--image",
                                      folder / "caf\xe9.bmp", "--json", "--grid", grid});
    ASSERT_EQ(found.exit_code, 0) << found.err;
    const auto query = parse_json(found.out)["queries"][0];
    EXPECT_EQ(fs::path(query["hits"][0]["id"].get<std::string>()).filename(), "caf\\xE9.bmp");
    EXPECT_EQ(fs::path(query["image"].get<std::string>()).filename(), "caf\\xE9.bmp");
    EXPECT_TRUE(fs::exists(grid));
  }
  // A broken file is named, in JSON too.
  write_bytes(folder / "\xff.jpg", "no image");
  const Finished broken = encode(folder, npy, {"--json"});
  EXPECT_EQ(broken.exit_code, 3);
  const auto skipped = parse_json(broken.out)["skipped"][0];
  EXPECT_EQ(fs::path(skipped["id"].get<std::string>()).filename(), "\\xFF.jpg");
  EXPECT_NE(skipped["reason"].get<std::string>().find("\\xFF.jpg"), std::string::npos);
  EXPECT_NE(broken.err.find("\\xFF.jpg"), std::string::npos);
}

}  // namespace
}  // namespace sightline::testing
