// eval --task classification, --task auto and --deployment.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fixture.h"
#include "process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";
const std::string kOther = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-rn";

// Three classes of four images, a broken image, and one in no folder.
const fs::path& labelled_folder() {
  static const fs::path folder = [] {
    const fs::path made = fresh_folder("labelled");
    for (uint32_t c = 0; c < 3; ++c) {
      const fs::path own = made / ("kind_" + std::to_string(c));
      fs::create_directories(own);
      for (uint32_t i = 0; i < 4; ++i)
        write_bytes(own / (std::to_string(i) + ".bmp"), bmp_image(300 + 10 * c + i));
    }
    write_bytes(made / "kind_0/broken.png", "no image");
    write_bytes(made / "top.bmp", bmp_image(400));
    return made;
  }();
  return folder;
}

Finished evaluate(const std::vector<std::string>& more) {
  std::vector<std::string> command = {"eval", "--no-figures",   "--no-cache", "--bootstrap",
                                      "100",  "--permutations", "100"};
  command.insert(command.end(), more.begin(), more.end());
  return sightline(command);
}

nlohmann::json read_json(const fs::path& file) {
  return parse_json(read_bytes(file));
}

TEST(Classification, ClassifiesAFolderForEachClass) {
  const fs::path out = fresh_folder("classified");
  const Finished done = evaluate({"--task", "classification", "--dataset", labelled_folder(),
                                  "--model", kModel, "--model", kOther, "--ranks", "--out", out});
  EXPECT_EQ(done.exit_code, 3) << done.err;
  EXPECT_TRUE(has(done.err, "skipped kind_0/broken.png: ")) << done.err;
  EXPECT_TRUE(has(done.err, "skipped top.bmp: it has no label")) << done.err;
  EXPECT_TRUE(has(done.out, "12 images of 3 classes, labels: folder")) << done.out;
  EXPECT_FALSE(has(done.out, "acc5"));
  const auto results = read_json(out / "results.json");
  EXPECT_EQ(results["format"], "sightline-classification");
  EXPECT_EQ(results["classes"][2]["name"], "kind 2");
  EXPECT_EQ(results["models"][0]["encoding"]["encoded_texts"], 15);
  EXPECT_EQ(results["comparisons"].size(), 2u);
  EXPECT_TRUE(results["deployment"].is_null());
  EXPECT_TRUE(has(read_bytes(out / "index.html"), "Zero-shot classification"));
  EXPECT_TRUE(fs::exists(out / "ranks.jsonl"));
  EXPECT_TRUE(fs::exists(out / "tables/classes.csv"));
  // A second run replaces the report; everything but the run and the times is the same.
  auto again = evaluate({"--task", "auto", "--dataset", labelled_folder(), "--model", kModel,
                         "--model", kOther, "--json", "--out", out});
  auto second = parse_json(again.out);
  EXPECT_FALSE(fs::exists(out / "ranks.jsonl"));
  auto first = results;
  for (auto* one : {&first, &second}) {
    one->erase("run");
    for (auto& model : (*one)["models"]) model["encoding"].erase("seconds");
  }
  EXPECT_EQ(first, second);
}

TEST(Classification, ReadsNamesAndPrompts) {
  const fs::path folder = fresh_folder("class-files");
  write_bytes(folder / "names.json",
              R"({"kind_0": "red heart", "kind_1": "cat", "kind_2": "cat"})");
  write_bytes(folder / "templates.txt", "a picture of a {}\n");
  const Finished done =
      evaluate({"--task", "classification", "--dataset", labelled_folder(), "--class-names",
                folder / "names.json", "--templates", folder / "templates.txt", "--model", kModel,
                "--json", "--out", folder / "out"});
  ASSERT_EQ(done.exit_code, 3) << done.err;
  const auto results = parse_json(done.out);
  EXPECT_EQ(results["templates"], nlohmann::json{"a picture of a {}"});
  ASSERT_EQ(results["classes"].size(), 2u);
  EXPECT_EQ(results["classes"][1]["images"], 8);
}

