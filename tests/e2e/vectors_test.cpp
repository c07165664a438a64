// encode, index, query --vectors: the way of a collection that is searched often.
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
      for (uint32_t i = 0; i < 20; ++i) write_bytes(made / "photos" / ("p" + std::to_string(i) + ".bmp"), bmp_picture(i));
      return made;
    }();
    folder_ = folder;
    npy_ = folder_ / "v.npy";
  }

  Finished encode(std::vector<std::string> more = {}) const {
    std::vector<std::string> call = {"encode", "--model", tiny_model(), "--images", folder_ / "photos", "--out", npy_};
    call.insert(call.end(), more.begin(), more.end());
    return sightline(call);
  }
  Finished query(std::vector<std::string> more) const {
    std::vector<std::string> call = {"query", "--vectors", npy_, "--model", tiny_model(), "--cache", folder_ / "cache"};
    call.insert(call.end(), more.begin(), more.end());
    return sightline(call);
  }

  fs::path folder_, npy_;
};

TEST_F(Vectors, EveryScanFindsTheSame) {
  ASSERT_EQ(encode().exit_code, 0);
  const auto meta = parse_json(read_bytes(folder_ / "v.meta.json"));
  EXPECT_EQ(meta["rows"], 20);
  EXPECT_EQ(meta["kind"], "pictures");
  const Finished plain = query({"--json", "--search", "fp32", "a red heart", "a cat"});
  ASSERT_EQ(plain.exit_code, 0) << plain.err;
  const Finished missing = query({"--search", "int8", "x"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_NE(missing.err.find("no int8 form"), std::string::npos) << missing.err;
  const Finished made = sightline({"index", npy_, "--forms", "int8,bf16", "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(parse_json(made.out)["rows"], 20);
  auto expected = parse_json(plain.out)["queries"];
  ASSERT_EQ(expected.size(), 2u);
  ASSERT_EQ(expected[0]["hits"].size(), 5u);
  for (const char* scan : {"auto", "bf16", "int8", "fp32"}) {
    const Finished other = query({"--json", "--search", scan, "a red heart", "a cat"});
    ASSERT_EQ(other.exit_code, 0) << other.err;
    const auto json = parse_json(other.out);
    EXPECT_EQ(json["queries"], expected) << scan;
    EXPECT_EQ(json["search"], std::string(scan) == "auto" ? "int8" : scan);
    EXPECT_TRUE(other.err.empty()) << other.err;
  }
  // The same hits as the whole way over a data set gives; its weights are packed (few_inputs).
  const Finished whole = sightline({"query", "--dataset", folder_ / "photos", "--model", tiny_model(), "--no-cache", "--json", "a red heart"});
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  const auto hits = parse_json(whole.out)["queries"][0]["hits"];
  for (size_t i = 0; i < hits.size(); ++i) {
    EXPECT_NEAR(hits[i]["similarity"].get<double>(), expected[0]["hits"][i]["similarity"].get<double>(), 1e-6);
    EXPECT_EQ(fs::path(hits[i]["id"].get<std::string>()).filename(), fs::path(expected[0]["hits"][i]["id"].get<std::string>()).filename());
  }
}

TEST_F(Vectors, AGridIsDrawnOfFilesThatAreThere) {
  ASSERT_EQ(encode({"--index"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "v.index"));
  const Finished drawn = query({"--grid", folder_ / "g.png", "a red heart"});
  EXPECT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_EQ(read_bytes(folder_ / "g.png").substr(1, 3), "PNG");
  ASSERT_EQ(sightline({"encode", "--model", tiny_model(), "--dataset", small_dataset(), "--out", folder_ / "d.npy"}).exit_code, 0);
  const Finished none = sightline({"query", "--vectors", folder_ / "d.npy", "--model", tiny_model(), "--no-cache", "--grid", folder_ / "d.png", "x"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("--grid cannot draw"), std::string::npos) << none.err;
}

TEST_F(Vectors, VectorsOfAnotherModelAreRefused) {
  ASSERT_EQ(encode().exit_code, 0);
  auto meta = parse_json(read_bytes(folder_ / "v.meta.json"));
  meta["model"]["fingerprint"] = std::string(64, 'a');
  write_bytes(folder_ / "v.meta.json", meta.dump());
  const Finished refused = query({"x"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("was made by the model"), std::string::npos) << refused.err;
  fs::remove(folder_ / "v.meta.json");
  const Finished warned = query({"x"});
  EXPECT_EQ(warned.exit_code, 0);
  EXPECT_NE(warned.err.find("nothing says which model made"), std::string::npos) << warned.err;
}

TEST_F(Vectors, WrongUseIsNamed) {
  ASSERT_EQ(encode().exit_code, 0);
  const Finished both = query({"--dataset", "d", "x"});
  EXPECT_EQ(both.exit_code, 2);
  const Finished neither = sightline({"query", "--model", tiny_model(), "x"});
  EXPECT_EQ(neither.exit_code, 2);
  EXPECT_NE(neither.err.find("either --dataset or --vectors"), std::string::npos) << neither.err;
  // Ids that are not of these rows.
  write_bytes(folder_ / "v.ids.jsonl", "{\"id\":\"a\",\"row\":1}\n");
  const Finished odd = query({"x"});
  EXPECT_EQ(odd.exit_code, 1);
  EXPECT_NE(odd.err.find("v.ids.jsonl"), std::string::npos) << odd.err;
}

}  // namespace
}  // namespace sightline::testing
