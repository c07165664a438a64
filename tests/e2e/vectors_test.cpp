// encode, quantize, search --vectors: vector sets from the command line.
#include <gtest/gtest.h>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

class Vectors : public ::testing::Test {
 protected:
  void SetUp() override {
    SIGHTLINE_NEEDS_TRAINING();
    static const fs::path folder = [] {
      const fs::path made = fresh_folder("vectors");
      fs::create_directories(made / "photos");
      for (uint32_t i = 0; i < 20; ++i)
        write_bytes(made / "photos" / ("p" + std::to_string(i) + ".bmp"), bmp_image(i));
      return made;
    }();
    folder_ = folder;
    npy_ = folder_ / "v.npy";
  }

  Finished encode(std::vector<std::string> more = {}) const {
    std::vector<std::string> call = {"encode",           "--model", tiny_model(), "--images",
                                     folder_ / "photos", "--out",   npy_};
    call.insert(call.end(), more.begin(), more.end());
    return sightline(call);
  }
  Finished search(std::vector<std::string> more) const {
    std::vector<std::string> call = {"search",  "--vectors",      npy_, "--model", tiny_model(),
                                     "--cache", folder_ / "cache"};
    call.insert(call.end(), more.begin(), more.end());
    return sightline(call);
  }

  fs::path folder_, npy_;
};

