// Several data sets in one search and in one report.
#include <gtest/gtest.h>

#include <signal.h>

#include <string>
#include <vector>

#include "fixture.h"
#include "process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";

// Images without captions and splits; the first one is also in the small data set.
const fs::path& plain_folder() {
  static const fs::path folder = [] {
    const fs::path made = fresh_folder("plain-images");
    for (uint32_t i = 0; i < 3; ++i)
      write_bytes(made / ("plain-" + std::to_string(i) + ".bmp"), bmp_image(i == 0 ? 1 : 100 + i));
    return made;
  }();
  return folder;
}

// A part of the small data set, with the same splits.
const fs::path& second_dataset() {
  static const fs::path folder = [] {
    const fs::path made = fresh_folder("second-dataset");
    std::string metadata;
    for (uint32_t i = 0; i < 9; ++i) {
      const std::string file = "image-" + std::to_string(i) + ".bmp";
      write_bytes(made / file, bmp_image(200 + i));
      metadata += nlohmann::json{{"file_name", file},
                                 {"text", "drawing " + std::to_string(i)},
                                 {"split", i < 3 ? "train" : "test"}}
                      .dump() +
                  "\n";
    }
    write_bytes(made / "metadata.jsonl", metadata);
    return made;
  }();
  return folder;
}

Finished evaluate(const std::vector<std::string>& more) {
  std::vector<std::string> command = {"eval",        "--model", kModel,           "--no-figures",
                                      "--bootstrap", "100",     "--permutations", "100"};
  command.insert(command.end(), more.begin(), more.end());
  return sightline(command);
}

Finished search(const std::vector<std::string>& more) {
  std::vector<std::string> command = {"search", "--model", kModel, "--no-cache"};
  command.insert(command.end(), more.begin(), more.end());
  return sightline(command);
}

TEST(SeveralDataSets, AreSearchedTogether) {
  const fs::path image = plain_folder() / "plain-0.bmp";
  const std::vector<std::string> query = {"--dataset", small_dataset(), "--dataset", plain_folder(),
                                          "--image",   image,           "--top-k",   "51"};
  std::vector<std::string> with_json = query;
  with_json.emplace_back("--json");
  const Finished json = search(with_json);
  ASSERT_EQ(json.exit_code, 0) << json.err;
  const auto result = parse_json(json.out);
  EXPECT_EQ(result["collection"]["rows"], kTrainRows + kTestRows + 3);
  EXPECT_EQ(result["collection"]["data_sets"].size(), 2u);
  const auto hits = result["queries"][0]["hits"];
  ASSERT_EQ(hits.size(), 51u);
  // The image of both data sets is found in both.
  EXPECT_EQ(hits[0]["dataset"], "small-dataset");
  EXPECT_EQ(hits[0]["fields"]["split"], "train");
  EXPECT_EQ(hits[1]["dataset"], "plain-images");
  EXPECT_EQ(hits[1]["id"], "plain-0.bmp");
  EXPECT_EQ(hits[1]["similarity"], hits[0]["similarity"]);

  std::vector<std::string> with_grid = query;
  const fs::path grid = fresh_folder("several-grid") / "grid.png";
  with_grid.insert(with_grid.end(), {"--grid", grid});
  const Finished table = search(with_grid);
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_TRUE(has(table.out, "data set"));
  EXPECT_TRUE(has(table.out, "small-dataset  train  ")) << table.out;
  EXPECT_TRUE(has(table.out, "plain-images          plain-0.bmp")) << table.out;
  EXPECT_TRUE(fs::exists(grid));
}

TEST(SeveralDataSets, OneDataSetIsNotNamedInItsHits) {
  const Finished json = search({"--dataset", small_dataset(), "--split", "test", "--json", "red"});
  ASSERT_EQ(json.exit_code, 0) << json.err;
  const auto result = parse_json(json.out);
  EXPECT_FALSE(result["collection"].contains("data_sets"));
  EXPECT_FALSE(result["queries"][0]["hits"][0].contains("dataset"));
  EXPECT_EQ(result["collection"]["path"], small_dataset().string());
  const Finished table = search({"--dataset", small_dataset(), "--split", "test", "red"});
  EXPECT_FALSE(has(table.out, "data set"));
}