TEST(Classification, ReadsAColumnOfLabels) {
  const fs::path out = fresh_folder("by-column");
  const Finished done = evaluate({"--task", "classification", "--dataset", small_dataset(),
                                  "--label-column", "kind", "--model", kModel, "--out", out});
  EXPECT_EQ(done.exit_code, 1) << done.err;
  EXPECT_TRUE(has(done.err, "has no row with a label in the column 'kind'")) << done.err;
  const Finished captions = evaluate({"--task", "classification", "--dataset", small_dataset(),
                                      "--label-column", "text", "--model", kModel, "--out", out});
  EXPECT_EQ(captions.exit_code, 0) << captions.err;
  EXPECT_TRUE(has(captions.out, "labels: text")) << captions.out;
  const Finished labels = evaluate({"--task", "classification", "--dataset", small_dataset(),
                                    "--label-column", "split", "--model", kModel, "--out", out});
  EXPECT_EQ(labels.exit_code, 0) << labels.err;
  EXPECT_TRUE(has(labels.out, "48 images of 2 classes, labels: split")) << labels.out;
}

TEST(Classification, RanksImagesOfSeveralLabels) {
  const fs::path folder = fresh_folder("several-labels"), out = fresh_folder("multilabel") / "out";
  std::string lines;
  const std::string labels[] = {R"(["red", "cat"])", R"(["cat"])", R"(["red"])", "[]",
                                R"("cat")",          "null"};
  for (uint32_t i = 0; i < 6; ++i) {
    const std::string name = std::to_string(i) + ".bmp";
    write_bytes(folder / name, bmp_image(500 + i));
    lines += R"({"file_name": ")" + name + R"(", "labels": )" + labels[i] + "}\n";
  }
  write_bytes(folder / "metadata.jsonl", lines);
  write_bytes(folder / "names.json", R"(["cat", "red", "blue"])");
  const Finished done =
      evaluate({"--task", "auto", "--dataset", folder, "--class-names", folder / "names.json",
                "--model", kModel, "--model", kOther, "--ranks", "--out", out});
  EXPECT_EQ(done.exit_code, 3) << done.err;
  EXPECT_TRUE(has(done.err, "skipped 5.bmp: it has no label")) << done.err;
  EXPECT_TRUE(has(done.err, "1 class has no image and no average precision")) << done.err;
  EXPECT_TRUE(has(done.out,
                  "multi-label zero-shot classification: 5 images with 5 labels of 3 "
                  "classes, labels: labels"))
      << done.out;
  EXPECT_FALSE(has(done.out, "acc1 %")) << done.out;
  const auto results = read_json(out / "results.json");
  EXPECT_TRUE(results["models"][0]["classes"][2]["average_precision"].is_null());
  EXPECT_EQ(results["models"][0]["metrics"].size(), 1u);
  EXPECT_EQ(results["comparisons"].size(), 1u);
  EXPECT_TRUE(has(read_bytes(out / "ranks.jsonl"), "\"classes\":[\"cat\",\"red\"]"));
}

TEST(Classification, WrongUsesAreErrors) {
  const std::string folder = labelled_folder(), out = fresh_folder("wrong-classes") / "out";
  const std::string names = fresh_folder("wrong-names") / "names.json";
  write_bytes(names, "{\"other\": [\"a\"], \"more\": [\"b\"]}");
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;
    std::string expected;
  };
  const Case cases[] = {
      {{"--task", "classification", "--top-k", "3"},
       2,
       "--top-k is an option of the task retrieval"},
      {{"--task", "classification", "--query", "red"}, 2, "--query needs the task retrieval"},
      {{"--task", "colours"}, 2, "--task"},
      {{"--task", "classification", "--class-names", names}, 1, "has no member 'labelled'"},
      {{"--task", "classification", "--class-names", names + "x"}, 1, "names.jsonx"},
      {{"--price", "1"}, 2, "--deployment"},
      {{"--deployment", "--price", "-1"}, 2, "--price"},
      {{"--deployment", "--add"}, 2, "--add cannot be combined with --deployment"}};
  for (const Case& wrong : cases) {
    std::vector<std::string> arguments = {"--dataset", folder, "--model", kModel, "--out", out};
    arguments.insert(arguments.end(), wrong.arguments.begin(), wrong.arguments.end());
    const Finished done = evaluate(arguments);
    EXPECT_EQ(done.exit_code, wrong.exit_code) << wrong.expected << "\n" << done.err;
    EXPECT_TRUE(has(done.err, wrong.expected)) << wrong.expected << "\n" << done.err;
    EXPECT_FALSE(fs::exists(out));
  }
}