TEST_F(Vectors, EveryScanFindsTheSame) {
  ASSERT_EQ(encode().exit_code, 0);
  const auto meta = parse_json(read_bytes(folder_ / "v.meta.json"));
  EXPECT_EQ(meta["rows"], 20);
  EXPECT_EQ(meta["kind"], "images");
  const Finished plain = search({"--json", "--search", "fp32", "a red heart", "a cat"});
  ASSERT_EQ(plain.exit_code, 0) << plain.err;
  const Finished missing = search({"--search", "int8", "x"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_NE(missing.err.find("no int8 vectors"), std::string::npos) << missing.err;
  const Finished made = sightline({"quantize", npy_, "--types", "int8,bf16", "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(parse_json(made.out)["rows"], 20);
  auto expected = parse_json(plain.out)["queries"];
  ASSERT_EQ(expected.size(), 2u);
  ASSERT_EQ(expected[0]["hits"].size(), 5u);
  for (const char* scan : {"auto", "bf16", "int8", "fp32"}) {
    const Finished other = search({"--json", "--search", scan, "a red heart", "a cat"});
    ASSERT_EQ(other.exit_code, 0) << other.err;
    const auto json = parse_json(other.out);
    EXPECT_EQ(json["queries"], expected) << scan;
    EXPECT_EQ(json["scan"], std::string(scan) == "auto" ? "int8" : scan);
    EXPECT_TRUE(other.err.empty()) << other.err;
  }
  // The same hits as in the data set. Similarities differ because of lazy packing.
  const Finished whole = sightline({"search", "--dataset", folder_ / "photos", "--model",
                                    tiny_model(), "--no-cache", "--json", "a red heart"});
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  const auto hits = parse_json(whole.out)["queries"][0]["hits"];
  for (size_t i = 0; i < hits.size(); ++i) {
    EXPECT_NEAR(hits[i]["similarity"].get<double>(),
                expected[0]["hits"][i]["similarity"].get<double>(), 1e-6);
    EXPECT_EQ(fs::path(hits[i]["id"].get<std::string>()).filename(),
              fs::path(expected[0]["hits"][i]["id"].get<std::string>()).filename());
  }
}

TEST_F(Vectors, AGridShowsImagesThatCanBeReadAgain) {
  ASSERT_EQ(encode({"--quantize"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "v.quantized"));
  const Finished drawn = search({"--grid", folder_ / "g.png", "a red heart"});
  EXPECT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_EQ(read_bytes(folder_ / "g.png").substr(1, 3), "PNG");
  ASSERT_EQ(sightline({"encode", "--model", tiny_model(), "--dataset", small_dataset(), "--out",
                       folder_ / "d.npy"})
                .exit_code,
            0);
  const Finished dataset =
      sightline({"search", "--vectors", folder_ / "d.npy", "--model", tiny_model(), "--no-cache",
                 "--grid", folder_ / "d.png", "x"});
  EXPECT_EQ(dataset.exit_code, 0) << dataset.err;
  EXPECT_EQ(read_bytes(folder_ / "d.png").substr(1, 3), "PNG");
  // Without a source, ids of a data set do not lead to files.
  auto meta = parse_json(read_bytes(folder_ / "d.meta.json"));
  meta["source"] = nullptr;
  write_bytes(folder_ / "d.meta.json", meta.dump());
  const Finished none =
      sightline({"search", "--vectors", folder_ / "d.npy", "--model", tiny_model(), "--no-cache",
                 "--grid", folder_ / "none.png", "x"});
  EXPECT_EQ(none.exit_code, 0);  // placeholders with the ids
  EXPECT_NE(none.err.find("the grid has placeholders for 5 images"), std::string::npos) << none.err;
  EXPECT_EQ(read_bytes(folder_ / "none.png").substr(1, 3), "PNG");
}

TEST_F(Vectors, AVectorSetOfADataSetHasTheHitsOfTheDataSet) {
  const fs::path npy = folder_ / "set.npy";
  ASSERT_EQ(
      sightline({"encode", "--model", tiny_model(), "--dataset", small_dataset(), "--out", npy})
          .exit_code,
      0);
  const fs::path image = fs::path(small_dataset()) / "image-100.bmp";
  const auto hits_in = [&](const std::string& option, const fs::path& path) {
    const Finished found = sightline({"search", option, path, "--model", tiny_model(), "--no-cache",
                                      "--json", "--top-k", "3", "--image", image, "a red ball"});
    EXPECT_EQ(found.exit_code, 0) << found.err;
    auto queries = parse_json(found.out)["queries"];
    for (auto& query : queries) {
      for (auto& hit : query["hits"]) hit.erase("similarity");  // last places differ: lazy packing
    }
    return queries;
  };
  const auto queries = hits_in("--vectors", npy);
  EXPECT_EQ(queries, hits_in("--dataset", small_dataset()));
  ASSERT_EQ(queries.size(), 2u);
  EXPECT_EQ(queries[0]["text"], "a red ball");
  EXPECT_EQ(queries[1]["image"], image.string());
  EXPECT_EQ(queries[1]["hits"][0]["id"], image.filename().string());
  EXPECT_FALSE(queries[1]["hits"][0]["captions"].empty());
}

TEST_F(Vectors, VectorsOfAnotherModelAreRejected) {
  ASSERT_EQ(encode().exit_code, 0);
  auto meta = parse_json(read_bytes(folder_ / "v.meta.json"));
  meta["model"]["fingerprint"] = std::string(64, 'a');
  write_bytes(folder_ / "v.meta.json", meta.dump());
  const Finished refused = search({"x"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("was made by the model"), std::string::npos) << refused.err;
  fs::remove(folder_ / "v.meta.json");
  const Finished warned = search({"x"});
  EXPECT_EQ(warned.exit_code, 0);
  EXPECT_NE(warned.err.find("nothing says which model made"), std::string::npos) << warned.err;
}

TEST_F(Vectors, WrongUseIsReported) {
  ASSERT_EQ(encode().exit_code, 0);
  const Finished both = search({"--dataset", "d", "x"});
  EXPECT_EQ(both.exit_code, 2);
  // Without --dataset and --vectors, a library is searched.
  const Finished neither =
      sightline({"search", "--library", folder_ / "none", "--model", tiny_model(), "x"});
  EXPECT_EQ(neither.exit_code, 1);
  EXPECT_NE(neither.err.find("there is no library in"), std::string::npos) << neither.err;
  // Ids of other rows.
  write_bytes(folder_ / "v.ids.jsonl", "{\"id\":\"a\",\"row\":1}\n");
  const Finished odd = search({"x"});
  EXPECT_EQ(odd.exit_code, 1);
  EXPECT_NE(odd.err.find("v.ids.jsonl"), std::string::npos) << odd.err;
}

void expect_refused(const Finished& finished, int exit_code, const std::string& part) {
  EXPECT_EQ(finished.exit_code, exit_code) << finished.out;
  EXPECT_EQ(finished.out, "");
  EXPECT_NE(finished.err.find(part), std::string::npos) << finished.err;
}

TEST_F(Vectors, QuantizedVectorsReplaceOnlyQuantizedVectors) {
  write_bytes(folder_ / "v.quantized", "of another program");
  fs::remove(npy_);
  expect_refused(encode({"--quantize"}), 2, "is not a file of quantized vectors");
  EXPECT_FALSE(fs::exists(npy_));
  ASSERT_EQ(encode().exit_code, 0);
  expect_refused(sightline({"quantize", npy_}), 2, "is not a file of quantized vectors");
  EXPECT_EQ(read_bytes(folder_ / "v.quantized"), "of another program");
  fs::remove(folder_ / "v.quantized");
  // Vectors whose file has the name of quantized vectors.
  const fs::path odd = folder_ / "odd.quantized";
  fs::copy_file(npy_, odd, fs::copy_options::overwrite_existing);
  expect_refused(sightline({"quantize", odd}), 2, "would replace the vectors");
  EXPECT_EQ(read_bytes(odd), read_bytes(npy_));
  fs::remove(odd);
  expect_refused(sightline({"encode", "--model", "m", "--images", folder_ / "photos", "--quantize",
                            "--out", odd}),
                 2, "expected a name that ends in .npy");
  // An image with that name.
  write_bytes(folder_ / "p.quantized", bmp_image(1));
  expect_refused(sightline({"encode", "--model", "m", "--images", folder_ / "p.quantized",
                            "--quantize", "--out", folder_ / "p.npy"}),
                 2, "quantized vectors");
  EXPECT_EQ(read_bytes(folder_ / "p.quantized"), bmp_image(1));
}

TEST_F(Vectors, VectorsOfAnotherLengthAreNotRanked) {
  ASSERT_EQ(encode({"--raw"}).exit_code, 0);
  expect_refused(search({"x"}), 2, "not of unit length");
}

TEST_F(Vectors, AutoFollowsTheVectorsOnlyIfThereIsAChoice) {
  ASSERT_EQ(encode({"--precision", "int8"}).exit_code, 0);
  for (const char* backend : {"cpu", "torch"}) {
    const Finished found = search({"--precision", "auto", "--backend", backend, "x"});
    EXPECT_EQ(found.exit_code, 0) << found.err;
  }
}

TEST_F(Vectors, FilesOfDifferentRunsAreNotOneSet) {
  ASSERT_EQ(encode().exit_code, 0);
  const std::string old_npy = read_bytes(npy_), old_meta = read_bytes(folder_ / "v.meta.json");
  fs::create_directories(folder_ / "others");
  for (uint32_t i = 0; i < 20; ++i)
    write_bytes(folder_ / "others" / ("o" + std::to_string(i) + ".bmp"), bmp_image(100 + i));
  ASSERT_EQ(
      sightline({"encode", "--model", tiny_model(), "--images", folder_ / "others", "--out", npy_})
          .exit_code,
      0);
  ASSERT_EQ(search({"x"}).exit_code, 0);
  // As after a process that was killed before the last of three renames.
  write_bytes(npy_, old_npy);
  expect_refused(search({"x"}), 1, "are of different runs");
  // And before the last two.
  write_bytes(folder_ / "v.meta.json", old_meta);
  expect_refused(search({"x"}), 1, "of different runs");
}

TEST_F(Vectors, TextsAreSearchedButNotDrawn) {
  write_bytes(folder_ / "texts.txt", "a red heart\na cat\n");
  ASSERT_EQ(sightline({"encode", "--model", tiny_model(), "--texts", folder_ / "texts.txt", "--out",
                       npy_})
                .exit_code,
            0);
  const Finished found = search({"--top-k", "1", "--json", "a cat"});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  EXPECT_EQ(parse_json(found.out)["queries"][0]["hits"][0]["captions"][0], "a cat");
  expect_refused(search({"--grid", folder_ / "texts.png", "a cat"}), 2, "--grid draws images");
  std::string ids = read_bytes(folder_ / "v.ids.jsonl");
  ids.replace(ids.find("\"a cat\""), 7, "[1,2,3]");
  write_bytes(folder_ / "v.ids.jsonl", ids);
  expect_refused(search({"a cat"}), 1, "v.ids.jsonl', line 2: expected 'text' to be a string");
}

TEST_F(Vectors, AutoReadsOnlyTheFirstRows) {
  const fs::path data = fresh_folder("late-images");
  std::string metadata;
  for (int i = 0; i < 300; ++i)
    metadata += "{\"file_name\": \"missing" + std::to_string(i) + ".bmp\", \"text\": \"x\"}\n";
  write_bytes(data / "p.bmp", bmp_image(1));
  write_bytes(data / "metadata.jsonl", metadata + "{\"file_name\": \"p.bmp\", \"text\": \"x\"}\n");
  const Finished done = sightline({"encode", "--model", tiny_model(), "--dataset", data,
                                   "--precision", "auto", "--out", npy_, "--json"});
  ASSERT_EQ(done.exit_code, 3) << done.err;
  const auto json = parse_json(done.out);
  EXPECT_EQ(json["rows"], 1);
  EXPECT_EQ(json["precision_choice"], "fp32: there is nothing to compare precisions by");
}

}  // namespace
}  // namespace sightline::testing
