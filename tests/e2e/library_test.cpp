// index, library, and search of a library.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
const fs::path kModel = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";

class LibraryTest : public ::testing::Test {
 protected:
  LibraryTest() {
    static int number = 0;
    folder_ = fresh_folder("library-" + std::to_string(number++));
    photos_ = folder_ / "photos";
    library_ = folder_ / "library";
    for (uint32_t i = 0; i < 8; ++i) write_photo("p" + std::to_string(i) + ".bmp", i);
  }

  void write_photo(const std::string& name, uint32_t seed) const {
    fs::create_directories((photos_ / name).parent_path());
    write_bytes(photos_ / name, bmp_image(seed));
  }
  Finished run(std::vector<std::string> command) const {
    command.insert(command.end(), {"--library", library_});
    return sightline(command);
  }
  nlohmann::json json_of(std::vector<std::string> command) const {
    command.emplace_back("--json");
    const Finished done = run(command);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return parse_json(done.out);
  }
  nlohmann::json index(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), "index");
    return json_of(more);
  }
  std::set<std::string> found() const {
    const auto answer = json_of({"search", "--top-k", "100", "--no-judge", "heart"});
    std::set<std::string> ids;
    for (const auto& hit : answer["queries"][0]["hits"]) ids.insert(hit["id"]);
    return ids;
  }

  fs::path folder_, photos_, library_;
};

TEST_F(LibraryTest, HitsEqualThoseOfTheFolder) {
  EXPECT_EQ(index({"--model", kModel, photos_})["added"], 8);
  const auto hits = json_of({"search", "--top-k", "8", "a red heart"})["queries"][0]["hits"];
  const Finished plain = sightline({"search", "--json", "--dataset", photos_, "--model", kModel,
                                    "--no-cache", "--top-k", "8", "a red heart"});
  const auto expected = parse_json(plain.out)["queries"][0]["hits"];
  ASSERT_EQ(hits.size(), 8u);
  for (size_t i = 0; i < hits.size(); ++i) {
    EXPECT_EQ(hits[i]["id"], (photos_ / expected[i]["id"].get<std::string>()).string());
    EXPECT_EQ(hits[i]["similarity"], expected[i]["similarity"]);
  }
}

TEST_F(LibraryTest, IsUpdatedFromTheSameFolders) {
  index({"--model", kModel, photos_});
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  index();  // those that were new to the first run
  write_photo("new.bmp", 20);
  write_photo("copy.bmp", 1);
  fs::rename(photos_ / "p0.bmp", photos_ / "moved.bmp");
  fs::remove(photos_ / "p7.bmp");
  const auto summary = index();
  EXPECT_EQ(summary["added"], 2);
  EXPECT_EQ(summary["encoded"], 1);
  EXPECT_EQ(summary["moved"], 1);
  EXPECT_EQ(summary["removed"], 1);
  EXPECT_EQ(summary["unchanged"], 6);
  EXPECT_EQ(found().size(), 8u);
  EXPECT_TRUE(found().contains(photos_ / "moved.bmp"));
  EXPECT_EQ(json_of({"library", "info"})["images"], 8);
}

TEST_F(LibraryTest, ListsFailuresAndSkipsThem) {
  write_bytes(photos_ / "bad.bmp", bmp_image(3).substr(0, 40));
  const Finished done = run({"index", "--model", kModel, photos_});
  EXPECT_EQ(done.exit_code, 3);
  EXPECT_TRUE(has(done.err, "bad.bmp")) << done.err;
  EXPECT_EQ(found().size(), 8u);
  const auto failures = json_of({"library", "info", "--failures"})["failures"];
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0]["id"], (photos_ / "bad.bmp").string());
}

TEST_F(LibraryTest, FollowsChangesAndAdmitsOneWriter) {
  index({"--model", kModel, photos_});
  Process watch({SIGHTLINE_PROGRAM, "index", "--watch", "--wait", "--library", library_});
  const auto wait_until = [&](const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!reached() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return reached();
  };
  Finished second;
  ASSERT_TRUE(wait_until([&] {
    second = run({"library", "compact"});
    return second.exit_code != 0;
  }));
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_TRUE(has(second.err, "'sightline index --watch' (process")) << second.err;
  write_photo("sub/watched.bmp", 30);
  EXPECT_TRUE(wait_until([&] { return found().contains(photos_ / "sub/watched.bmp"); }));
  fs::remove_all(photos_ / "sub");
  EXPECT_TRUE(wait_until([&] { return found().size() == 8; }));
  watch.send(SIGINT);
  EXPECT_EQ(watch.wait().exit_code, 130);
  EXPECT_EQ(run({"library", "check"}).exit_code, 0);
}

