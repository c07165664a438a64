#include "hub/cache.h"

#include <gtest/gtest.h>
#include <sightline/error.h>
#include <stdlib.h>

#include <fstream>
#include <thread>

#include "base/file.h"
#include "hub/blob_hash.h"
#include "hub/file_lock.h"
#include "hub/partial_download.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using hub::RepoCache;

const std::string kCommit(40, 'a');
const std::string kOther(40, 'b');

class HubCache : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sightline-hub-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    settings_.cache = folder_ / "hub";
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Creates a snapshot with empty files and a ref to it.
  fs::path add(const std::string& id, RepoKind kind, const std::vector<std::string>& files,
               const std::string& ref = "main") {
    const RepoCache cache(settings_.cache, {kind, id});
    cache.make_folders();
    std::vector<std::pair<std::string, std::string>> links;
    for (const auto& file : files) {
      write_file_atomic(cache.blob(kOther), std::string_view());
      links.emplace_back(file, kOther);
    }
    cache.link_snapshot(kCommit, links);
    cache.write_ref(ref, kCommit);
    return cache.snapshot(kCommit);
  }

  // Returns the message of the not_found error thrown by `call`.
  std::string not_found_message(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::not_found);
      return error.what();
    }
    ADD_FAILURE() << "no Error was thrown";
    return "";
  }

  fs::path folder_;
  HubSettings settings_;
};

TEST_F(HubCache, LinksAreRelativeToTheFile) {
  const fs::path snapshot = add("org/name", RepoKind::dataset, {"a.png", "x/y/b.png"});
  EXPECT_EQ(snapshot, settings_.cache / "datasets--org--name/snapshots" / kCommit);
  EXPECT_EQ(fs::read_symlink(snapshot / "a.png"), "../../blobs/" + kOther);
  EXPECT_EQ(fs::read_symlink(snapshot / "x/y/b.png"), "../../../../blobs/" + kOther);
  EXPECT_TRUE(fs::is_regular_file(snapshot / "x/y/b.png"));
  add("org/name", RepoKind::dataset, {"a.png", "c.png"});  // added to the existing snapshot
  EXPECT_TRUE(fs::exists(snapshot / "c.png") && fs::exists(snapshot / "x/y/b.png"));
  EXPECT_FALSE(fs::exists(settings_.cache / "datasets--org--name/.staging"));
}

TEST_F(HubCache, IgnoresRefsWithoutACommit) {
  add("org/name", RepoKind::model, {"model.safetensors"}, "refs/pr/1");
  const RepoCache cache(settings_.cache, {RepoKind::model, "org/name"});
  EXPECT_EQ(cache.commit("refs/pr/1"), kCommit);
  EXPECT_EQ(cache.commit("main"), std::nullopt);
  EXPECT_EQ(cache.commit(kOther), kOther);
  EXPECT_EQ(cache.find_snapshot(kOther), std::nullopt);
  write_file_atomic(cache.folder() / "refs/main", std::string_view("../../../etc"));
  EXPECT_EQ(cache.find_snapshot("main"), std::nullopt);
}

TEST_F(HubCache, ResolvesModels) {
  const fs::path snapshot = add("org/name", RepoKind::model, {"config.json", "model.safetensors"});
  EXPECT_EQ(resolve_model("org/name", settings_), snapshot.string());
  EXPECT_EQ(resolve_model("org/name@" + kCommit, settings_), snapshot.string());
  EXPECT_EQ(resolve_model("text=org/name,image=org/name,seed=3", settings_),
            "text=" + snapshot.string() + ",image=" + snapshot.string() + ",seed=3");
  EXPECT_EQ(hub::repo_of_snapshot(snapshot), "org/name");
  EXPECT_EQ(hub::repo_of_snapshot(snapshot / "model.safetensors"), "org/name");
  EXPECT_EQ(hub::repo_of_snapshot("/x/y"), std::nullopt);
  EXPECT_EQ(hub::display_name(snapshot), "org/name");
  EXPECT_EQ(hub::display_name(settings_.cache / "models--openai--clip-vit-base-patch16/snapshots" /
                              kCommit / "x.bin"),
            "ViT-B/16");
  fs::create_directory(folder_ / "mine");
  EXPECT_EQ(hub::display_name(folder_ / "mine/"), "mine");
  const std::string missing = not_found_message([&] { resolve_model("org/other", settings_); });
  EXPECT_NE(missing.find("'sightline pull org/other'"), missing.npos) << missing;
}

