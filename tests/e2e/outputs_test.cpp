// Outputs that the program refuses to write, and usage errors.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

void expect_says(const Finished& finished, int exit_code, const std::string& part) {
  EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
  EXPECT_NE(finished.err.find(part), std::string::npos) << finished.err;
}

// A list of published models has no use for a path.
TEST(Outputs, KnownModelsTakeNoPath) {
  for (const char* other : {"models", "--pull"}) {
    const Finished done = sightline({"models", "--known", other});
    EXPECT_EQ(done.exit_code, 2) << done.err;
    EXPECT_TRUE(has(done.err, "--known")) << done.err;
  }
}

TEST(Outputs, UnknownCommandsAreNamedWithTheChoices) {
  expect_says(sightline({"foo"}), 2, "unknown command 'foo'; expected one of: search, explain");
  expect_says(sightline({"dataset", "foo"}), 2,
              "unknown dataset command 'foo'; expected one of: emoji");
}

TEST(Outputs, AnInputIsNeverReplaced) {
  const auto folder = fresh_folder("inputs");
  const std::string image = folder / "image.bmp", texts = folder / "texts.txt";
  write_bytes(image, bmp_image(1));
  write_bytes(texts, "a text\n");
  std::filesystem::create_symlink("image.bmp", folder / "link.npy");
  std::filesystem::create_symlink("texts.txt", folder / "texts.npy");
  expect_says(sightline({"preprocess", "--model", "m", image, "--out", folder / "link.npy"}), 2,
              "would replace the input");
  expect_says(
      sightline({"encode", "--model", "m", "--images", image, "--out", folder / "link.npy"}), 2,
      "would replace the input");
  expect_says(
      sightline({"encode", "--model", "m", "--texts", texts, "--out", folder / "texts.npy"}), 2,
      "would replace the input");
  EXPECT_EQ(read_bytes(image), bmp_image(1));
  EXPECT_EQ(read_bytes(texts), "a text\n");
}

// A grid in the searched folder would be an image of the next search.
TEST(Outputs, AGridIsNotAmongTheSearchedImages) {
  const std::string model = SIGHTLINE_SOURCE_DIR "/models/emoji-vit-8";
  const fs::path folder = fresh_folder("grid-inputs"), photos = folder / "photos";
  fs::create_directory(photos);
  for (uint32_t i = 1; i <= 3; ++i)
    write_bytes(photos / (std::to_string(i) + ".bmp"), bmp_image(i));
  write_bytes(photos / "4.png", read_bytes(SIGHTLINE_SOURCE_DIR "/tests/golden/image/exif6.png"));
  const std::string before = read_bytes(photos / "4.png");
  expect_says(sightline({"search", "--dataset", photos, "--model", model, "--grid",
                         photos / "hits.png", "x"}),
              2, "where its files would become input");
  EXPECT_FALSE(fs::exists(photos / "hits.png"));
  const fs::path vectors = folder / "v.npy";
  ASSERT_EQ(sightline({"encode", "--model", model, "--images", photos, "--out", vectors}).exit_code,
            0);
  expect_says(sightline({"search", "--vectors", vectors, "--model", model, "--grid",
                         photos / "4.png", "x"}),
              2, "is in the input folder");
  EXPECT_EQ(read_bytes(photos / "4.png"), before);
  expect_says(
      sightline({"eval", "--dataset", photos, "--model", model, "--out", photos / "report"}), 2,
      "where its files would become input");
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "query " + std::to_string(i) + "\n";
  write_bytes(folder / "lines.txt", lines);
  const Finished large = sightline({"search", "--vectors", vectors, "--model", model, "--grid",
                                    folder / "g.png", "--queries", folder / "lines.txt"});
  expect_says(large, 1, "a grid of 100 queries");
  expect_says(large, 1, "queries fit");
}

TEST(Outputs, FoldersAreNotStandardStreams) {
  for (const std::vector<std::string>& call :
       std::vector<std::vector<std::string>>{{"eval", "--dataset", "d", "--model", "m", "--out"},
                                             {"dataset", "emoji"},
                                             {"train", "r.json", "--out"}}) {
    std::vector<std::string> dash = call, empty = call;
    dash.push_back("-");
    empty.push_back("");
    expect_says(sightline(dash), 2, "a folder cannot be written to standard output");
    expect_says(sightline(empty), 2, "empty");
  }
}

