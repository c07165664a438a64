// The files of a pair: what pair.json says about its text model, copies, and what a later run
// removes.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/model.h>

#include <cstdlib>

#include "base/file.h"
#include "expect_error.h"
#include "train/runs.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::bytes_of;
using testing::recipe_for;
using testing::run_training;
using testing::TemporaryFolder;
using testing::TrainingRun;

class PairFiles : public ::testing::Test {
 protected:
  void SetUp() override { write_data(folder_); }

  fs::path path(const std::string& name) const { return folder_.path() / name; }
  // A copy of the text model.
  fs::path copy_words(const std::string& name) const {
    fs::create_directories(path(name).parent_path());
    fs::copy(SIGHTLINE_SOURCE_DIR "/models/emoji-bert", path(name), fs::copy_options::recursive);
    return path(name);
  }
  static json recipe(const std::string& kind, const std::string& text) {
    json recipe = recipe_for(kind);
    recipe["model"]["text"]["from"] = text;
    recipe["epochs"] = 1;
    return recipe;
  }
  static json pair_of(const TrainingRun& run) {
    return json::parse(bytes_of(run.out / "pair.json"));
  }

  TemporaryFolder folder_;
};

TEST_F(PairFiles, NameTheLockedTextModelAndRefuseAnother) {
  const fs::path words = copy_words("words");
  const TrainingRun run = run_training(folder_, recipe("pair", words.string()), "out");
  const json pair = pair_of(run);
  EXPECT_EQ(pair["text"], "../words");
  EXPECT_EQ(pair["text_model"]["name"], "words");
  EXPECT_EQ(pair["text_model"]["digest"].get<std::string>().size(), 64u);
  EXPECT_FALSE(pair["text_model"].contains("command"));
  EXPECT_TRUE(Model::load(run.out).info().has_text);
  std::string weights = bytes_of(words / "model.safetensors");
  weights[weights.size() - 2] = static_cast<char>(weights[weights.size() - 2] ^ 1);
  folder_.write("words/model.safetensors", weights);
  test::expect_error(ErrorCode::invalid_data, "are not those of the pair",
                     [&] { Model::load(run.out); });
}

TEST_F(PairFiles, NameAndCommandAreThoseOfTheRecipe) {
  json named = recipe("pair", copy_words("words").string());
  named["model"]["text"].update({{"name", "org/words"}, {"command", "fetch words"}});
  const TrainingRun run = run_training(folder_, named, "out");
  EXPECT_EQ(pair_of(run)["text_model"]["name"], "org/words");
  fs::remove_all(path("words"));
  test::expect_error(ErrorCode::not_found, "org/words, is not in", [&] { Model::load(run.out); });
  test::expect_error(ErrorCode::not_found, "run 'fetch words'", [&] { Model::load(run.out); });
  fs::create_directory(path("words"));
  test::expect_error(ErrorCode::unsupported, "run 'fetch words' to fetch it",
                     [&] { Model::load(run.out); });
  named["model"]["text"].update({{"locked", false}});
  test::expect_error(ErrorCode::invalid_data, "no such key for a text tower that is trained",
                     [&] { run_training(folder_, named, "trained"); });
}

TEST_F(PairFiles, AreNotCopiedIntoThemselves) {
  const fs::path words = copy_words("words");
  folder_.write("words/notes/other.json", "{}");
  const TrainingRun run =
      run_training(folder_, recipe("trained_pair", words.string()), "words/out");
  EXPECT_FALSE(pair_of(run).contains("text_model"));
  EXPECT_TRUE(fs::exists(run.out / "text/config.json"));
  EXPECT_TRUE(fs::exists(run.out / "text/vocab.txt"));
  for (const auto& entry : fs::directory_iterator(run.out / "text"))
    EXPECT_TRUE(entry.is_regular_file()) << entry.path();
  EXPECT_TRUE(Model::load(run.out).info().has_text);
}

TEST_F(PairFiles, WithModulesAreComplete) {
  const fs::path words = copy_words("words");
  const std::string pooling =
      R"({"word_embedding_dimension": 1, "pooling_mode_mean_tokens": true})";
  json config = json::parse(pooling);
  config["word_embedding_dimension"] = json::parse(bytes_of(words / "config.json"))["hidden_size"];
  folder_.write("words/1_Pooling/config.json", config.dump());
  folder_.write("words/modules.json", R"([
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}])");
  const TrainingRun run = run_training(folder_, recipe("trained_pair", words.string()), "out");
  EXPECT_EQ(bytes_of(run.out / "text/1_Pooling/config.json"), config.dump());
  EXPECT_TRUE(Model::load(run.out).info().has_text);
}

