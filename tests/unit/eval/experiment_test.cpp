// End-to-end tests of the experiment on a folder of fake images, with a table instead of a model.
#include "eval/experiment.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "unit/data/temporary_folder.h"
#include "unit/eval/letter_encoder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::LetterEncoder;
using testing::TemporaryFolder;

// Model "one" fails on ! only; model "two" also fails on c.
LoadedEncoder load_letters(const fs::path& path, std::optional<Precision>, RowReader&) {
  const std::string name = path.filename().string();
  return {std::make_unique<LetterEncoder>(name, name == "two" ? 'c' : '\0'), ""};
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

class Experiment : public ::testing::Test {
 protected:
  Experiment() {
    const fs::path data = folder_.path() / "data";
    fs::create_directory(data);
    write(data / "1.png", "an image");
    write(data / "2.png", "b image");
    write(data / "3.png", "c image");
    write(data / "4.png", "! broken");
    write(data / "5.png", "a second a");
    write(data / "metadata.jsonl", R"({"file_name": "1.png", "text": "apple", "split": "test"})"
                                   "\n"
                                   R"({"file_name": "2.png", "text": "bear", "split": "test"})"
                                   "\n"
                                   R"({"file_name": "3.png", "text": "cat", "split": "novel"})"
                                   "\n"
                                   R"({"file_name": "4.png", "text": "dog", "split": "novel"})"
                                   "\n"
                                   R"({"file_name": "5.png", "text": "apple", "split": "novel"})"
                                   "\n");
    options_.input.dataset.path = data;
    options_.input.encode.cache = folder_.path() / "cache";
    options_.models = {"one"};
    options_.top_k = 1;
  }
  ExperimentResult run() { return run_experiment_with(options_, load_letters); }

  TemporaryFolder folder_;
  ExperimentOptions options_;
};

TEST_F(Experiment, ComputesMetricsAndListsSkippedRows) {
  const ExperimentResult result = run();
  EXPECT_EQ(result.dataset_format, "imagefolder");
  ASSERT_EQ(result.rows.size(), 4u);
  ASSERT_EQ(result.skipped.size(), 1u);
  EXPECT_EQ(result.skipped[0].id, "4.png");
  const ModelResult& model = result.models[0];
  // Two images tie for "apple", so neither of its captions has rank 1; the other captions do.
  EXPECT_EQ(model.ranks.text_rank, (std::vector<int64_t>{2, 1, 1, 2}));
  EXPECT_EQ(model.ranks.text_rank_equivalent, (std::vector<int64_t>{1, 1, 1, 1}));
  EXPECT_EQ(model.metrics.text_to_image.score, 2);
  EXPECT_EQ(model.metrics.text_to_image_equivalent.score, 4);
  EXPECT_EQ(model.metrics.own_pairs.mean, 1);
}

TEST_F(Experiment, SplitsAreRankedAmongAllCandidates) {
  const ExperimentResult result = run();
  const auto& splits = result.models[0].by_split;
  ASSERT_EQ(splits.size(), 2u);
  EXPECT_EQ(splits.at("test").text_to_image.queries, 2);
  EXPECT_EQ(splits.at("test").text_to_image.candidates, 4);
  EXPECT_EQ(splits.at("test").text_to_image.score, 1);
  EXPECT_EQ(splits.at("novel").text_to_image.queries, 2);
  EXPECT_EQ(splits.at("novel").image_to_text.queries, 2);
}

TEST_F(Experiment, SplitsCanBeSelected) {
  options_.input.dataset.splits = {"novel"};
  EXPECT_EQ(run().rows.size(), 2u);
  options_.input.dataset.splits = {"novel", "test"};
  const ExperimentResult both = run();
  EXPECT_EQ(both.rows.size(), 4u);
  EXPECT_EQ(both.rows[0].split, "novel");
  options_.input.dataset.splits = {"novel", "novel"};
  EXPECT_THROW(run(), Error);
  options_.input.dataset.splits = {"tset"};
  EXPECT_THROW(run(), Error);
}

TEST_F(Experiment, ASecondRunUsesTheCacheAndDetectsAChangedImage) {
  const ExperimentResult first = run();
  EXPECT_EQ(first.models[0].counts.encoded_images, 4);
  EXPECT_EQ(first.models[0].counts.encoded_texts,
            3);  // "apple" once; "dog" belongs to a skipped row
  const ExperimentResult second = run();
  EXPECT_EQ(second.models[0].counts.encoded_images, 0);
  EXPECT_EQ(second.models[0].counts.cached_images, 4);
  EXPECT_EQ(second.models[0].counts.encoded_texts, 0);
  EXPECT_EQ(second.models[0].ranks.text_rank, first.models[0].ranks.text_rank);
  write(options_.input.dataset.path / "2.png", "z image");
  const ExperimentResult third = run();
  EXPECT_EQ(third.models[0].counts.encoded_images, 1);
  EXPECT_EQ(third.models[0].ranks.own_similarity[1], 0);
}

TEST_F(Experiment, AllModelsUseTheSameRows) {
  options_.models = {"one", "two", "elsewhere/one"};
  const ExperimentResult result = run();
  ASSERT_EQ(result.models.size(), 3u);
  EXPECT_EQ(result.rows.size(),
            3u);  // without the row that is broken and the row on which "two" fails
  ASSERT_EQ(result.skipped.size(), 2u);
  EXPECT_EQ(result.skipped[0].reason, "'3.png': not for two");
  for (const ModelResult& model : result.models) {
    EXPECT_EQ(model.metrics.text_to_image.queries, 3);
    EXPECT_EQ(model.metrics.text_to_image.candidates, 3);
  }
  const std::string here = fs::current_path().filename().string();
  EXPECT_EQ(result.models[0].label, here + "/one");
  EXPECT_EQ(result.models[2].label, "elsewhere/one");
}

TEST_F(Experiment, FreeQueriesFindTheirImages) {
  options_.queries = {"banana", "apricot"};
  options_.top_k = 2;
  const ExperimentResult result = run();
  const auto& queries = result.models[0].queries;
  ASSERT_EQ(queries.size(), 2u);
  EXPECT_EQ(result.rows[static_cast<size_t>(queries[0].hits[0].index)].id, "2.png");
  EXPECT_EQ(queries[1].hits.size(), 2u);
  EXPECT_EQ(queries[1].hits[1].similarity, 1);
}

// Five rows of two images, as files with one caption per row.
void write_repeated(const fs::path& metadata) {
  std::string lines;
  for (const char* row :
       {"1.png\", \"text\": \"apple", "2.png\", \"text\": \"bear", "1.png\", \"text\": \"apricot",
        "2.png\", \"text\": \"bee", "1.png\", \"text\": \"ant"}) {
    lines += "{\"file_name\": \"" + std::string(row) + "\"}\n";
  }
  write(metadata, lines);
}

TEST_F(Experiment, RowsThatRepeatAnImageAreOneImageWithSeveralCaptions) {
  write_repeated(options_.input.dataset.path / "metadata.jsonl");
  options_.models = {"one", "three"};
  const ExperimentResult result = run();
  ASSERT_EQ(result.rows.size(), 2u);
  EXPECT_EQ(result.repeated_rows, 3);
  EXPECT_TRUE(result.skipped.empty());
  EXPECT_EQ(result.rows[0].captions, (std::vector<std::string>{"apple", "apricot", "ant"}));
  EXPECT_EQ(result.text_row, (std::vector<int64_t>{0, 0, 0, 1, 1}));
  for (const ModelResult& model : result.models) {
    EXPECT_EQ(model.ranks.text_rank, (std::vector<int64_t>{1, 1, 1, 1, 1}));
    EXPECT_EQ(model.metrics.text_to_image.queries, 5);
    EXPECT_EQ(model.metrics.text_to_image.candidates, 2);
  }
  options_.input.dataset.options.max_captions = 2;
  EXPECT_EQ(run().rows[0].captions.size(), 2u);
  options_.captions = CaptionChoice::first;
  EXPECT_EQ(run().text_row.size(), 2u);
}

TEST_F(Experiment, FurtherColumnsBecomeFields) {
  write(options_.input.dataset.path / "metadata.jsonl",
        R"({"file_name": "1.png", "text": "apple", "split": "test", "year": 1998})"
        "\n"
        R"({"file_name": "2.png", "text": "bear", "split": "test", "place": "zoo"})"
        "\n"
        R"({"file_name": "4.png", "text": "broken", "only_here": "x"})"
        "\n");
  const ExperimentResult result = run();
  EXPECT_EQ(result.columns, (std::vector<std::string>{"place", "year"}));
  ASSERT_EQ(result.rows.size(), 2u);
  EXPECT_EQ(result.rows[0].fields, (std::vector<std::string>{"", "1998"}));
  EXPECT_EQ(result.rows[1].fields, (std::vector<std::string>{"zoo", ""}));
}

TEST_F(Experiment, EveryStageReportsProgressUpToItsTotal) {
  std::map<std::string, std::pair<int64_t, int64_t>> stages;  // done, total
  options_.input.encode.progress = [&](const ProgressUpdate& update) {
    const auto at = stages.try_emplace(update.stage, 0, update.total).first;
    // A stage of unknown length (base/stage.h) begins with -1 as its total and occurs per model.
    if (update.total >= 0) {
      EXPECT_GE(update.done, at->second.first) << update.stage;
    }
    at->second = {update.done, update.total};
  };
  options_.models = {"one", "three"};
  options_.noise.kinds = {NoiseKind::typos};
  options_.trec = TrecOptions{folder_.path() / "trec", 10};
  run();
  for (const char* stage :
       {"ranking, one", "ranking, three", "ranking, noised captions, one", "bootstrap",
        "comparing models", "writing one.text-to-image.run", "writing one.image-to-text.run"}) {
    EXPECT_TRUE(stages.contains(stage)) << stage;
  }
  for (const auto& [stage, count] : stages) EXPECT_EQ(count.first, count.second) << stage;
}

TEST_F(Experiment, WithoutAnyImageTheFirstReasonIsNamed) {
  write(options_.input.dataset.path / "metadata.jsonl",
        R"({"file_name": "https://example.org/1.png", "text": "apple"})"
        "\n");
  try {
    run();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_data);
    EXPECT_NE(std::string(error.what()).find("is a web address; images are not downloaded"),
              std::string::npos)
        << error.what();
  }
}