TEST(Outputs, AFullStandardOutputIsAFailure) {
  struct stat info {};
  if (::stat("/dev/full", &info) != 0) GTEST_SKIP() << "this system has no /dev/full";
  for (const char* option : {"--help", "--version"}) {
    const std::string call = std::string("exec \"$0\" ") + option + " > /dev/full";
    expect_says(run_command({"/bin/sh", "-c", call, SIGHTLINE_PROGRAM}), 1,
                "cannot write to standard output: No space left on device");
  }
}

// Every command checks its outputs before it looks for a model or data set: here there is none.
TEST(Outputs, AreCheckedBeforeTheWork) {
  const std::string folder = fresh_folder("checked"), file = folder + "/file.txt";
  write_bytes(file, "x");
  const std::string missing = folder + "/nonexistent/dir/o.npy", through = file + "/o.npy";
  const std::vector<std::vector<std::string>> commands = {
      {"encode", "--model", "m", "--texts", "t", "--out"},
      {"encode", "--model", "m", "--images", "i", "--out"},
      {"encode", "--model", "m", "--dataset", "d", "--out"},
      {"preprocess", "--model", "m", "p.jpg", "--out"}};
  for (auto call : commands) {
    call.emplace_back();
    call.back() = missing;
    expect_says(sightline(call), 1, "nonexistent/dir' does not exist; create it first");
    call.back() = through;
    expect_says(sightline(call), 1, "file.txt' is not a folder");
    call.back() = folder + "/thesis.txt";
    expect_says(sightline(call), 2, "thesis.txt': expected a name that ends in .npy");
    call.back() = folder;
    expect_says(sightline(call), 2, "expected a name that ends in .npy");
  }
  EXPECT_FALSE(std::filesystem::exists(folder + "/nonexistent"));
  expect_says(sightline({"verify", "m", "--certificate", file}), 2, "ends in .json");
  expect_says(sightline({"verify", "m", "--certificate", file + "/c.json"}), 1, "is not a folder");
  expect_says(
      sightline({"search", "--dataset", "d", "--model", "m", "--grid", file + "/g.png", "x"}), 1,
      "is not a folder");
  expect_says(sightline({"quantize", folder + "/nonexistent/v.npy"}), 1, "does not exist");
  const std::vector<std::vector<std::string>> folders = {
      {"eval", "--dataset", "d", "--model", "m", "--out"},
      {"eval", "--image-vectors", "i.npy", "--text-vectors", "t.npy", "--out"},
      {"eval", "--dataset", "d", "--model", "m", "--out", folder + "/report", "--trec"},
      {"reproduce", "--out"},
      {"train", "recipe.json", "--out"},
      {"dataset", "emoji"},
      {"dataset", "drawings"},
      {"dataset", "icons", "--from", "package"},
      {"dataset", "convert", "d", "--to", "csv"}};
  for (auto call : folders) {
    call.push_back(file + "/sub/out");
    expect_says(sightline(call), 1, "file.txt' is not a folder");
  }
}

TEST(Outputs, ReadOnlyFoldersAreFoundBeforeTheWork) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write to every folder";
  const std::filesystem::path folder = fresh_folder("read-only");
  using std::filesystem::perms;
  std::filesystem::permissions(folder, perms::owner_read | perms::owner_exec);
  const std::string report = folder / "report";
  expect_says(sightline({"eval", "--dataset", "d", "--model", "m", "--out", report}), 1,
              "is not writable: Permission denied");
  expect_says(sightline({"train", "recipe.json", "--out", report}), 1,
              "is not writable: Permission denied");
  expect_says(sightline({"encode", "--model", "m", "--texts", "t", "--out", folder / "o.npy"}), 1,
              "is not writable: Permission denied");
  std::filesystem::permissions(folder, perms::owner_all);
}

TEST(Outputs, AReportReplacesOnlyFilesOfReports) {
  const auto folder = fresh_folder("foreign-page");
  write_bytes(folder / "index.html", "<html>my page</html>");
  for (const char* command : {"eval", "reproduce"}) {
    std::vector<std::string> call = {command, "--dataset", "d", "--out", folder, "--no-figures"};
    if (std::string(command) == "eval") call.insert(call.end(), {"--model", "m"});
    expect_says(sightline(call), 2, "index.html' was not written by a report");
  }
  EXPECT_EQ(read_bytes(folder / "index.html"), "<html>my page</html>");
  const auto blocked = fresh_folder("blocked-report");
  write_bytes(blocked / "tables", "my file");
  expect_says(sightline({"eval", "--dataset", "d", "--model", "m", "--out", blocked}), 2,
              "tables' is not a folder");
}

