// "-" as a file name: lists, texts and images from standard input, arrays to standard output.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"
#include "e2e/terminal.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

const std::string kModel = SIGHTLINE_SOURCE_DIR "/models/emoji-vit-8";

// Runs a line of shell in which $s is the program and $m the model.
Finished shell(const std::string& line, const fs::path& folder) {
  return run_command({"/bin/sh", "-c",
                      "s=" SIGHTLINE_PROGRAM "; m=" + kModel + "; cd '" + folder.string() +
                          "' || exit 9; " + line});
}

int64_t lines_of(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(Streams, VectorsGoToStandardOutput) {
  const fs::path folder = fresh_folder("stream-vectors");
  write_bytes(folder / "texts.txt", "a red ball\na blue fish\n");
  ASSERT_EQ(shell("$s encode --model $m --texts texts.txt --out file.npy", folder).exit_code, 0);
  const Finished piped =
      shell("cat texts.txt | $s encode --model $m --texts - --out - --ids ids.jsonl", folder);
  ASSERT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(piped.out, read_bytes(folder / "file.npy"));
  EXPECT_EQ(read_bytes(folder / "ids.jsonl"), read_bytes(folder / "file.ids.jsonl"));
  EXPECT_NE(piped.err.find("standard output: 2 rows"), std::string::npos) << piped.err;
  EXPECT_FALSE(fs::exists(folder / "-"));
  EXPECT_FALSE(fs::exists(folder / "-.ids.jsonl"));
}

TEST(Streams, ImagesAreListedOnStandardInput) {
  const fs::path folder = fresh_folder("stream-images");
  for (uint32_t i = 1; i <= 3; ++i)
    write_bytes(folder / ("image " + std::to_string(i) + ".bmp"), bmp_image(i));
  ASSERT_EQ(shell("$s encode --model $m --images *.bmp --out file.npy", folder).exit_code, 0);
  for (const std::string list : {"ls *.bmp", "printf '%s\\0' *.bmp", "printf '%s\\r\\n' *.bmp"}) {
    const Finished piped =
        shell(list + " | $s encode --model $m --images - --out - --ids ids.jsonl", folder);
    ASSERT_EQ(piped.exit_code, 0) << list << ": " << piped.err;
    EXPECT_EQ(piped.out, read_bytes(folder / "file.npy")) << list;
    EXPECT_EQ(read_bytes(folder / "ids.jsonl"), read_bytes(folder / "file.ids.jsonl")) << list;
  }
  const Finished missing = shell(
      "printf 'image 1.bmp\\nimage9.bmp\\n' | $s encode --model $m --images - --out x.npy", folder);
  EXPECT_EQ(missing.exit_code, 3) << missing.err;
  EXPECT_NE(missing.err.find("skipped image9.bmp"), std::string::npos) << missing.err;
  EXPECT_NE(missing.out.find("1 row of "), std::string::npos) << missing.out;
  const Finished image =
      shell("cat 'image 1.bmp' | $s encode --model $m --images - --out x.npy", folder);
  EXPECT_EQ(image.exit_code, 1);
  EXPECT_NE(image.err.find("standard input is an image (BMP), expected a list of paths"),
            std::string::npos)
      << image.err;
  const Finished none = shell("$s encode --model $m --images - --out x.npy < /dev/null", folder);
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("lists no path"), std::string::npos) << none.err;
}

TEST(Streams, QueriesComeFromAFileOrStandardInput) {
  const fs::path folder = fresh_folder("stream-queries");
  write_bytes(folder / "queries.txt", "a red ball\n\na blue fish\n");
  const std::string search = "$s search --dataset " + small_dataset().string() + " --model $m ";
  const Finished arguments = shell(search + "'a red ball' 'a blue fish'", folder);
  ASSERT_EQ(arguments.exit_code, 0) << arguments.err;
  const auto hits = [](const std::string& text) {  // without the counts of the cache
    return text.substr(0, text.rfind("emoji-vit-8: "));
  };
  for (const std::string& call :
       {search + "--queries queries.txt", search + "--queries - < queries.txt"}) {
    const Finished found = shell(call, folder);
    EXPECT_EQ(found.exit_code, 0) << found.err;
    EXPECT_EQ(hits(found.out), hits(arguments.out)) << call;
    EXPECT_NE(found.err.find("ignored 1 blank line of "), std::string::npos) << found.err;
  }
  write_bytes(folder / "query.bmp", bmp_image(1));
  const Finished image = shell(search + "--queries query.bmp", folder);
  EXPECT_EQ(image.exit_code, 1);
  EXPECT_NE(image.err.find("is an image (BMP), not a text file"), std::string::npos) << image.err;
  const Finished empty = shell(search + "--queries /dev/null", folder);
  EXPECT_EQ(empty.exit_code, 1);
  EXPECT_NE(empty.err.find("there is no query in '/dev/null'"), std::string::npos) << empty.err;
  const Finished eval = shell("$s eval --dataset " + small_dataset().string() +
                                  " --model $m --no-figures --bootstrap 0 --out report --json "
                                  "--queries queries.txt",
                              folder);
  ASSERT_EQ(eval.exit_code, 0) << eval.err;
  EXPECT_EQ(parse_json(eval.out)["models"][0]["queries"].size(), 2u);
}