TEST_F(PairFiles, OfAnEarlierRunAreRemoved) {
  const std::string words = copy_words("words").string();
  TrainingRun run = run_training(folder_, recipe("trained_pair", words), "out");
  folder_.write("out/text/mine.json", "notes");
  folder_.write("out/image/mine.txt", "notes");
  fs::remove(run.out / "checkpoint.safetensors");
  run_training(folder_, recipe("pair", words), "out", 0);
  EXPECT_FALSE(fs::exists(run.out / "pair.json"));
  for (const auto& entry : fs::directory_iterator(run.out / "image"))
    EXPECT_EQ(entry.path().filename(), "mine.txt");
  for (const auto& entry : fs::directory_iterator(run.out / "text"))
    EXPECT_EQ(entry.path().filename(), "mine.json");
  EXPECT_EQ(bytes_of(run.out / "text/mine.json"), "notes");
  EXPECT_EQ(bytes_of(run.out / "image/mine.txt"), "notes");
  fs::remove(run.out / "text/mine.json");
  fs::remove(run.out / "image/mine.txt");

  run = run_training(folder_, recipe("trained_pair", words), "out");
  fs::remove(run.out / "checkpoint.safetensors");
  run = run_training(folder_, recipe_for("resnet"), "out");
  EXPECT_FALSE(fs::exists(run.out / "pair.json"));
  EXPECT_FALSE(fs::exists(run.out / "image"));
  EXPECT_FALSE(fs::exists(run.out / "text"));
  EXPECT_EQ(Model::load(run.out).info().family, "resnet");
}

TEST_F(PairFiles, OfNoRunAreKept) {
  const std::string words = copy_words("words").string();
  folder_.write("mine/image/captions.txt", "mine");
  folder_.write("mine/text/notes.json", "mine");
  run_training(folder_, recipe("pair", words), "mine", 0);
  EXPECT_EQ(bytes_of(path("mine/image/captions.txt")), "mine");
  EXPECT_EQ(bytes_of(path("mine/text/notes.json")), "mine");
  folder_.write("pair/pair.json", "mine");
  test::expect_error(ErrorCode::invalid_argument, "was not written by a training run",
                     [&] { run_training(folder_, recipe_for("resnet"), "pair"); });
  folder_.write("single/model.safetensors", "mine");
  test::expect_error(ErrorCode::invalid_argument, "was not written by a training run",
                     [&] { run_training(folder_, recipe("pair", words), "single"); });
}

// Sets an environment variable until the end of the scope.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (old_) {
      ::setenv(name_, old_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

TEST_F(PairFiles, ModelsMayBeNamesInTheCache) {
  const Variable cache("HF_HUB_CACHE", path("hub").string());
  const std::string commit(40, 'a');
  folder_.write("hub/models--org--words/refs/main", commit);
  copy_words("hub/models--org--words/snapshots/" + commit);
  const json first = recipe("pair", "org/words");
  const TrainingRun run = run_training(folder_, first, "out");
  EXPECT_EQ(pair_of(run)["text_model"]["name"], "org/words");
  EXPECT_TRUE(Model::load(run.out).info().has_text);

  folder_.write("hub/models--org--images/refs/main", commit);
  fs::create_directories(path("hub/models--org--images/snapshots"));
  fs::copy(run.out / "image", path("hub/models--org--images/snapshots/" + commit));
  json second = first;
  second["model"]["image"]["from"] = "org/images";
  EXPECT_TRUE(run_training(folder_, second, "second").result.complete);

  test::expect_error(ErrorCode::not_found, "run 'sightline pull org/none'",
                     [&] { run_training(folder_, recipe("pair", "org/none"), "none"); });
  second["model"]["image"]["from"] = "org/none";
  test::expect_error(ErrorCode::not_found, "the recipe's image model: there is no file or folder",
                     [&] { run_training(folder_, second, "none"); });
}

}  // namespace
}  // namespace sightline
