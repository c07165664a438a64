// 200 broken files among 300 good ones: the good ones are encoded, the others listed with reasons.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kGood = 300, kBroken = 200;

std::string golden(const std::string& name) {
  const std::string bytes =
      read_bytes(fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/image" / name);
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

std::string half(const std::string& bytes) {
  return bytes.substr(0, bytes.size() / 2);
}

// Starts with a byte other than zero, so that no format's signature occurs by chance.
std::string noise(uint32_t seed, size_t count) {
  std::string bytes = "\x7f";
  for (uint64_t state = seed + 1; bytes.size() < count;) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    bytes += static_cast<char>(state >> 56);
  }
  return bytes;
}

struct File {
  std::string suffix, bytes;
};

// The i-th broken file; the kinds of damage alternate.
File broken_file(uint32_t i) {
  switch (i % 14) {
    case 0:
      return {".jpg", ""};
    case 1:
      return {".jpg", half(golden("exif1.jpg"))};
    case 2:
      return {".png", half(golden("exif6.png"))};
    case 3:
      return {".jpg", "This is a text, whatever its name says.\n"};
    case 4:
      return {".png", png_header(0x7fffffff, 0x7fffffff)};
    case 5:
      return {".png", png_header(60000, 60000)};
    case 6:
      return {".jpeg", noise(i, 3000)};
    case 7:
      return {".png", golden("exif6.png").substr(0, 8) + noise(i, 500)};
    case 8:
      return {".webp", half(golden("lossless.webp"))};
    case 9:
      return {".gif", half(golden("palette.gif"))};
    case 10:
      return {".tif", half(golden("orientation3.tif"))};
    case 11:
      return {".bmp", half(bmp_image(i))};
    case 12:
      return {".webp", "<!doctype html><title>404</title>\n"};
    default:
      return {".jpg", golden("exif1.jpg").substr(0, 2) + std::string(400, '\0')};
  }
}

File good_file(uint32_t i) {
  const char* names[] = {"exif1.jpg",   "exif6.png",        "lossless.webp",
                         "palette.gif", "orientation3.tif", "cmyk.jpg"};
  if (i % 10 < 6) return {fs::path(names[i % 10]).extension(), golden(names[i % 10])};
  return {".bmp", bmp_image(i)};
}

// Writes good and broken files in mixed order, some in a subfolder. Returns the ids of the broken
// ones.
std::set<std::string> fill(const fs::path& folder) {
  std::set<std::string> broken;
  const auto path = [&](uint32_t number, const std::string& suffix) {
    const std::string name = std::to_string(1000 + number) + suffix;
    return number % 3 == 0 ? folder / "more" / name : folder / name;
  };
  uint32_t good_count = 0, broken_count = 0;
  for (uint32_t i = 0; i < kGood + kBroken; ++i) {
    if (i % 5 < 3) {
      const File file = good_file(good_count++);
      write_bytes(path(i, file.suffix), file.bytes);
    } else if (broken_count < kBroken - 3) {
      const File file = broken_file(broken_count++);
      broken.insert(path(i, file.suffix));
      write_bytes(path(i, file.suffix), file.bytes);
    } else if (broken_count++ == kBroken - 3) {
      const fs::path pipe = path(i, ".png");
      EXPECT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
      broken.insert(pipe);
    } else {  // a dangling symlink, and one to itself
      const fs::path link = path(i, ".jpg");
      fs::create_symlink(i % 2 ? fs::path("not/there.jpg") : link.filename(), link);
      broken.insert(link);
    }
  }
  // Neither images nor broken images: a folder with an image's name, a pipe, sidecars, hidden
  // files.
  fs::create_directories(folder / "folder.jpg");
  EXPECT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  write_bytes(folder / "1000.xmp", "<x:xmpmeta/>");
  write_bytes(folder / "noise.bin", noise(1, 3000));
  write_bytes(folder / ".hidden.jpg", "hidden");
  return broken;
}

TEST(BrokenFolder, GoodImagesAreEncodedAndBrokenOnesListed) {
  SIGHTLINE_NEEDS_TRAINING();
  const fs::path folder = fresh_folder("broken-folder");
  const std::set<std::string> broken = fill(folder);
  ASSERT_EQ(broken.size(), static_cast<size_t>(kBroken));
  const auto out = scratch() / "broken-folder.npy";
  const Finished done =
      sightline({"encode", "--model", tiny_model(), "--images", folder, "--out", out, "--json"});
  EXPECT_EQ(done.exit_code, 3);
  const auto json = parse_json(done.out);
  EXPECT_EQ(json["rows"], kGood);
  std::set<std::string> listed;
  for (const auto& item : json["skipped"]) {
    listed.insert(item["id"].get<std::string>());
    EXPECT_GT(item["reason"].get<std::string>().size(), 10u) << item;
  }
  std::set<std::string> names;  // ids of a folder are relative to it
  for (const std::string& path : broken) names.insert(fs::path(path).lexically_relative(folder));
  EXPECT_EQ(listed, names);
  for (const std::string& id : names)
    EXPECT_NE(done.err.find("skipped " + id + ": "), std::string::npos) << id;
  EXPECT_NE(done.err.find("200 inputs were skipped"), std::string::npos);

  // The rows are those of the good files, in path order, and of unit length.
  const std::string ids = read_bytes(scratch() / "broken-folder.ids.jsonl");
  EXPECT_EQ(std::count(ids.begin(), ids.end(), '\n'), kGood);
  const std::string npy = read_bytes(out);
  EXPECT_NE(npy.find("(300, 16)"), std::string::npos);
  EXPECT_EQ(npy.size() % 64, 0u);
}

TEST(BrokenFolder, AsADataSet) {
  SIGHTLINE_NEEDS_TRAINING();
  const fs::path folder = fresh_folder("broken-dataset");
  fill(folder);
  const auto out = scratch() / "broken-dataset.npy";
  const Finished done =
      sightline({"encode", "--model", tiny_model(), "--dataset", folder, "--out", out, "--json"});
  EXPECT_EQ(done.exit_code, 3) << done.err;
  const auto json = parse_json(done.out);
  EXPECT_EQ(json["rows"], kGood);
  EXPECT_EQ(json["skipped"].size(), static_cast<size_t>(kBroken));
  const Finished info = sightline({"dataset", "info", folder, "--decode", "--json"});
  EXPECT_EQ(info.exit_code, 3);
  EXPECT_EQ(parse_json(info.out)["broken_rows"], kBroken);
}

TEST(BrokenFolder, ASingleBrokenImageIsSkipped) {
  SIGHTLINE_NEEDS_TRAINING();
  const auto file = scratch() / "bomb.png";
  write_bytes(file, png_header(0x7fffffff, 0x7fffffff));
  write_bytes(scratch() / "bomb.npy", "vectors of an earlier run");
  const Finished done = sightline(
      {"encode", "--model", tiny_model(), "--images", file, "--out", scratch() / "bomb.npy"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_NE(done.err.find("bomb.png"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("nothing was encoded"), std::string::npos) << done.err;
  EXPECT_EQ(read_bytes(scratch() / "bomb.npy"), "vectors of an earlier run");
  EXPECT_EQ(sightline({"preprocess", "--model", tiny_model(), file, "--out", scratch() / "b.npy"})
                .exit_code,
            1);
}

}  // namespace
}  // namespace sightline::testing