TEST_F(Experiment, RepeatedImagesCanBeKept) {
  write_repeated(options_.input.dataset.path / "metadata.jsonl");
  options_.input.dataset.options.merge_repeated_images = false;
  const ExperimentResult result = run();
  EXPECT_EQ(result.rows.size(), 5u);
  EXPECT_EQ(result.repeated_rows, 0);
}

TEST_F(Experiment, RepeatedImagesOfSeveralSplitsStayApart) {
  write(options_.input.dataset.path / "metadata.jsonl",
        R"({"file_name": "1.png", "text": "apple", "split": "test"})"
        "\n"
        R"({"file_name": "1.png", "text": "apricot", "split": "novel"})"
        "\n"
        R"({"file_name": "4.png", "text": "dog", "split": "test"})"
        "\n"
        R"({"file_name": "4.png", "text": "duck", "split": "test"})"
        "\n");
  const ExperimentResult result = run();
  EXPECT_EQ(result.rows.size(), 2u);
  EXPECT_EQ(result.repeated_rows, 0);
  ASSERT_EQ(result.skipped.size(), 2u) << "a row whose image cannot be decoded is never hidden";
  EXPECT_NE(result.skipped[1].reason.find("same image as an earlier row"), std::string::npos);
}

TEST_F(Experiment, AnImageWithoutACaptionIsACandidate) {
  write(options_.input.dataset.path / "metadata.jsonl", R"({"file_name": "1.png", "text": "apple"})"
                                                        "\n"
                                                        R"({"file_name": "5.png", "text": null})"
                                                        "\n"
                                                        R"({"file_name": "2.png", "text": "  "})"
                                                        "\n");
  const ExperimentResult result = run();
  EXPECT_EQ(result.rows.size(), 3u);
  EXPECT_EQ(images_without_caption(result), 2);
  EXPECT_EQ(result.models[0].metrics.text_to_image.candidates, 3);
  EXPECT_EQ(result.models[0].ranks.text_rank, std::vector<int64_t>{2}) << "5.png is as similar";
}

