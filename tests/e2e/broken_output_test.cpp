// Readers of standard output that go away, and reports that are interrupted.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <functional>
#include <map>
#include <thread>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";

std::string quoted(const std::string& argument) {
  return "'" + argument + "'";
}

class BrokenOutput : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fresh_folder("broken-output");
    fs::create_directory(folder_ / "tmp");
  }

  // Runs a command of which the first ten bytes are read, and returns its exit code in bash.
  int cut_off(const std::vector<std::string>& arguments) const {
    std::string line = "TMPDIR=" + quoted(folder_ / "tmp") + " " + quoted(SIGHTLINE_PROGRAM);
    for (const std::string& argument : arguments) line += " " + quoted(argument);
    const Finished done =
        run_command({"/bin/bash", "-c", line + " | head -c 10 > /dev/null; exit ${PIPESTATUS[0]}"});
    EXPECT_FALSE(has(done.err, "sightline: ")) << done.err;  // hits are no message
    return done.exit_code;
  }

  fs::path folder_;
};

// A pipe takes 64 KiB without a reader: each output is larger.
TEST_F(BrokenOutput, LeavesNoTemporaryFile) {
  std::string metadata;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "a" + std::to_string(i) + ".bmp";
    write_bytes(folder_ / "set" / name, bmp_image(static_cast<uint32_t>(i)));
    metadata += "{\"file_name\": \"" + name + "\", \"text\": \"a\"}\n";
  }
  write_bytes(folder_ / "set/metadata.jsonl", metadata);
  const std::string set = folder_ / "set";
  EXPECT_EQ(cut_off({"encode", "--model", kModel, "--images", set, "--no-cache", "--out", "-"}),
            128 + SIGPIPE);
  EXPECT_EQ(cut_off({"dataset", "convert", set, "-", "--to", "webdataset"}), 128 + SIGPIPE);
  EXPECT_EQ(cut_off({"search", "--model", kModel, "--dataset", set, "--no-cache", "--top-k", "200",
                     "--grid", "-", "a"}),
            128 + SIGPIPE);
  EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
}

TEST_F(BrokenOutput, IsAnErrorIfThatSignalIsIgnored) {
  const std::string closed = quoted(folder_ / "closed");
  const Finished done =
      run_command({"/bin/bash", "-c",
                   "trap '' PIPE; (while [ ! -e " + closed + " ]; do sleep 0.01; done; " +
                       quoted(SIGHTLINE_PROGRAM) + " help encode) | (exec 0<&-; : > " + closed +
                       "); exit ${PIPESTATUS[0]}"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_EQ(done.err, "sightline: cannot write to standard output: Broken pipe\n");
}

TEST_F(BrokenOutput, BenchLeavesNoImages) {
  Process run({"/usr/bin/env", "TMPDIR=" + (folder_ / "tmp").string(), SIGHTLINE_PROGRAM, "bench",
               "--model", kModel, "--what", "preprocess", "--rounds", "1000", "--no-roofline"});
  ASSERT_TRUE(wait_for(run, [&] { return !fs::is_empty(folder_ / "tmp"); })) << run.wait().err;
  run.send(SIGINT);
  const Finished stopped = run.wait();
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
}

class InterruptedReport : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fresh_folder("interrupted-report");
    write_small_dataset("interrupted-report-set");
    fs::create_directory(folder_ / "bin");
  }

  // Replaces gnuplot; `drawing` is what it does with a script.
  void write_gnuplot(const std::string& drawing) const {
    const fs::path file = folder_ / "bin/gnuplot";
    write_bytes(file, "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n" + drawing + "\n");
    fs::permissions(file, fs::perms::owner_all);
  }

  // In a process group of its own, as a shell starts commands.
  std::vector<std::string> eval(const std::string& label) const {
    return {"/usr/bin/setsid",
            "/usr/bin/env",
            "PATH=" + (folder_ / "bin").string() + ":/usr/bin:/bin",
            SIGHTLINE_PROGRAM,
            "eval",
            "--model",
            label + "=" + kModel,
            "--dataset",
            scratch() / "interrupted-report-set",
            "--cache",
            folder_ / "cache",
            "--bootstrap",
            "0",
            "--out",
            folder_ / "report"};
  }

  std::map<std::string, std::string> report() const {
    std::map<std::string, std::string> content;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "report")) {
      if (entry.is_regular_file())
        content[entry.path().lexically_relative(folder_ / "report")] = read_bytes(entry.path());
    }
    return content;
  }

  fs::path folder_;
};

