// Hits of libraries with enough images for p and q, or with captions, and warnings.
#include <sightline/library.h>
#include <sightline/search.h>

#include <random>

#include "fixture.h"

namespace sightline::test {
namespace {

class CLibraryContent : public ::testing::Test {
 protected:
  CLibraryContent() : folder(scratch.path() / "library"), images(scratch.path() / "images") {
    fs::create_directories(images);
    sightline_library_options options;
    EXPECT_OK(sightline_library_options_init(&options, sizeof options, &error));
    options.create = 1;
    EXPECT_OK(sightline_library_open(folder.c_str(), &options, library.out(), &error));
  }

  // Writes 8 x 8 pixels of random colours.
  void write_image(const std::string& name) {
    std::ofstream out(images / name, std::ios::binary);
    out << "P6 8 8 255\n";
    for (int i = 0; i < 8 * 8 * 3; ++i) out.put(static_cast<char>(generator() % 256));
  }

  sightline_status index() {
    const char* path = images.c_str();
    return sightline_library_index(library, shared_model(), &path, 1, nullptr, nullptr, nullptr,
                                   changes.out(), &error);
  }

  sightline_status search(const char* query, const sightline_search_options* with = nullptr) {
    return sightline_library_search(library, shared_model(), &query, 1, with, nullptr, nullptr,
                                    hits.out(), &error);
  }

  std::mt19937 generator{5};
  const ScratchDirectory scratch;
  const fs::path folder, images;
  sightline_error error;
  OwnedLibrary library;
  OwnedChanges changes;
  OwnedHits hits;
};

TEST_F(CLibraryContent, SignificanceEqualsThatOfTheLibrary) {
  for (int i = 0; i < 80; ++i) write_image(std::to_string(i) + ".ppm");
  EXPECT_OK(index());
  const Library own(folder);
  const Model model = Model::load(model_folder());
  const auto collection = own.collection();
  const NullModel null_model = library_null_model(own, *collection, model);
  CollectionSearchOptions with;
  with.null_model = &null_model;
  const Query query = text_query("a red heart");
  const SearchResult result = search_collection(*collection, model, {&query, 1}, with);
  const Significance& expected = *result.queries[0].significance;
  ASSERT_NE(expected.verdict, Verdict::unknown);
  sightline_search_options options;
  EXPECT_OK(sightline_search_options_init(&options, sizeof options, &error));
  const std::string cache = scratch.path() / "cache";
  options.cache = cache.c_str();
  for (int round = 0; round < 2; ++round) {  // estimated, then kept in the handle
    EXPECT_OK(search("a red heart", &options));
    auto info = sized<sightline_query_info>();
    EXPECT_OK(sightline_hits_query(hits, 0, &info, &error));
    EXPECT_EQ(info.judged, 1);
    EXPECT_EQ(info.verdict, static_cast<int32_t>(expected.verdict));
    EXPECT_EQ(info.p, expected.p);
    EXPECT_EQ(info.matches, expected.matches);
    ASSERT_EQ(info.hit_count, expected.hits.size());
    for (size_t i = 0; i < info.hit_count; ++i) {
      auto hit = sized<sightline_hit>();
      EXPECT_OK(sightline_hits_get(hits, 0, i, &hit, &error));
      EXPECT_EQ(hit.judged, 1);
      EXPECT_EQ(hit.p, expected.hits[i].p);
      EXPECT_EQ(hit.q, expected.hits[i].q);
      EXPECT_EQ(hit.similarity, result.queries[0].hits[i].similarity);
    }
  }
  EXPECT_FALSE(fs::is_empty(cache));
}

TEST_F(CLibraryContent, CaptionsOfADataSet) {
  write_image("a.ppm");
  std::ofstream(images / "metadata.jsonl")
      << R"({"file_name": "a.ppm", "captions": ["a heart", "a red heart"], "colour": "red"})"
      << '\n';
  {
    LibraryWriter writer(folder);
    writer.index_dataset({.path = images, .options = {}, .splits = {}}, Model::load(model_folder()),
                         model_folder());
  }
  EXPECT_OK(search("a heart"));
  auto hit = sized<sightline_hit>();
  EXPECT_OK(sightline_hits_get(hits, 0, 0, &hit, &error));
  ASSERT_EQ(hit.caption_count, 2u);
  EXPECT_STREQ(hit.dataset, "images");
  const char* text = nullptr;
  EXPECT_OK(sightline_hits_caption(hits, 0, 0, 1, &text, &error));
  EXPECT_STREQ(text, "a red heart");
  EXPECT_OK(sightline_hits_field(hits, 0, 0, "colour", &text, &error));
  EXPECT_STREQ(text, "red");
}

TEST_F(CLibraryContent, FoldersThatAreGoneAreWarnedOf) {
  write_image("a.ppm");
  EXPECT_OK(index());
  fs::rename(images, scratch.path() / "elsewhere");
  EXPECT_OK(sightline_library_update(library, shared_model(), nullptr, nullptr, nullptr,
                                     changes.out(), &error));
  auto info = sized<sightline_changes_info>();
  EXPECT_OK(sightline_changes_get_info(changes, &info, &error));
  ASSERT_EQ(info.warning_count, 1u);
  const char* warning = nullptr;
  EXPECT_OK(sightline_changes_warning(changes, 0, &warning, &error));
  EXPECT_NE(std::string(warning).find(images.string()), std::string::npos) << warning;
}

TEST_F(CLibraryContent, ModelsAreFoundByNameAndFingerprint) {
  write_image("a.ppm");
  EXPECT_OK(index());
  auto expected = sized<sightline_model_info>();
  EXPECT_OK(sightline_model_get_info(shared_model(), &expected, &error));
  sightline_model_options options;
  EXPECT_OK(sightline_model_options_init(&options, sizeof options, &error));
  options.load_image_tower = 0;
  options.orientation = SIGHTLINE_ORIENTATION_STORED;  // the library's own is used
  for (const char* name : {expected.name, expected.fingerprint}) {
    OwnedModel model;
    EXPECT_OK(sightline_library_load_model(library, name, &options, model.out(), &error));
    const char* query = "a heart";
    EXPECT_OK(sightline_library_search(library, model, &query, 1, nullptr, nullptr, nullptr,
                                       hits.out(), &error));
  }
}

}  // namespace
}  // namespace sightline::test
