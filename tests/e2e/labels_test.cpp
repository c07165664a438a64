// Labels of models: NAME=PATH, and folders of the same name.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = SIGHTLINE_SOURCE_DIR "/models/emoji-vit-8";

std::vector<std::string> labels_of(const std::vector<std::string>& options) {
  std::vector<std::string> call = {"eval",   "--no-figures",   "--bootstrap",
                                   "0",      "--permutations", "0",
                                   "--json", "--out",          scratch() / "labels"};
  call.insert(call.end(), options.begin(), options.end());
  const Finished done = sightline(call);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  std::vector<std::string> labels;
  if (done.exit_code == 0) {
    const auto result = parse_json(done.out);
    for (const auto& model : result["models"]) labels.push_back(model["label"]);
  }
  return labels;
}

TEST(Labels, FoldersOfOneNameAreToldApart) {
  const fs::path folder = fresh_folder("same-names");
  for (const char* parent : {"a", "b"}) {
    fs::create_directories(folder / parent);
    fs::copy(kModel, folder / parent / "model", fs::copy_options::recursive);
  }
  EXPECT_EQ(labels_of({"--dataset", small_dataset(), "--model", folder / "a/model", "--model",
                       folder / "b/model"}),
            (std::vector<std::string>{"a/model", "b/model"}));
  EXPECT_EQ(
      labels_of({"--dataset", small_dataset(), "--model", "before=" + (folder / "a/model").string(),
                 "--model", "after=" + (folder / "b/model").string()}),
      (std::vector<std::string>{"before", "after"}));
}

TEST(Labels, AMisspeltPathWithAnEqualsSignIsNamedWhole) {
  const Finished done = sightline({"verify", "runs/lr=0.1/model"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_NE(done.err.find("'runs/lr=0.1/model', read as NAME=PATH: there is no file or folder"),
            std::string::npos)
      << done.err;
}

TEST(Labels, OfPairs) {
  const std::string models = SIGHTLINE_SOURCE_DIR "/models/";
  const std::string pair = "text=" + models + "emoji-bert,image=" + models + "emoji-resnet,seed=7";
  EXPECT_EQ(labels_of({"--dataset", small_dataset(), "--model", pair, "--model", "towers=" + pair}),
            (std::vector<std::string>{"emoji-bert+emoji-resnet", "towers"}));
}

TEST(Labels, AreKeptInTheProposedPair) {
  const std::string text = SIGHTLINE_SOURCE_DIR "/models/emoji-bert";
  const Finished done = sightline({"eval", "--dataset", small_dataset(), "--model", "ours=" + text,
                                   "--out", scratch() / "proposed"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_NE(done.err.find("--model ours=text=" + text + ",image=PATH"), std::string::npos)
      << done.err;
}

TEST(Labels, GivenTwiceAreRefusedBeforeTheWork) {
  const Finished done =
      sightline({"eval", "--dataset", small_dataset(), "--model", "a=" + kModel, "--model",
                 std::string("a=") + SIGHTLINE_SOURCE_DIR + "/models/emoji-rn", "--out",
                 scratch() / "twice"});
  EXPECT_EQ(done.exit_code, 2);
  EXPECT_NE(done.err.find("the label 'a' is given to"), std::string::npos) << done.err;
}

TEST(Labels, OfVectors) {
  const fs::path folder = fresh_folder("label-vectors");
  write_bytes(folder / "texts.txt", "a red ball\na blue fish\n");
  for (const char* name : {"images.npy", "texts.npy"}) {
    ASSERT_EQ(sightline({"encode", "--model", "ours=" + kModel, "--texts", folder / "texts.txt",
                         "--out", folder / name})
                  .exit_code,
              0);
    fs::remove(folder / (fs::path(name).stem().string() + ".meta.json"));
  }
  EXPECT_EQ(labels_of({"--image-vectors", "mine=" + (folder / "images.npy").string(),
                       "--text-vectors", folder / "texts.npy"}),
            std::vector<std::string>{"mine"});
}

TEST(Labels, AreTheNameInEveryCommand) {
  const fs::path folder = fresh_folder("label-commands");
  write_bytes(folder / "texts.txt", "a red ball\n");
  write_bytes(folder / "image.bmp", bmp_image(3));
  const std::string model = "mine=" + kModel;
  const Finished encoded = sightline({"encode", "--model", model, "--texts", folder / "texts.txt",
                                      "--out", folder / "t.npy", "--json"});
  EXPECT_EQ(parse_json(encoded.out)["model"], "mine") << encoded.err;
  EXPECT_NE(read_bytes(folder / "t.meta.json").find("\"mine\""), std::string::npos);
  const Finished found =
      sightline({"search", "--dataset", small_dataset(), "--model", model, "--json", "a red ball"});
  EXPECT_EQ(parse_json(found.out)["model"]["name"], "mine") << found.out;
  const Finished listed = sightline({"models", model, "--json"});
  EXPECT_EQ(parse_json(listed.out)["models"][0]["name"], "mine") << listed.err;
  EXPECT_EQ(parse_json(listed.out)["models"][0]["path"], kModel);
  const Finished measured = sightline({"bench", "--model", model, "--what", "text", "--batch", "1",
                                       "--rounds", "1", "--seconds", "0", "--json"});
  EXPECT_EQ(parse_json(measured.out)["model"]["name"], "mine") << measured.err;
  EXPECT_EQ(sightline({"tokenize", "--model", model, "a red ball"}).exit_code, 0);
  EXPECT_EQ(
      sightline({"preprocess", "--model", model, folder / "image.bmp", "--out", folder / "p.npy"})
          .exit_code,
      0);
  const Finished missing = sightline({"models", "mine=" + (folder / "none").string()});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_EQ(sightline({"tokenize", "--model", "=" + kModel, "a"}).exit_code, 2);
}

}  // namespace
}  // namespace sightline::testing