TEST_F(HubCache, ResolvesModelsWithAdapters) {
  const std::string model = add("org/name", RepoKind::model, {"config.json", "model.safetensors"});
  const std::string spec = "org/name+org/adapter";
  ASSERT_EQ(missing_repos(spec, RepoKind::model, settings_).size(), 1u);
  EXPECT_EQ(missing_repos(spec, RepoKind::model, settings_)[0].id, "org/adapter");
  const std::string missing = not_found_message([&] { resolve_model(spec, settings_); });
  EXPECT_NE(missing.find("'sightline pull org/adapter'"), missing.npos) << missing;
  const std::string adapter =
      add("org/adapter", RepoKind::model, {"adapter_config.json", "adapter_model.safetensors"});
  EXPECT_EQ(resolve_model(spec, settings_), model + "+" + adapter);
  EXPECT_EQ(resolve_model("mine=" + spec + "@main+/a/path", settings_),
            "mine=" + model + "+" + adapter + "+/a/path");
  EXPECT_EQ(resolve_model("text=" + spec + ",image=org/name", settings_),
            "text=" + model + "+" + adapter + ",image=" + model);
  EXPECT_EQ(resolve_model("/a/path+" + adapter, settings_), "/a/path+" + adapter);
  EXPECT_THROW(resolve_model("baseline+org/adapter", settings_), Error);
}

TEST_F(HubCache, ResolvesBaselineToAPair) {
  EXPECT_EQ(missing_repos("baseline", RepoKind::model, settings_).size(), 2u);
  const std::string missing = not_found_message([&] { resolve_model("baseline", settings_); });
  EXPECT_NE(missing.find("'sightline pull baseline'"), missing.npos) << missing;
  const fs::path bert =
      add("google-bert/bert-base-uncased", RepoKind::model, {"model.safetensors"});
  EXPECT_EQ(missing_repos("baseline", RepoKind::model, settings_).size(), 1u);
  const fs::path resnet = add("timm/resnet50.tv_in1k", RepoKind::model, {"model.safetensors"});
  EXPECT_EQ(resolve_model("baseline", settings_),
            "text=" + bert.string() + ",image=" + resnet.string());
  EXPECT_THROW(resolve_model("text=baseline,image=/x", settings_), Error);
}

TEST_F(HubCache, ReturnsPathsAndInvalidNamesUnchanged) {
  for (const char* text :
       {"/no/such", "./x", "models/emoji/x", "a folder", "word", "", "x.parquet"}) {
    EXPECT_EQ(resolve_model(text, settings_), text);
    EXPECT_EQ(resolve_dataset(text, settings_), text);
  }
  const std::string existing = folder_ / "text=a,image=b";
  fs::create_directory(existing);
  EXPECT_EQ(resolve_model(existing, settings_), existing);
}

TEST_F(HubCache, IncompleteSnapshotsAreMissing) {
  add("org/name", RepoKind::model, {"config.json"});
  EXPECT_EQ(missing_repos("org/name", RepoKind::model, settings_).size(), 1u);
  add("org/data", RepoKind::dataset, {"README.md"});
  EXPECT_EQ(missing_repos("org/data", RepoKind::dataset, settings_).size(), 1u);
}

TEST_F(HubCache, ResolvesDataSetsToTheirConvertedBranch) {
  const fs::path snapshot =
      add("org/data", RepoKind::dataset, {"default/train/0000.parquet"}, "refs/convert/parquet");
  EXPECT_EQ(resolve_dataset("org/data", settings_), snapshot);
  const std::string missing = not_found_message([&] { resolve_dataset("org/none", settings_); });
  EXPECT_NE(missing.find("'sightline pull --dataset org/none'"), missing.npos) << missing;
}

TEST_F(HubCache, HashesBlobsLikeGitOrWithSha256) {
  hub::BlobHash git(std::string(40, '0'), 6);
  git.update("hello\n");
  EXPECT_EQ(git.hex(), "ce013625030ba8dba906f756967f9e9ca394464a");  // git hash-object
  hub::BlobHash sha(std::string(64, '0'), 6);
  sha.update("hel");
  sha.update("lo\n");
  EXPECT_EQ(sha.hex(), "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
}

TEST_F(HubCache, ResumesPartialDownloads) {
  const std::string etag = "ce013625030ba8dba906f756967f9e9ca394464a";
  const fs::path path = folder_ / "part", blob = folder_ / "blob";
  hub::PartialDownload(path, etag, 6).append("hel");
  hub::PartialDownload resumed(path, etag, 6);
  EXPECT_EQ(resumed.size(), 3);
  resumed.append("lo\n");
  std::string found;
  EXPECT_TRUE(resumed.finish(blob, found));
  EXPECT_EQ(read_text_file(blob), "hello\n");
  hub::PartialDownload wrong(path, etag, 6);
  wrong.append("hallo\n");
  EXPECT_FALSE(wrong.finish(blob, found));
  EXPECT_FALSE(fs::exists(path));
  EXPECT_EQ(read_text_file(blob), "hello\n");
}

TEST_F(HubCache, LocksAreExclusive) {
  const fs::path file = folder_ / "x.lock";
  std::atomic<bool> entered{false};
  std::jthread other;
  {
    const hub::FileLock lock(file);
    EXPECT_TRUE(lock.held());
    EXPECT_THROW(hub::FileLock(file, [] { return true; }), Error);  // stopped while waiting
    other = std::jthread([&] {
      const hub::FileLock second(file);
      entered = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    EXPECT_FALSE(entered);
  }
  other.join();
  EXPECT_TRUE(entered);
  EXPECT_TRUE(fs::exists(file));
}

}  // namespace
}  // namespace sightline