TEST_F(InterruptedReport, IsNotAFailureOfGnuplotAndKeepsTheEarlierOne) {
  const std::string in = "the report in '" + (folder_ / "report").string() + "' ";
  for (const bool earlier : {false, true}) {
    if (earlier) {
      auto call = eval("first");
      call.push_back("--no-figures");
      const Finished done = run_command(call);
      ASSERT_EQ(done.exit_code, 0) << done.err;
    }
    const auto before = earlier ? report() : std::map<std::string, std::string>();
    const fs::path started = folder_ / "started";
    write_gnuplot("echo $$ > '" + started.string() + "'\nsleep 600");
    Process run(eval("second"));
    ASSERT_TRUE(wait_for(run, [&] { return fs::exists(started) && !read_bytes(started).empty(); }))
        << run.wait().err;
    const int gnuplot = std::stoi(read_bytes(started));
    run.send_group(SIGINT);
    const Finished stopped = run.wait();
    EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
    EXPECT_TRUE(has(stopped.err, "interrupted while writing the report")) << stopped.err;
    EXPECT_TRUE(has(stopped.err, in + (earlier ? "is still the earlier one" : "was not written")))
        << stopped.err;
    EXPECT_EQ(report(), before);
    EXPECT_NE(::kill(gnuplot, 0), 0) << "gnuplot still runs";
    fs::remove(started);
  }
}

TEST_F(InterruptedReport, ThatCannotBeDrawnIsIncomplete) {
  write_gnuplot("echo 'no ink' >&2; exit 1");
  const Finished failed = run_command(eval("first"));
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_TRUE(has(failed.err, "no ink")) << failed.err;
  EXPECT_TRUE(has(failed.err, "the report in '" + (folder_ / "report").string() +
                                  "' is incomplete: run the command again"))
      << failed.err;
  EXPECT_FALSE(has(failed.err, ".tmp.")) << failed.err;
  const auto left = report();
  EXPECT_EQ(left.count("results.json"), 1u);
  EXPECT_EQ(left.count("index.html"), 0u);
  auto again = eval("first");
  again.push_back("--no-figures");
  EXPECT_EQ(run_command(again).exit_code, 0);
}

// The next model is not begun.
TEST_F(InterruptedReport, ModelsStopsAtTheFirstSignal) {
  const fs::path messages = folder_ / "messages";
  std::string line = "exec '" + std::string(SIGHTLINE_PROGRAM) + "' models";
  for (int i = 0; i < 500; ++i) line += " '" + kModel + "'";
  Process run({"/usr/bin/env", "SIGHTLINE_PROGRESS_INTERVAL=0.0001", "/bin/sh", "-c",
               line + " 2> '" + messages.string() + "'"});
  ASSERT_TRUE(
      wait_for(run, [&] { return fs::exists(messages) && has(read_bytes(messages), "checking"); }));
  run.send(SIGINT);
  const Finished stopped = run.wait();
  const std::string text = read_bytes(messages);
  EXPECT_EQ(stopped.exit_code, 130) << text;
  EXPECT_EQ(stopped.out, "");
  EXPECT_FALSE(has(text, "skipped")) << text;
}

// timeout(1) and a terminal may both send the signal.
TEST_F(InterruptedReport, TwoSignalsAtOnceAreOneInterruption) {
  write_gnuplot("echo $$ > '" + (folder_ / "started").string() + "'\nsleep 600");
  Process run(eval("first"));
  ASSERT_TRUE(wait_for(run, [&] { return fs::exists(folder_ / "started"); })) << run.wait().err;
  run.send_group(SIGINT);
  run.send_group(SIGTERM);
  const Finished stopped = run.wait();
  EXPECT_TRUE(stopped.exit_code == 130 || stopped.exit_code == 143) << stopped.exit_code;
  EXPECT_TRUE(has(stopped.err, "run the same command again")) << stopped.err;
  EXPECT_TRUE(report().empty());
}

}  // namespace
}  // namespace sightline::testing