TEST_F(Experiment, RowsThatShareAFileReadTheSameImage) {
  options_.input.dataset.options.merge_repeated_images = false;
  write(options_.input.dataset.path / "metadata.jsonl",
        R"({"file_name": "1.png", "text": "apple"})"
        "\n"
        R"({"file_name": "2.png", "text": "bear"})"
        "\n"
        R"({"file_name": "1.png", "text": "apricot"})"
        "\n");
  const ExperimentResult result = run();
  const std::vector<int64_t> wanted = {0, 1, 2, 2};
  const auto images = read_images(options_.input, result.rows, wanted);
  ASSERT_EQ(images.size(), 3u);
  EXPECT_EQ(images.at(0), images.at(2));
  EXPECT_EQ(images.at(1)[0], 'b');
}

TEST_F(Experiment, ACacheThatCannotBeWrittenCausesAWarning) {
  write(folder_.path() / "file", "");
  options_.input.encode.cache = folder_.path() / "file" / "cache";
  const ExperimentResult result = run();
  EXPECT_EQ(result.models[0].metrics.text_to_image.queries, 4);
  EXPECT_EQ(result.warnings.size(), 2u);  // images and texts
}

// For a symlink to itself, even an existence check fails.
TEST_F(Experiment, ACacheThatCannotBeOpenedIsIgnored) {
  EXPECT_TRUE(run().warnings.empty());
  for (const auto& store : fs::directory_iterator(*options_.input.encode.cache / "embeddings-v1")) {
    fs::remove(store.path() / "key.txt");
    fs::create_symlink("key.txt", store.path() / "key.txt");
  }
  const ExperimentResult result = run();
  EXPECT_EQ(result.models[0].metrics.text_to_image.queries, 4);
}