TEST(Streams, AnImageComesFromStandardInput) {
  const fs::path folder = fresh_folder("stream-image");
  write_bytes(folder / "image.bmp", bmp_image(7));
  ASSERT_EQ(shell("$s preprocess --model $m image.bmp --out file.npy", folder).exit_code, 0);
  const Finished pixels = shell("$s preprocess --model $m - --out - < image.bmp", folder);
  ASSERT_EQ(pixels.exit_code, 0) << pixels.err;
  EXPECT_EQ(pixels.out, read_bytes(folder / "file.npy"));
  const Finished found = shell("$s search --dataset " + small_dataset().string() +
                                   " --model $m --top-k 1 --image - < image.bmp",
                               folder);
  ASSERT_EQ(found.exit_code, 0) << found.err;
  EXPECT_NE(found.out.find("image-106.bmp"), std::string::npos) << found.out;
}

TEST(Streams, GridsAndDataSetsGoToStandardOutput) {
  const fs::path folder = fresh_folder("stream-grid");
  const std::string data = small_dataset().string();
  const Finished grid = shell("$s search --dataset " + data + " --model $m --grid - ball", folder);
  ASSERT_EQ(grid.exit_code, 0) << grid.err;
  EXPECT_EQ(grid.out.substr(1, 3), "PNG");
  EXPECT_NE(grid.err.find("similarity"), std::string::npos) << grid.err;
  const Finished tar = shell("$s dataset convert " + data +
                                 " - --to webdataset > d.tar && "
                                 "$s dataset info d.tar",
                             folder);
  ASSERT_EQ(tar.exit_code, 0) << tar.err;
  EXPECT_NE(tar.out.find("48"), std::string::npos) << tar.out;
  const Finished refused = shell("$s dataset convert " + data + " - --to csv", folder);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("is a folder"), std::string::npos) << refused.err;
}

TEST(Streams, BinaryIsNotWrittenToATerminal) {
  const fs::path texts = scratch() / "terminal-texts.txt";
  write_bytes(texts, "a red ball\n");
  const OnTerminal refused =
      on_terminal({"encode", "--model", kModel, "--texts", texts, "--out", "-"});
  EXPECT_EQ(refused.exit_code, 2) << refused.shown;
  EXPECT_NE(refused.shown.find("standard output is a terminal"), std::string::npos)
      << refused.shown;
}

TEST(Streams, OneStreamHasOneUse) {
  const fs::path folder = fresh_folder("stream-twice");
  const std::string data = small_dataset().string();
  const std::string search = "$s search --dataset " + data + " --model $m ";
  for (const std::string& call :
       {search + "--queries - --image - < /dev/null", search + "--grid - --json ball",
        std::string("$s encode --model $m --texts /dev/null --out - --json"),
        std::string("$s encode --model $m --texts /dev/null --out - --quantize"),
        std::string("$s encode --model $m --texts /dev/null --out x.npy --ids ids.jsonl"),
        std::string("$s preprocess --model $m x.bmp --out - --json"),
        "$s dataset convert " + data + " - --to webdataset --json"}) {
    const Finished refused = shell(call, folder);
    EXPECT_EQ(refused.exit_code, 2) << call << ": " << refused.err;
    EXPECT_EQ(refused.out, "") << call;
    EXPECT_EQ(lines_of(refused.err), 1) << call << ": " << refused.err;
  }
}

}  // namespace
}  // namespace sightline::testing