TEST_F(LibraryTest, MigratesToAnotherModel) {
  index({"--model", kModel, photos_});
  const fs::path other = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-rn";
  EXPECT_EQ(json_of({"library", "migrate", "--model", other})["encoded"], 8);
  auto models = json_of({"library", "info"})["models"];
  ASSERT_EQ(models.size(), 2u);
  EXPECT_EQ(models[1]["name"], "emoji-rn");
  EXPECT_EQ(models[1]["active"], true);
  EXPECT_EQ(json_of({"search", "--no-judge", "heart"})["model"]["name"], "emoji-rn");
  EXPECT_EQ(json_of({"search", "--no-judge", "--model", "emoji-vit-8", "heart"})["model"]["name"],
            "emoji-vit-8");
  const Finished active = run({"library", "drop", "emoji-rn"});
  EXPECT_EQ(active.exit_code, 2);
  EXPECT_TRUE(has(active.err, "active model")) << active.err;
  EXPECT_EQ(run({"library", "drop", "emoji-vit-8"}).exit_code, 0);
  EXPECT_EQ(json_of({"library", "info"})["models"].size(), 1u);
  EXPECT_EQ(run({"library", "check"}).exit_code, 0);
}

// A disk that is not mounted: its folder is gone, or an empty mount point.
TEST_F(LibraryTest, KeepsTheImagesOfARootThatIsNotThere) {
  index({"--model", kModel, photos_});
  fs::rename(photos_, folder_ / "away");
  const Finished gone = run({"index"});
  EXPECT_EQ(gone.exit_code, 0);
  EXPECT_TRUE(has(gone.err, "does not exist now")) << gone.err;
  fs::create_directory(photos_);
  const Finished empty = run({"index"});
  EXPECT_TRUE(has(empty.err, "empty folder")) << empty.err;
  const Finished migrated =
      run({"library", "migrate", "--model", fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-rn"});
  EXPECT_EQ(migrated.exit_code, 1);
  EXPECT_EQ(json_of({"library", "info"})["models"].size(), 1u);
  EXPECT_EQ(found().size(), 8u);
  fs::remove(photos_);
  fs::rename(folder_ / "away", photos_);
  EXPECT_EQ(index({"--retry"})["removed"], 0);
  EXPECT_EQ(found().size(), 8u);
}

TEST_F(LibraryTest, RootsInRootsKeepTheirPatterns) {
  write_photo("sub/a.bmp", 40);
  write_photo("sub/b.bmp", 41);
  index({"--model", kModel, photos_, "--exclude", "sub/"});
  index({photos_ / "sub", "--exclude", "b.bmp"});
  EXPECT_EQ(found().size(), 9u);
  const auto again = index();
  EXPECT_EQ(again["added"], 0);
  EXPECT_EQ(again["removed"], 0);
  EXPECT_EQ(again["encoded"], 0);
  fs::remove(photos_ / "sub/a.bmp");
  EXPECT_EQ(index()["removed"], 1);
}

TEST_F(LibraryTest, ShowsTheCopyThatTheFilterSelects) {
  write_photo("a private/x.bmp", 50);
  write_photo("public/x.bmp", 50);
  index({"--model", kModel, photos_});
  for (const char* query : {"in:public", "name:x -in:\"a private\"", "cat in:public"}) {
    const auto hits = json_of({"search", query})["queries"][0]["hits"];
    ASSERT_EQ(hits.size(), 1u) << query;
    EXPECT_EQ(hits[0]["id"], (photos_ / "public/x.bmp").string()) << query;
    EXPECT_FALSE(hits[0].contains("copies"));
  }
  const auto all = json_of({"search", "name:x"})["queries"][0]["hits"];
  EXPECT_EQ(all[0]["copies"].size(), 1u);
}

TEST_F(LibraryTest, TellsPrecisionsOfAModelApart) {
  index({"--model", kModel, photos_});
  EXPECT_EQ(json_of({"library", "migrate", "--model", kModel, "--precision", "int8"})["encoded"],
            8);
  const Finished both = run({"library", "activate", "emoji-vit-8"});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_TRUE(has(both.err, "1: emoji-vit-8 fp32, 2: emoji-vit-8 int8")) << both.err;
  EXPECT_EQ(run({"library", "activate", "1"}).exit_code, 0);
  EXPECT_EQ(run({"library", "drop", "2"}).exit_code, 0);
  const auto models = json_of({"library", "info"})["models"];
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0]["precision"], "fp32");
}