TEST(Outputs, TrainingReplacesOnlyModelsOfTraining) {
  const auto folder = fresh_folder("foreign-model");
  write_bytes(folder / "model.safetensors", "weights");
  const Finished done = sightline({"train", write_small_recipe("foreign-recipe", 1), "--dataset",
                                   small_dataset(), "--out", folder});
  expect_says(done, 2, "model.safetensors' was not written by a training run");
  EXPECT_EQ(read_bytes(folder / "model.safetensors"), "weights");
  for (const char* name : {"train.jsonl", "recipe.json", "training.png"}) {
    const auto notes = fresh_folder("foreign-notes");
    write_bytes(notes / name, "my notes");
    const Finished refused = sightline({"train", write_small_recipe("foreign-recipe", 1),
                                        "--dataset", small_dataset(), "--out", notes});
    expect_says(refused, 2, std::string(name) + "' was not written by a training run");
    EXPECT_EQ(read_bytes(notes / name), "my notes");
  }
}

// Weights of an earlier run would not fit the tokenizer of the new one.
TEST(Outputs, AFreshTrainingRunKeepsNoWeightsOfTheOldOne) {
  SIGHTLINE_NEEDS_TRAINING();
  const auto out = fresh_folder("fresh-run");
  const auto train = [&](const std::vector<std::string>& more) {
    std::vector<std::string> call = {
        "train", write_small_recipe("fresh-recipe", 2), "--dataset", small_dataset(), "--out", out};
    call.insert(call.end(), more.begin(), more.end());
    return sightline(call);
  };
  const Finished whole = train({});
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  ASSERT_TRUE(std::filesystem::exists(out / "model.safetensors"));
  const Finished stopped = train({"--fresh", "--stop-after", "1"});
  ASSERT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_FALSE(std::filesystem::exists(out / "model.safetensors"));
  EXPECT_EQ(train({}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(out / "model.safetensors"));
}

// A limit of the file size fails as a full disk does, on every system.
TEST(Outputs, AFullDiskIsNamedWithReasonAndPath) {
  const std::string set = write_small_dataset("full-disk-set"),
                    model = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";
  const std::filesystem::path out = fresh_folder("full-disk");
  const auto limited = [&](const std::string& call) {  // in KiB; stdout and stderr are not limited
    return run_command({"/bin/bash", "-c", "ulimit -f 1; exec \"$0\" " + call, SIGHTLINE_PROGRAM});
  };
  for (const char* format : {"imagefolder", "csv", "coco", "webdataset"}) {
    const std::string to = out / format;
    const Finished done = limited("dataset convert " + set + " " + to + " --to " + format);
    expect_says(done, 1, "File too large");
    expect_says(done, 1, format);
  }
  expect_says(limited("encode --no-cache --dataset " + set + " --model " + model + " --out " +
                      (out / "v.npy").string()),
              1, "v.npy': File too large");
  const Finished report = limited("eval --no-cache --no-figures --dataset " + set + " --model " +
                                  model + " --out " + (out / "report").string());
  expect_says(report, 1, "results.json': File too large");
  const Finished cached = limited("encode --dataset " + set + " --model " + model + " --cache " +
                                  (out / "cache").string() + " --out " + (out / "w.npy").string());
  expect_says(cached, 1, "w.npy': File too large");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out))
    EXPECT_EQ(entry.path().string().find(".tmp."), std::string::npos) << entry.path();
}

TEST(Outputs, WrongValuesAreUsageErrors) {
  const std::vector<std::string> eval = {"eval", "--dataset", "d", "--model", "m", "--out", "o"};
  for (const char* option : {"--backend", "--precision", "--captions"}) {
    auto call = eval;
    call.insert(call.end(), {option, "odd"});
    expect_says(sightline(call), 2, std::string(option) + " expects ");
  }
  expect_says(sightline({"search", "--dataset", "d", "--model", "m", "--grid", "g.jpg", "x"}), 2,
              "does not end in .png");
  expect_says(sightline({"encode", "--model", "m", "--texts", "t", "--split", "s", "--out", "o"}),
              2, "--split requires --dataset");
}

TEST(Outputs, MissingAndEmptyInputs) {
  const std::string empty = fresh_folder("nothing");
  expect_says(sightline({"encode", "--model", "m", "--images", empty + "/no", "--out", "o.npy"}), 1,
              empty + "/no");
  expect_says(sightline({"tokenize", "--model", empty, "--file", empty}), 1, "it is a folder");
  expect_says(sightline({"models", empty}), 1, "there is no model in");
  expect_says(sightline({"tokenize", "--model", empty + "/no", "x"}), 1,
              "there is no model folder");
}

}  // namespace
}  // namespace sightline::testing
