// Files and folders that may not be read, mount points, and standard error with --json.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";

// Commands are run as another user if the tests run as root, who may read everything.
class Permissions : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fresh_folder("permissions");
    if (::geteuid() == 0) {
      fs::permissions(scratch(), fs::perms::others_exec, fs::perm_options::add);
      fs::permissions(folder_, fs::perms::all);
      const Finished probe = run_command(as_user({"--version"}));
      if (probe.exit_code != 0)
        GTEST_SKIP() << "the program cannot be run as another user: " << probe.err;
    }
    write_bytes(folder_ / "photos/a.bmp", bmp_image(1));
    write_bytes(folder_ / "locked/b.bmp", bmp_image(2));
    fs::create_directory(folder_ / "locked/inner");
    fs::permissions(folder_ / "locked", fs::perms::none);
  }
  void TearDown() override {
    std::error_code ignored;
    fs::permissions(folder_ / "locked", fs::perms::owner_all, ignored);
    if (::geteuid() == 0)
      fs::permissions(scratch(), fs::perms::others_exec, fs::perm_options::remove, ignored);
  }

  static std::vector<std::string> as_user(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SIGHTLINE_PROGRAM);
    if (::geteuid() == 0) {
      const std::vector<std::string> user = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                                             "--clear-groups"};
      arguments.insert(arguments.begin(), user.begin(), user.end());
    }
    return arguments;
  }

  // Expects exit code 1 and one line that names the path and the reason.
  void expect_denied(const std::vector<std::string>& arguments, const fs::path& path) const {
    const Finished done = run_command(as_user(arguments));
    EXPECT_EQ(done.exit_code, 1) << arguments[0];
    EXPECT_TRUE(has(done.err, "'" + path.string() + "': Permission denied")) << done.err;
    EXPECT_FALSE(has(done.err, "internal error")) << done.err;
    EXPECT_FALSE(has(done.err, "filesystem")) << done.err;
  }

  fs::path folder_;
};

TEST_F(Permissions, AreNamedWithThePath) {
  const fs::path locked = folder_ / "locked", inner = locked / "inner";
  const std::string out = folder_ / "v.npy";
  for (const fs::path& path : {locked, inner, locked / "b.bmp"})
    expect_denied({"encode", "--model", kModel, "--images", path, "--no-cache", "--out", out},
                  path);
  expect_denied({"models", locked}, locked);
  expect_denied({"models", inner}, inner);
  expect_denied({"verify", kModel, "--no-cross-check", "--reference", inner}, inner);
  expect_denied({"verify", kModel, "--no-cross-check", "--images", inner}, inner);
  expect_denied({"tokenize", "--model", inner, "a"}, inner);
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"dataset", "info", inner},
           {"preprocess", "--model", inner, folder_ / "photos/a.bmp", "--out", out},
           {"search", "--vectors", inner / "v.npy", "--vector", inner / "q.npy"},
           {"quantize", inner / "v.npy"},
           {"verify", inner},
           {"bench", "--model", kModel, "--images", inner},
           {"eval", "--dataset", inner, "--model", kModel, "--no-figures", "--out",
            folder_ / "report"}}) {
    const Finished done = run_command(as_user(arguments));
    EXPECT_EQ(done.exit_code, 1) << arguments[0];
    EXPECT_TRUE(has(done.err, "ermission denied")) << arguments[0] << ": " << done.err;
    EXPECT_FALSE(has(done.err, "internal error")) << arguments[0] << ": " << done.err;
  }
}

TEST_F(Permissions, OneOfManyIsSkippedWithItsReason) {
  const fs::path locked = folder_ / "locked";
  const Finished encoded =
      run_command(as_user({"encode", "--model", kModel, "--images", folder_ / "photos", locked,
                           locked / "b.bmp", "--no-cache", "--out", folder_ / "v.npy"}));
  EXPECT_EQ(encoded.exit_code, 3) << encoded.err;
  EXPECT_TRUE(
      has(encoded.err, "cannot read the folder '" + locked.string() + "': Permission denied"))
      << encoded.err;
  EXPECT_TRUE(has(encoded.err, "2 inputs were skipped")) << encoded.err;
  fs::create_directory_symlink(kModel, folder_ / "good");
  const Finished models = run_command(as_user({"models", folder_}));
  EXPECT_EQ(models.exit_code, 3) << models.err;
  EXPECT_TRUE(has(models.err, locked.string() + "': Permission denied")) << models.err;
  EXPECT_TRUE(has(models.out, "good")) << models.out;
}

class MountPoint : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fresh_folder("mount-point");
    fs::create_directory(folder_ / "out");
    if (run_command(in_mount("true")).exit_code != 0)
      GTEST_SKIP() << "this system does not allow the tests to mount a folder";
  }

  // A shell command while `out` is a mount point: a folder of the same file system.
  std::vector<std::string> in_mount(const std::string& line) const {
    const std::string out = "'" + (folder_ / "out").string() + "'";
    return {"/usr/bin/unshare", "--mount", "--map-root-user",
            "/bin/sh",          "-c",      "mount --bind " + out + " " + out + " && " + line};
  }

  fs::path folder_;
};