TEST_F(LibraryTest, ExportsAndImportsVectorSets) {
  index({"--model", kModel, photos_});
  const fs::path npy = folder_ / "exported.npy";
  ASSERT_EQ(run({"library", "export", "--out", npy}).exit_code, 0);
  const Finished hits = sightline(
      {"search", "--json", "--vectors", npy, "--model", kModel, "--no-cache", "a red heart"});
  ASSERT_EQ(hits.exit_code, 0) << hits.err;
  EXPECT_EQ(parse_json(hits.out)["queries"][0]["hits"][0]["id"],
            json_of({"search", "a red heart"})["queries"][0]["hits"][0]["id"]);
  const fs::path imported = folder_ / "imported";
  const Finished adding =
      sightline({"index", "--library", imported, "--vectors", npy, "--model", kModel});
  ASSERT_EQ(adding.exit_code, 0) << adding.err;
  const Finished wrong = sightline({"index", "--library", imported, "--vectors", npy, "--model",
                                    fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-rn"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_TRUE(has(wrong.err, "was made by the model 'emoji-vit-8'")) << wrong.err;
  const Finished again =
      sightline({"search", "--json", "--no-judge", "--library", imported, "a red heart"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(parse_json(again.out)["collection"]["rows"], 8);
}

TEST_F(LibraryTest, IndexesDataSetsWithTheirCaptions) {
  EXPECT_EQ(index({"--model", kModel, "--dataset", small_dataset()})["added"], 48);
  EXPECT_EQ(run({"search", "--no-judge", "heart"}).exit_code, 0);
  EXPECT_FALSE(
      json_of({"search", "--no-judge", "heart"})["queries"][0]["hits"][0]["captions"].empty());
}

TEST_F(LibraryTest, IsFoundDamagedAndRepaired) {
  index({"--model", kModel, photos_});
  const fs::path segment = library_ / "segments/000001.segment";
  std::string bytes = read_bytes(segment);
  bytes[5000] ^= 1;
  write_bytes(segment, bytes);
  const Finished check = run({"library", "check"});
  EXPECT_EQ(check.exit_code, 1);
  EXPECT_TRUE(has(check.out, "000001.segment")) << check.out;
  EXPECT_EQ(json_of({"library", "repair", "--wait"})["actions"].size(), 2u);
  EXPECT_EQ(run({"library", "check"}).exit_code, 0);
  EXPECT_EQ(index()["encoded"], 8);
  EXPECT_EQ(run({"library", "check"}).exit_code, 0);
}

TEST_F(LibraryTest, SaysThatAFolderIsADataSet) {
  EXPECT_TRUE(index({"--model", kModel, photos_})["warnings"].empty());
  write_bytes(photos_ / "metadata.jsonl", R"({"file_name": "p0.bmp", "text": "a heart"})");
  const auto warnings = index({photos_})["warnings"];
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(has(warnings[0].get<std::string>(), "--dataset")) << warnings;
  EXPECT_TRUE(index()["warnings"].empty());
}

// Other images have other similarities by chance, although their number is the same.
TEST_F(LibraryTest, JudgesHitsAnewAfterImagesWereReplaced) {
  index({"--model", kModel, photos_});
  const fs::path cache = folder_ / "cache";
  const auto estimates = [&] {
    EXPECT_EQ(run({"search", "--cache", cache, "heart"}).exit_code, 0);
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(cache / "null_models"))
      names.push_back(entry.path().filename());
    return names;
  };
  const std::vector<std::string> before = estimates();
  EXPECT_EQ(before.size(), 1u);
  EXPECT_EQ(estimates(), before);
  for (uint32_t i = 0; i < 8; ++i) write_photo("p" + std::to_string(i) + ".bmp", 100 + i);
  EXPECT_EQ(index()["updated"], 8);
  const std::vector<std::string> after = estimates();
  EXPECT_EQ(after.size(), 1u);
  EXPECT_NE(after, before);
}

// On a machine without the network, the model is a folder of another name.
TEST_F(LibraryTest, AcceptsACopyOfItsModel) {
  index({"--model", kModel, photos_});
  const fs::path copy = folder_ / "model-copy";
  fs::copy(kModel, copy, fs::copy_options::recursive);
  EXPECT_EQ(run({"search", "--model", copy, "heart"}).exit_code, 0);
  const Finished other =
      run({"search", "--model", fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-rn", "heart"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_TRUE(has(other.err, "emoji-vit-8")) << other.err;
}

TEST_F(LibraryTest, SaysWhatIsMissing) {
  const Finished none = run({"search", "heart"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_TRUE(has(none.err, "there is no library in")) << none.err;
  const Finished no_model = run({"index", photos_});
  EXPECT_EQ(no_model.exit_code, 2);
  EXPECT_TRUE(has(no_model.err, "--model")) << no_model.err;
  const Finished no_folder = run({"index", "--model", kModel, photos_ / "absent"});
  EXPECT_EQ(no_folder.exit_code, 1);
  EXPECT_TRUE(has(no_folder.err, "absent")) << no_folder.err;
}

}  // namespace
}  // namespace sightline::testing
