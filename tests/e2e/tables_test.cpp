// Tables in the terminal: their width, the chance level, and each figure once.
#include <gtest/gtest.h>

#include <sstream>

#include "e2e/fixture.h"
#include "e2e/process.h"
#include "e2e/terminal.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = SIGHTLINE_SOURCE_DIR "/models/emoji-vit-8";

size_t columns_of(const std::string& line) {
  size_t columns = 0;
  for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return columns;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string evaluate(const std::vector<std::string>& more) {
  std::vector<std::string> call = {"eval",           "--dataset",
                                   small_dataset(),  "--no-figures",
                                   "--bootstrap",    "50",
                                   "--permutations", "50",
                                   "--out",          scratch() / "table-report"};
  call.insert(call.end(), more.begin(), more.end());
  const Finished done = sightline(call);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  return done.out;
}

// The words of the first line that begins with `start`.
std::vector<std::string> words_of_line(const std::string& text, const std::string& start) {
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with(start)) continue;
    std::istringstream stream(line.substr(start.size()));
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
  }
  ADD_FAILURE() << "no line begins with " << start << ":\n" << text;
  return {};
}

TEST(Tables, OfEvalFitAHundredColumns) {
  const std::string long_name(90, 'n');
  const std::string out = evaluate({"--model", "a-" + long_name + "-one=" + kModel, "--model",
                                    "a-" + long_name + "-two=" + kModel, "--split", "train,test",
                                    "--top-k", "3", "--robustness"});
  for (const std::string& line : lines_of(out)) {
    // Sentences are not tables; the terminal wraps them.
    const bool sentence = line.find(": ") != std::string::npos;
    if (!sentence) {
      EXPECT_LE(columns_of(line), 100u) << line;
    }
  }
  EXPECT_NE(out.find("…"), std::string::npos);
  EXPECT_NE(out.find("-one "), std::string::npos) << out;  // shortened in the middle
  EXPECT_NE(out.find("-two "), std::string::npos) << out;
}

TEST(Tables, HaveTheChanceLevel) {
  const std::string out = evaluate({"--model", kModel});
  // 48 images with one caption each: R@1, R@5, R@10, MRR, …
  const auto chance = words_of_line(out, "chance");
  ASSERT_GE(chance.size(), 3u);
  EXPECT_EQ(chance[0], "2.08");
  EXPECT_EQ(chance[1], "10.42");
  EXPECT_EQ(chance[2], "20.83");
}

TEST(Tables, HaveEachFigureOnce) {
  const std::string one = evaluate({"--model", kModel});
  EXPECT_EQ(one.find("accuracy %"), std::string::npos) << one;
  EXPECT_NE(one.find("R@5 is the accuracy at K = 5"), std::string::npos) << one;
  EXPECT_NE(one.find("MRR is also MAP"), std::string::npos) << one;
  const auto header = words_of_line(one, "model");
  EXPECT_EQ(std::count(header.begin(), header.end(), "R@5"), 1);
  EXPECT_EQ(std::count(header.begin(), header.end(), "MAP"), 0);
  // With another K the accuracy is a column of its own.
  const auto other = words_of_line(evaluate({"--model", kModel, "--top-k", "3"}), "model");
  EXPECT_EQ(std::count(other.begin(), other.end(), "R@3"), 1);
  EXPECT_EQ(std::count(other.begin(), other.end(), "R@5"), 1);
}

TEST(Tables, ShowMapWhereImagesHaveSeveralCaptions) {
  const fs::path folder = fresh_folder("several-captions");
  std::string lines;
  for (uint32_t i = 0; i < 6; ++i) {
    const std::string name = std::to_string(i) + ".bmp";
    write_bytes(folder / name, bmp_image(i + 1));
    lines +=
        nlohmann::json{{"file_name", name}, {"text", {"a " + name, "the " + name, "one " + name}}}
            .dump() +
        "\n";
  }
  write_bytes(folder / "metadata.jsonl", lines);
  const Finished done = sightline({"eval", "--dataset", folder, "--model", kModel, "--no-figures",
                                   "--bootstrap", "0", "--out", scratch() / "several-report"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const std::string second = done.out.substr(done.out.find("image → text"));
  const auto header = words_of_line(second, "model");
  EXPECT_EQ(std::count(header.begin(), header.end(), "MAP"), 1) << second;
}

TEST(Tables, KeepIdsWhole) {
  const fs::path folder = fresh_folder("long-ids");
  const std::string name = std::string(70, 'i') + ".bmp", caption(200, 'c');
  write_bytes(folder / name, bmp_image(1));
  write_bytes(folder / "metadata.jsonl",
              nlohmann::json{{"file_name", name}, {"text", caption}}.dump() + "\n");
  const Finished found =
      sightline({"search", "--dataset", folder, "--model", kModel, "a red ball"});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  EXPECT_NE(found.out.find(name), std::string::npos) << found.out;
  EXPECT_EQ(found.out.find(caption), std::string::npos) << found.out;
  // A wide terminal shows more.
  const OnTerminal wide =
      on_terminal({"search", "--dataset", folder, "--model", kModel, "a red ball"}, 400);
  EXPECT_NE(wide.shown.find(caption), std::string::npos) << wide.shown;
}

TEST(Tables, OfVerifyFitAHundredColumns) {
  const Finished done = sightline({"verify", SIGHTLINE_SOURCE_DIR "/models/emoji-rn"});
  EXPECT_NE(done.out.find("image tower"), std::string::npos) << done.out << done.err;
  for (const std::string& line : lines_of(done.out)) {
    if (line.find(": ") == std::string::npos) {
      EXPECT_LE(columns_of(line), 100u) << line;
    }
  }
}

}  // namespace
}  // namespace sightline::testing
