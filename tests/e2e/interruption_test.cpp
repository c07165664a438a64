// Ctrl-C, SIGTERM, and killed runs.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";

bool has_temporary(const fs::path& folder, const std::string& name = "") {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (has(entry.path().filename().string(), name + ".tmp.")) return true;
  }
  return false;
}

// Whether the cache has a vector: its file of keys has more than a head.
bool has_vectors(const fs::path& cache) {
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(cache, error)) {
    if (entry.path().filename() == "keys.bin" && entry.file_size(error) > 64) return true;
  }
  return false;
}

class Interruption : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fresh_folder("interruption");
    fs::create_directory(folder_ / "photos");
    fs::create_directory(folder_ / "out");
  }

  // More images than are encoded before the test has seen the first batch.
  void write_photos(uint32_t count) const {
    for (uint32_t i = 0; i < count; ++i)
      write_bytes(folder_ / "photos" / ("P" + std::to_string(10000 + i) + ".bmp"), bmp_image(i));
  }

  std::vector<std::string> encode(bool cache = true) const {
    std::vector<std::string> call = {
        SIGHTLINE_PROGRAM,  "encode",       "--model", kModel,  "--images",
        folder_ / "photos", "--batch-size", "2",       "--out", folder_ / "out/v.npy"};
    if (cache) {
      call.insert(call.end(), {"--cache", folder_ / "cache"});
    } else {
      call.push_back("--no-cache");
    }
    return call;
  }

  // A data set of one image in many rows, which takes long to convert.
  fs::path many_rows() const {
    std::string metadata;
    for (int i = 0; i < 5000; ++i) metadata += "{\"file_name\": \"a.bmp\", \"text\": \"a\"}\n";
    write_bytes(folder_ / "set/a.bmp", bmp_image(1));
    write_bytes(folder_ / "set/metadata.jsonl", metadata);
    return folder_ / "set";
  }

  fs::path folder_;
};

TEST_F(Interruption, EncodeSaysWhatIsKeptAndResumes) {
  write_photos(1200);
  for (const int signal : {SIGINT, SIGTERM}) {
    Process run(encode());
    ASSERT_TRUE(wait_for(run, [&] {
      return has_temporary(folder_ / "out") && has_vectors(folder_ / "cache");
    })) << run.wait().err;
    run.send(signal);
    const Finished stopped = run.wait();
    EXPECT_EQ(stopped.exit_code, 128 + signal) << stopped.err;
    EXPECT_TRUE(has(stopped.err,
                    "kept in the embedding cache; run the same command again to "
                    "continue"))
        << stopped.err;
    EXPECT_TRUE(has(stopped.err, signal == SIGINT ? "interrupted while encoding images"
                                                  : "stopped by SIGTERM while encoding images"))
        << stopped.err;
    EXPECT_EQ(std::count(stopped.err.begin(), stopped.err.end(), '\n'), 1) << stopped.err;
    EXPECT_TRUE(fs::is_empty(folder_ / "out"));
  }
  auto again = encode();
  again.push_back("--json");
  const Finished done = run_command(again);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto summary = parse_json(done.out);
  EXPECT_GE(summary["cached"].get<int>(), 2);
  EXPECT_EQ(summary["cached"].get<int>() + summary["encoded"].get<int>(), 1200);
}

TEST_F(Interruption, WithoutACacheNothingIsKept) {
  write_photos(1000);
  Process run(encode(false));
  ASSERT_TRUE(wait_for(run, [&] { return has_temporary(folder_ / "out"); })) << run.wait().err;
  run.send(SIGINT);
  const Finished stopped = run.wait();
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_TRUE(has(stopped.err, "nothing was kept, because the embedding cache is not used"))
      << stopped.err;
  EXPECT_TRUE(fs::is_empty(folder_ / "out"));
}

TEST_F(Interruption, LeftoversOfAKilledRunAreRemovedByTheNext) {
  write_photos(1000);
  Process run(encode());
  ASSERT_TRUE(wait_for(run, [&] { return has_vectors(folder_ / "cache"); })) << run.wait().err;
  run.kill_hard();
  run.wait();
  EXPECT_TRUE(has_temporary(folder_ / "out"));
  const Finished done = run_command(encode());
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_FALSE(has_temporary(folder_ / "out"));
}

TEST_F(Interruption, APartialConversionIsNoDataSet) {
  const fs::path set = many_rows();
  for (const char* format : {"imagefolder", "csv", "coco", "webdataset"}) {
    const fs::path out = folder_ / "out" / format;
    const std::vector<std::string> call = {
        SIGHTLINE_PROGRAM, "dataset", "convert", set, out, "--to", format};
    for (const int signal : {SIGINT, SIGKILL}) {
      Process run(call);
      ASSERT_TRUE(wait_for(run, [&] { return has_temporary(folder_ / "out", format); }))
          << run.wait().err;
      run.send(signal);
      const Finished stopped = run.wait();
      EXPECT_EQ(stopped.signal, signal == SIGKILL ? SIGKILL : 0);
      EXPECT_EQ(stopped.exit_code, signal == SIGKILL ? -1 : 130);
      EXPECT_TRUE(signal == SIGKILL || has(stopped.err, "was not written")) << stopped.err;
      EXPECT_EQ(has_temporary(folder_ / "out", format), signal == SIGKILL);
      EXPECT_FALSE(fs::exists(out));
      EXPECT_EQ(sightline({"dataset", "info", out}).exit_code, 1);
    }
  }
  const fs::path out = folder_ / "out" / "webdataset";
  const Finished done = sightline({"dataset", "convert", set, out, "--to", "webdataset"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(has(sightline({"dataset", "info", out}).out, "5000"));
}

TEST_F(Interruption, TrainSaysHowToContinue) {
  SIGHTLINE_NEEDS_TRAINING();
  const fs::path out = folder_ / "out";
  Process run({SIGHTLINE_PROGRAM, "train", write_small_recipe("interrupted-recipe", 5000),
               "--dataset", small_dataset(), "--out", out});
  ASSERT_TRUE(wait_for(run, [&] { return fs::exists(out / "checkpoint.safetensors"); }))
      << run.wait().err;
  run.send(SIGINT);
  const Finished stopped = run.wait();
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_TRUE(has(stopped.err, "interrupted while training")) << stopped.err;
  EXPECT_TRUE(has(stopped.err, "checkpoint of the last finished epoch")) << stopped.err;
  EXPECT_TRUE(has(stopped.err, "run the same command again to continue")) << stopped.err;
  EXPECT_FALSE(has_temporary(out));
}

// A command that waits for input does not get to a progress update.
TEST_F(Interruption, WorkWithoutProgressEndsToo) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Process run({SIGHTLINE_PROGRAM, "tokenize", "--model", kModel, "--file", pipe});
  int writer = -1;  // opens when the program reads
  ASSERT_TRUE(wait_for(run, [&] {
    writer = ::open(pipe.c_str(), O_WRONLY | O_NONBLOCK);
    return writer >= 0;
  }));
  run.send(SIGINT);
  const Finished stopped = run.wait();
  ::close(writer);
  EXPECT_EQ(stopped.exit_code, 130);
  EXPECT_EQ(stopped.err, "sightline: interrupted: nothing was written\n");
}

}  // namespace
}  // namespace sightline::testing