TEST(Classification, IsAdvisedForFoldersWithoutCaptions) {
  const fs::path folder = fresh_folder("only-folders"), out = fresh_folder("advised") / "out";
  fs::create_directories(folder / "cat");
  write_bytes(folder / "cat/1.bmp", bmp_image(1));
  const Finished done = evaluate({"--dataset", folder, "--model", kModel, "--out", out});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_TRUE(has(done.err, "if its folders are classes, use --task classification")) << done.err;
  const Finished flat = evaluate(
      {"--task", "classification", "--dataset", folder / "cat", "--model", kModel, "--out", out});
  EXPECT_EQ(flat.exit_code, 1);
  EXPECT_TRUE(has(flat.err, "has no labels (1 rows), read as folder")) << flat.err;
}

TEST(Classification, IsPartOfAReportOfSeveralDataSets) {
  const fs::path out = fresh_folder("mixed");
  const Finished done = evaluate({"--task",
                                  "auto",
                                  "--dataset",
                                  small_dataset(),
                                  "--dataset",
                                  labelled_folder(),
                                  "--model",
                                  kModel,
                                  "--model",
                                  kOther,
                                  "--query",
                                  "a red heart",
                                  "--deployment",
                                  "--deployment-rounds",
                                  "1",
                                  "--batch-size",
                                  "4",
                                  "--price",
                                  "0.5",
                                  "--currency",
                                  "EUR",
                                  "--out",
                                  out});
  EXPECT_EQ(done.exit_code, 3) << done.err;
  EXPECT_TRUE(has(done.err, "skipped labelled: top.bmp: it has no label")) << done.err;
  EXPECT_TRUE(has(done.out, "n = 2 models")) << done.out;
  EXPECT_TRUE(has(done.out, "EUR/10^6 images")) << done.out;
  const auto results = read_json(out / "results.json");
  EXPECT_EQ(results["data_sets"][0]["name"], "small-dataset");
  EXPECT_EQ(results["classified_data_sets"][0]["name"], "labelled");
  EXPECT_EQ(results["rank_correlations"][0]["models"], 2);
  EXPECT_EQ(results["hard_for_all"].size(), 2u);
  EXPECT_EQ(results["queries"][0]["models"][0]["images"], 48 + 13);
  const auto& deployed = results["deployment"]["models"];
  ASSERT_EQ(deployed.size(), 2u);
  for (const auto& row : deployed) {
    EXPECT_GT(row["images_per_second"].get<double>(), 0);
    EXPECT_GT(row["query_ms"].get<double>(), row["search_ms"].get<double>());
    EXPECT_GT(row["peak_memory_bytes"].get<int64_t>(), 1 << 20);
    EXPECT_NEAR(row["cost_per_million_images"].get<double>(),
                0.5 * row["hours_per_million_images"].get<double>(), 1e-9);
  }
  EXPECT_TRUE(read_json(out / "small-dataset/results.json")["deployment"].is_null());
  EXPECT_EQ(read_json(out / "labelled/results.json")["format"], "sightline-classification");
}

TEST(Deployment, IsInTheReportOfOneDataSet) {
  const fs::path out = fresh_folder("deployed");
  const Finished done =
      evaluate({"--dataset", small_dataset(), "--model", kModel, "--precision", "fp32,bf16",
                "--deployment", "--deployment-rounds", "1", "--batch-size", "4", "--out", out});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_FALSE(has(done.out, "USD"));
  const auto deployed = read_json(out / "results.json")["deployment"];
  EXPECT_TRUE(deployed["price_per_hour"].is_null());
  EXPECT_EQ(deployed["models"][0]["precision"], "fp32");
  EXPECT_EQ(deployed["models"][1]["precision"], "bf16");
  EXPECT_TRUE(has(read_bytes(out / "index.html"), "id=\"deployment\""));
}

}  // namespace
}  // namespace sightline::testing