TEST_F(MountPoint, TakesADataSet) {
  write_small_dataset("mount-point-set");
  const fs::path set = scratch() / "mount-point-set", out = folder_ / "out";
  for (const char* format : {"imagefolder", "csv"}) {
    const Finished done =
        run_command(in_mount("exec '" + std::string(SIGHTLINE_PROGRAM) + "' dataset convert '" +
                             set.string() + "' '" + out.string() + "' --to " + format));
    EXPECT_EQ(done.exit_code, 0) << done.err;
    const Finished info = sightline({"dataset", "info", out, "--json"});
    EXPECT_EQ(info.exit_code, 0) << info.err;
    EXPECT_EQ(parse_json(info.out)["rows"], kTrainRows + kTestRows);
    for (const auto& entry : fs::directory_iterator(out)) fs::remove_all(entry.path());
  }
}

TEST_F(MountPoint, WithAnIncompleteDataSetIsExplained) {
  write_bytes(folder_ / "out/.sightline-unfinished", "x");
  const Finished done =
      sightline({"dataset", "convert", small_dataset(), folder_ / "out", "--to", "csv"});
  EXPECT_EQ(done.exit_code, 2);
  EXPECT_TRUE(has(done.err, "is an incomplete data set")) << done.err;
  EXPECT_TRUE(has(done.err, "delete its content")) << done.err;
}

TEST_F(MountPoint, TakesATrainingRunAndItsLeftovers) {
  SIGHTLINE_NEEDS_TRAINING();
  const fs::path out = folder_ / "out";
  for (const char* name : {"config.json.tmp.999999999.0", "vocab.json.tmp.999999999.1",
                           "open_clip_model.safetensors.tmp.999999999.2"})
    write_bytes(out / name, "left by a killed run");
  const Finished done =
      run_command(in_mount("exec '" + std::string(SIGHTLINE_PROGRAM) + "' train '" +
                           write_small_recipe("mount-point", 1).string() + "' --dataset '" +
                           small_dataset().string() + "' --out '" + out.string() + "'"));
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(fs::exists(out / "model.safetensors"));
  for (const auto& entry : fs::directory_iterator(out))
    EXPECT_FALSE(has(entry.path().filename().string(), ".tmp.")) << entry.path();
}

// The folder would not be empty, and is not yet a data set either.
TEST(Leftovers, OfTheFirstStepDoNotRefuseTheNextRun) {
  const fs::path folder = fresh_folder("leftovers");
  write_bytes(folder / "manifest.json.tmp.999999999.0", "left by a killed run");
  const Finished done = sightline({"dataset", "emoji", folder});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_FALSE(fs::exists(folder / "manifest.json.tmp.999999999.0"));
}

TEST(Leftovers, OfTrecRunsAreRemoved) {
  const fs::path folder = fresh_folder("leftovers");
  const char* left[] = {"trec_ids.jsonl.tmp.999999999.0", "text-to-image.qrels.tmp.999999999.1",
                        "other.text-to-image.run.tmp.999999999.2"};
  for (const char* name : left) write_bytes(folder / "trec" / name, "left by a killed run");
  const Finished done = sightline(
      {"eval", "--model", kModel, "--dataset", write_small_dataset("leftovers-set"), "--no-cache",
       "--no-figures", "--bootstrap", "0", "--out", folder / "report", "--trec", folder / "trec"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  for (const char* name : left) EXPECT_FALSE(fs::exists(folder / "trec" / name)) << name;
}

// Every stage would print a line, as after 30 seconds.
TEST(JsonOutput, HasNoProgressOnStandardError) {
  const fs::path folder = fresh_folder("json-progress");
  const std::string set = write_small_dataset("json-progress-set");
  const std::string out = folder / "v.npy";
  const std::vector<std::vector<std::string>> calls = {
      {"dataset", "info", set},
      {"dataset", "convert", set, folder / "csv", "--to", "csv"},
      {"dataset", "emoji", folder / "emoji"},
      {"models", kModel},
      {"encode", "--model", kModel, "--dataset", set, "--no-cache", "--out", out},
      {"quantize", out},
      {"search", "--model", kModel, "--dataset", set, "--no-cache", "a fish"},
      {"eval", "--model", kModel, "--dataset", set, "--no-cache", "--no-figures", "--out",
       folder / "report"},
      {"verify", kModel, "--no-cross-check"},
      {"bench", "--model", kModel, "--what", "text", "--rounds", "1", "--seconds", "0",
       "--no-roofline"}};
  for (std::vector<std::string> call : calls) {
    const std::string name = call[0] + " " + call[1];
    call.push_back("--json");
    const std::vector<std::string> program = {
        "/usr/bin/env", "SIGHTLINE_PROGRESS_INTERVAL=0.000001", SIGHTLINE_PROGRAM};
    call.insert(call.begin(), program.begin(), program.end());
    const Finished done = run_command(call);
    EXPECT_EQ(done.exit_code, 0) << name << ": " << done.err;
    EXPECT_EQ(done.err, "") << name;
  }
}

}  // namespace
}  // namespace sightline::testing