TEST(SeveralDataSets, SkippedImagesHaveTheNameOfTheirDataSet) {
  const fs::path broken = fresh_folder("broken-images");
  write_bytes(broken / "broken.png", "no image");
  const Finished done =
      search({"--dataset", plain_folder(), "--dataset", broken, "--json", "a red heart"});
  EXPECT_EQ(done.exit_code, 3) << done.err;
  EXPECT_TRUE(has(done.err, "skipped broken-images: broken.png: ")) << done.err;
  const auto skipped = parse_json(done.out)["encoding"]["skipped"];
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_EQ(skipped[0]["dataset"], "broken-images");
}

TEST(SeveralDataSets, ADataSetWithoutImagesIsAWarning) {
  const fs::path empty = fresh_folder("empty-part");
  const Finished done = search({"--dataset", plain_folder(), "--dataset", empty, "a red heart"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(has(done.err, "warning: there is no image in '" + empty.string() + "'")) << done.err;
}

TEST(SeveralDataSets, WrongUsesOfSearchAreErrors) {
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;
    std::string expected;
  };
  const std::string small = small_dataset(), plain = plain_folder();
  const Case cases[] = {
      {{"--dataset", small, "--dataset", small + "/.", "red"}, 2, "is given twice"},
      {{"--dataset", small, "--dataset", plain, "--split", "test", "red"},
       1,
       "'" + plain + "' has no rows of the split 'test'"},
      {{"--dataset", small, "--dataset", small + "-missing", "red"}, 1, "small-dataset-missing'"},
      {{"--dataset", small, "--dataset", "", "red"}, 2, "requires either --dataset or --vectors"},
      {{"--dataset", small, "--dataset", plain, "--grid", plain + "/grid.png", "red"},
       2,
       "is in the input folder '" + plain + "'"},
      {{"--dataset", fresh_folder("empty-a"), "--dataset", fresh_folder("empty-b"), "red"},
       1,
       "there is no image in '"},
  };
  for (const Case& wrong : cases) {
    const Finished done = search(wrong.arguments);
    EXPECT_EQ(done.exit_code, wrong.exit_code) << wrong.expected << "\n" << done.err;
    EXPECT_TRUE(has(done.err, wrong.expected)) << wrong.expected << "\n" << done.err;
  }
}

TEST(SeveralDataSets, AreEvaluatedInOneReport) {
  const fs::path out = fresh_folder("several-report") / "report", trec = out / "../trec";
  const fs::path cache = fresh_folder("several-cache");
  const std::vector<std::string> common = {"--split", "test",    "--query", "a red heart",
                                           "--cache", cache,     "--model", "again=" + kModel,
                                           "--ranks", "--top-k", "7"};
  std::vector<std::string> several = {
      "--dataset", small_dataset(), "--dataset", second_dataset(), "--out", out, "--trec", trec};
  several.insert(several.end(), common.begin(), common.end());
  const Finished done = evaluate(several);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(has(done.out, "data set small-dataset\n")) << done.out;
  EXPECT_TRUE(has(done.out, "emoji-vit-8  second-dataset  ")) << done.out;
  EXPECT_TRUE(has(done.out, "overview: " + (out / "index.html").string())) << done.out;
  EXPECT_TRUE(fs::exists(trec / "second-dataset/text-to-image.qrels"));
  EXPECT_TRUE(fs::exists(out / "second-dataset/ranks.jsonl"));
  const auto overview = parse_json(read_bytes(out / "results.json"));
  ASSERT_EQ(overview["data_sets"].size(), 2u);
  // The same numbers as those of the data set alone.
  std::vector<std::string> alone = {"--dataset", second_dataset(), "--out",
                                    fresh_folder("alone-report"), "--json"};
  alone.insert(alone.end(), common.begin(), common.end());
  const Finished single = evaluate(alone);
  ASSERT_EQ(single.exit_code, 0) << single.err;
  const auto expected = parse_json(single.out);
  const auto report = parse_json(read_bytes(out / "second-dataset/results.json"));
  for (const char* key : {"dataset", "comparisons", "best_models", "statistics", "top_k"})
    EXPECT_EQ(report[key], expected[key]) << key;
  for (size_t m = 0; m < 2; ++m) {
    EXPECT_EQ(report["models"][m]["metrics"], expected["models"][m]["metrics"]);
    EXPECT_EQ(report["models"][m]["queries"], expected["models"][m]["queries"]);
    const auto& metrics = expected["models"][m]["metrics"]["text_to_image"];
    const auto& main = overview["data_sets"][1]["models"][m]["metrics"];
    for (const char* key : {"score", "accuracy", "recall_at_1", "median_rank"}) {
      EXPECT_EQ(main[key]["value"], metrics[key]);
      EXPECT_EQ(main[key]["interval"], metrics["intervals"][key]);
    }
  }
  // The queries search all splits: the hits equal those of a search.
  const auto hits = overview["queries"][0]["models"][0]["hits"];
  EXPECT_EQ(overview["queries"][0]["models"][0]["images"], kTrainRows + kTestRows + 9);
  const Finished found = search({"--dataset", small_dataset(), "--dataset", second_dataset(),
                                 "--top-k", "7", "--json", "a red heart"});
  const auto searched = parse_json(found.out)["queries"][0]["hits"];
  ASSERT_EQ(hits.size(), 7u);
  for (size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(hits[i]["id"], searched[i]["id"]);
    EXPECT_EQ(hits[i]["dataset"], searched[i]["dataset"]);
    EXPECT_EQ(hits[i]["split"], searched[i]["fields"]["split"]);
  }
}

TEST(SeveralDataSets, PrintOneJsonObject) {
  const fs::path out = fresh_folder("several-json");
  const Finished done = evaluate({"--dataset", small_dataset(), "--dataset", second_dataset(),
                                  "--no-cache", "--out", out, "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(parse_json(done.out)["format"], "sightline-overview");
  EXPECT_EQ(done.out, read_bytes(out / "results.json"));
}

TEST(SeveralDataSets, ADataSetThatCannotBeEvaluatedFailsBeforeWork) {
  const fs::path out = fresh_folder("unusable") / "report", broken = fresh_folder("broken-set");
  write_bytes(broken / "broken.png", "no image");
  write_bytes(broken / "metadata.jsonl",
              R"({"file_name": "broken.png", "text": "a broken image"})");
  struct Case {
    fs::path dataset;
    std::string expected;
  };
  const Case cases[] = {
      {fresh_folder("empty-set"), "there is no image in '"},
      {plain_folder(), "has no row with an image and a caption (3 images, 0 skipped)"},
      {broken, "has no row with an image and a caption (0 images, 1 skipped; broken.png: "}};
  for (const Case& wrong : cases) {
    const fs::path cache = fresh_folder("unusable-cache");
    const Finished done = evaluate(
        {"--dataset", small_dataset(), "--dataset", wrong.dataset, "--out", out, "--cache", cache});
    EXPECT_EQ(done.exit_code, 1) << done.err;
    EXPECT_TRUE(has(done.err, wrong.expected)) << wrong.expected << "\n" << done.err;
    EXPECT_TRUE(fs::is_empty(cache));
    EXPECT_FALSE(fs::exists(out));
  }
}

TEST(SeveralDataSets, AReportIsWrittenBeforeTheNextDataSetIsEvaluated) {
  const fs::path out = fresh_folder("early-report"), many = fresh_folder("many");
  std::string metadata;
  for (uint32_t i = 0; i < 4000; ++i) {
    const std::string file = std::to_string(i) + ".bmp";
    write_bytes(many / file, bmp_image(i));
    metadata += nlohmann::json{{"file_name", file}, {"text", "image " + file}}.dump() + "\n";
  }
  write_bytes(many / "metadata.jsonl", metadata);
  Process run({SIGHTLINE_PROGRAM, "eval", "--model", kModel, "--dataset", small_dataset(),
               "--dataset", many, "--no-figures", "--no-cache", "--batch-size", "2",
               "--permutations", "0", "--bootstrap", "0", "--out", out});
  ASSERT_TRUE(wait_for(run, [&] { return fs::exists(out / "small-dataset/index.html"); }));
  EXPECT_FALSE(fs::exists(out / "many"));
  run.send(SIGINT);
  const Finished stopped = run.wait();
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_TRUE(has(stopped.err, "'small-dataset'")) << stopped.err;
  EXPECT_FALSE(fs::exists(out / "index.html"));
}

TEST(SeveralDataSets, FoldersOfRunsAreCheckedBeforeWork) {
  const fs::path trec = fresh_folder("trec-file"), out = fresh_folder("trec-report") / "report";
  write_bytes(trec / "second-dataset", "a file");
  const std::vector<std::string> several = {"--dataset",      small_dataset(), "--dataset",
                                            second_dataset(), "--out",         out,
                                            "--no-cache",     "--trec"};
  const auto evaluate_into = [&](const fs::path& folder) {
    std::vector<std::string> command = several;
    command.push_back(folder);
    return evaluate(command);
  };
  const Finished file = evaluate_into(trec);
  EXPECT_NE(file.exit_code, 0);
  EXPECT_TRUE(has(file.err, "trec-file/second-dataset'")) << file.err;
  EXPECT_FALSE(fs::exists(trec / "small-dataset"));
  const Finished inside = evaluate_into(second_dataset() / "trec");
  EXPECT_EQ(inside.exit_code, 2);
  EXPECT_TRUE(has(inside.err, "is in the input folder")) << inside.err;
  const Finished single = evaluate({"--dataset", second_dataset(), "--out", out, "--no-cache",
                                    "--trec", second_dataset() / "trec"});
  EXPECT_EQ(single.exit_code, 2);
  EXPECT_TRUE(has(single.err, "is in the input folder")) << single.err;
}

TEST(SeveralDataSets, ControlCharactersInNamesAreEscaped) {
  const fs::path out = fresh_folder("escape-\x1b[31m");
  const Finished done = evaluate({"--dataset", small_dataset(), "--dataset", second_dataset(),
                                  "--split", "test", "--no-cache", "--out", out});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_FALSE(has(done.out, "\x1b"));
  EXPECT_TRUE(has(done.out, "report: " + (scratch() / "escape-\\x1b[31m/second-dataset").string()))
      << done.out;
}

TEST(SeveralDataSets, WrongUsesOfEvalAreErrors) {
  const std::string small = small_dataset(), second = second_dataset();
  const fs::path single = fresh_folder("single-report"), several = fresh_folder("overview");
  ASSERT_EQ(evaluate({"--dataset", second, "--no-cache", "--out", single}).exit_code, 0);
  ASSERT_EQ(
      evaluate({"--dataset", second, "--dataset", small, "--no-cache", "--out", several}).exit_code,
      0);
  const fs::path foreign = fresh_folder("foreign");
  write_bytes(foreign / "index.html", "<title>mine</title>");
  struct Case {
    std::vector<std::string> arguments;
    std::string expected;
  };
  const Case cases[] = {
      {{"--dataset", small, "--dataset", small, "--out", single}, "is given twice"},
      {{"--dataset", small, "--dataset", second, "--add", "--out", single},
       "--add extends the report of one data set"},
      {{"--dataset", small, "--dataset", second, "--out", single},
       "holds the report of one data set"},
      {{"--dataset", second, "--out", several}, "holds a report of several data sets"},
      {{"--dataset", second, "--add", "--out", several}, "holds a report of several data sets"},
      {{"--dataset", small, "--dataset", second, "--out", foreign}, "was not written by a report"},
      {{"--dataset", small, "--dataset", second, "--out", second + "/report"},
       "is in the input folder"},
      // The report of the data set would be in the data set.
      {{"--dataset", small, "--dataset", second, "--out", fs::path(second).parent_path()},
       "is in the input folder"},
      {{"--dataset", small, "--dataset", "", "--out", single}, "eval requires --dataset"},
  };
  for (const Case& wrong : cases) {
    const Finished done = evaluate(wrong.arguments);
    EXPECT_EQ(done.exit_code, 2) << wrong.expected << "\n" << done.err;
    EXPECT_TRUE(has(done.err, wrong.expected)) << wrong.expected << "\n" << done.err;
  }
  EXPECT_EQ(read_bytes(foreign / "index.html"), "<title>mine</title>");
  EXPECT_TRUE(fs::exists(second_dataset() / "metadata.jsonl"));
}

}  // namespace
}  // namespace sightline::testing