TEST_F(Experiment, RunsEachModelInEachPrecision) {
  options_.models = {"one", "two"};
  options_.precisions = {Precision::fp32, Precision::int8};
  std::vector<std::string> loaded;
  const auto load = [&](const fs::path& path, std::optional<Precision> precision, RowReader& rows) {
    loaded.push_back(path.string() + " " + std::string(precision_name(*precision)));
    return load_letters(path, precision, rows);
  };
  const ExperimentResult result = run_experiment_with(options_, load);
  EXPECT_EQ(loaded, (std::vector<std::string>{"one fp32", "one int8", "two fp32", "two int8"}));
  ASSERT_EQ(result.models.size(), 4u);
  EXPECT_TRUE(result.models[1].label.ends_with(" int8")) << result.models[1].label;
}

TEST_F(Experiment, ADataSetThatChangesBetweenModelsIsRejected) {
  options_.models = {"one", "two"};
  const auto load = [&](const fs::path& path, std::optional<Precision> precision, RowReader& rows) {
    if (path == "two") write(options_.input.dataset.path / "1.png", "z now");
    return load_letters(path, precision, rows);
  };
  EXPECT_THROW(run_experiment_with(options_, load), Error);
}

TEST_F(Experiment, NoiseEncodesOnlyTextsAndEachOnce) {
  options_.noise.kinds = {NoiseKind::noise_words, NoiseKind::dropped_words};
  options_.noise.strengths = {1};
  options_.models = {"one", "two"};
  const ExperimentResult result = run();
  for (const ModelResult& model : result.models) {
    ASSERT_TRUE(model.robustness);
    const Robustness& noise = *model.robustness;
    // The first word determines the vector and does not change: noise words are added after it, and
    // the only word of a caption is never dropped.
    EXPECT_EQ(noise.queries, 3);
    EXPECT_EQ(noise.candidates, 3);
    EXPECT_EQ(noise.clean.accuracy.value, model.metrics.text_to_image.accuracy);
    const auto interval = metric_interval(model.metrics.text_to_image, Metric::accuracy);
    EXPECT_DOUBLE_EQ(noise.clean.accuracy.interval->low, interval->low);
    EXPECT_DOUBLE_EQ(noise.clean.accuracy.interval->high, interval->high);
    EXPECT_EQ(noise.points[0].accuracy.value, noise.clean.accuracy.value);
    EXPECT_EQ(noise.encoded_texts, 3);
    EXPECT_EQ(model.counts.encoded_texts, 3);
  }
  EXPECT_EQ(run().models[0].robustness->cached_texts, 3);
  options_.noise.strengths = {2};
  EXPECT_THROW(run(), Error);
}

TEST_F(Experiment, TheQueryBankHasCaptionsOfItsSplitThatAreNoQueries) {
  options_.input.dataset.splits = {"test"};
  options_.failures.corrections.kinds = {Correction::qb_norm, Correction::dual_softmax};
  options_.failures.corrections.bank_split = "novel";
  const ExperimentResult result = run();
  ASSERT_TRUE(result.bank);
  EXPECT_EQ(result.bank->captions, 2);  // cat and dog
  EXPECT_EQ(result.bank->excluded, 1);  // apple
  ASSERT_EQ(result.models[0].failures.corrections.size(), 3u);
  EXPECT_EQ(result.models[0].failures.corrections[2].metrics.recall_at_1.value, 1);
}

TEST_F(Experiment, AMissingSplitOfTheQueryBankIsReportedBeforeEncoding) {
  options_.failures.corrections.kinds = {Correction::csls_bank};
  try {
    run_experiment_with(options_, [](const fs::path&, std::optional<Precision>, RowReader&) {
      ADD_FAILURE() << "a model was loaded";
      return LoadedEncoder{};
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_NE(std::string(error.what()).find("query bank"), std::string::npos) << error.what();
  }
}

TEST_F(Experiment, HubsAreMeasuredUnlessTheirKIsZero) {
  EXPECT_EQ(run().models[0].failures.image_hubs->k, 4);  // there are four images
  options_.failures.hub_k = 0;
  EXPECT_FALSE(run().models[0].failures.image_hubs);
}

TEST_F(Experiment, RejectsInvalidOptions) {
  options_.top_k = 0;
  EXPECT_THROW(run(), Error);
  options_.top_k = 1;
  options_.models.clear();
  EXPECT_THROW(run(), Error);
}

}  // namespace
}  // namespace sightline
