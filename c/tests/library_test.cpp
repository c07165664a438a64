#include <sightline/library.h>
#include <sightline/search.h>

#include <algorithm>
#include <thread>

#include "fixture.h"

namespace sightline::test {
namespace {

const char* const kImages[] = {"odd.jpg", "alpha.png", "palette.gif", "square.bmp", "tall.jpg"};

class CLibrary : public ::testing::Test {
 protected:
  CLibrary() : images(scratch.path() / "photos"), folder(scratch.path() / "library") {
    fs::create_directories(images / "other");
    for (const char* name : kImages) fs::copy(image_file(name), images / name);
    fs::copy(image_file("odd.jpg"), images / "other/same.jpg");
    std::ofstream(images / "broken.jpg") << "not an image";
    EXPECT_OK(sightline_library_options_init(&options, sizeof options, &error));
    options.create = 1;
    EXPECT_OK(sightline_library_open(folder.c_str(), &options, library.out(), &error));
  }

  sightline_status index(const sightline_indexing_options* with = nullptr) {
    const char* path = images.c_str();
    return sightline_library_index(library, shared_model(), &path, 1, with, nullptr, nullptr,
                                   changes.out(), &error);
  }

  sightline_changes_info changes_info() {
    auto info = sized<sightline_changes_info>();
    EXPECT_OK(sightline_changes_get_info(changes, &info, &error));
    return info;
  }

  sightline_status search(const std::vector<const char*>& queries, const sightline_model* model,
                          const sightline_search_options* with = nullptr) {
    return sightline_library_search(library, model, queries.data(), queries.size(), with, nullptr,
                                    nullptr, hits.out(), &error);
  }

  sightline_hit hit(size_t query, size_t i) {
    auto result = sized<sightline_hit>();
    EXPECT_OK(sightline_hits_get(hits, query, i, &result, &error));
    return result;
  }

  // Expects the hits to equal those of the library bit for bit.
  void expect_hits(const SearchResult& expected) {
    auto info = sized<sightline_hits_info>();
    EXPECT_OK(sightline_hits_get_info(hits, &info, &error));
    EXPECT_EQ(info.rows, expected.rows);
    EXPECT_EQ(info.model, expected.model);
    EXPECT_EQ(info.warning_count, expected.warnings.size());
    ASSERT_EQ(info.query_count, expected.queries.size());
    for (size_t q = 0; q < expected.queries.size(); ++q) {
      const QueryHits& of = expected.queries[q];
      auto query = sized<sightline_query_info>();
      EXPECT_OK(sightline_hits_query(hits, q, &query, &error));
      EXPECT_EQ(query.name, of.name);
      EXPECT_EQ(query.matching, of.matching);
      ASSERT_EQ(query.hit_count, of.hits.size());
      for (size_t i = 0; i < of.hits.size(); ++i) expect_hit(hit(q, i), of.hits[i]);
    }
  }
  static void expect_hit(const sightline_hit& hit, const SearchHit& expected) {
    EXPECT_EQ(hit.rank, expected.rank);
    EXPECT_EQ(hit.similarity, expected.similarity);
    EXPECT_EQ(hit.row, expected.row);
    EXPECT_EQ(hit.id, expected.item.id);
    EXPECT_EQ(hit.caption_count, expected.item.captions.size());
    EXPECT_EQ(hit.copy_count, expected.item.copies.size());
    EXPECT_EQ(hit.duplicate_count, expected.duplicates.size());
    EXPECT_TRUE(fs::exists(hit.path)) << hit.path;
  }

  const ScratchDirectory scratch;
  const fs::path images, folder;
  sightline_error error;
  sightline_library_options options;
  OwnedLibrary library;
  OwnedChanges changes;
  OwnedHits hits;
};

TEST_F(CLibrary, IndexesUpdatesAndRemovesFolders) {
  EXPECT_OK(index());
  sightline_changes_info info = changes_info();
  EXPECT_EQ(info.files, 7);
  EXPECT_EQ(info.encoded, 5);
  EXPECT_EQ(info.failed, 1);
  ASSERT_EQ(info.failure_count, 1u);
  auto failure = sized<sightline_failure>();
  EXPECT_OK(sightline_changes_failure(changes, 0, &failure, &error));
  EXPECT_NE(std::string(failure.id).find("broken.jpg"), std::string::npos);
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "failure 1",
               sightline_changes_failure(changes, 1, &failure, &error));
  const char* warning = nullptr;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "warning 0",
               sightline_changes_warning(changes, info.warning_count, &warning, &error));
  fs::remove(images / "tall.jpg");
  EXPECT_OK(sightline_library_update(library, shared_model(), nullptr, nullptr, nullptr,
                                     changes.out(), &error));
  EXPECT_EQ(changes_info().removed, 1);
  EXPECT_OK(sightline_library_remove(library, images.c_str(), changes.out(), &error));
  EXPECT_EQ(changes_info().removed, 6);
  EXPECT_FAILS(SIGHTLINE_NOT_FOUND, images.string(),
               sightline_library_remove(library, images.c_str(), changes.out(), &error));
  EXPECT_EQ(static_cast<sightline_changes*>(changes), nullptr);
}

TEST_F(CLibrary, StateEqualsThatOfTheLibrary) {
  EXPECT_OK(index());
  const LibraryInfo expected = Library(folder).info();
  OwnedState state;
  EXPECT_OK(sightline_library_get_state(library, state.out(), &error));
  auto info = sized<sightline_library_info>();
  EXPECT_OK(sightline_library_state_info(state, &info, &error));
  EXPECT_EQ(info.path, expected.path.string());
  EXPECT_EQ(info.uuid, expected.uuid);
  EXPECT_EQ(info.created, expected.created);
  EXPECT_EQ(info.files, 7);
  EXPECT_EQ(info.images, expected.images);
  EXPECT_EQ(info.rows, 0);
  EXPECT_EQ(info.captions, expected.captions);
  EXPECT_EQ(info.size_bytes, expected.size_bytes);
  ASSERT_EQ(info.model_count, 1u);
  ASSERT_EQ(info.root_count, 1u);
  ASSERT_EQ(info.failure_count, 1u);
  auto model = sized<sightline_library_model>();
  EXPECT_OK(sightline_library_state_model(state, 0, &model, &error));
  EXPECT_EQ(model.name, expected.models[0].name);
  EXPECT_EQ(model.spec, model_folder().lexically_normal().string());
  EXPECT_EQ(model.fingerprint, expected.models[0].provenance.fingerprint);
  EXPECT_EQ(model.dim, shared_dim());
  EXPECT_EQ(model.vectors, 5);
  EXPECT_EQ(model.active, 1);
  EXPECT_EQ(model.half_precision, 0);
  const char* root = nullptr;
  EXPECT_OK(sightline_library_state_root(state, 0, &root, &error));
  EXPECT_EQ(root, expected.roots[0].path.string());
  auto failure = sized<sightline_failure>();
  EXPECT_OK(sightline_library_state_failure(state, 0, &failure, &error));
  EXPECT_NE(std::string(failure.reason).find("broken.jpg"), std::string::npos) << failure.reason;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "model 1",
               sightline_library_state_model(state, 1, &model, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "root 1",
               sightline_library_state_root(state, 1, &root, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "failure 1",
               sightline_library_state_failure(state, 1, &failure, &error));
  info.struct_size = 1;
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "sightline_library_info",
               sightline_library_state_info(state, &info, &error));
}

TEST_F(CLibrary, SearchesAsTheLibrary) {
  EXPECT_OK(index());
  OwnedModel model;
  EXPECT_OK(sightline_library_load_model(library, nullptr, nullptr, model.out(), &error));
  const std::string image = "image:" + image_file("tall.jpg").string();
  const std::vector<const char*> queries = {"a red heart -cat", image.c_str()};
  EXPECT_OK(search(queries, model));
  const Library own(folder);
  const Model loaded = Model::load(model_folder(), model_options_of(own.model()));
  std::vector<Query> parsed;
  for (const char* query : queries) {
    parsed.push_back(parse_query(query));
    read_query_images(parsed.back());
  }
  const auto collection = own.collection();
  const NullModel null_model = library_null_model(own, *collection, loaded);
  CollectionSearchOptions with;
  with.null_model = &null_model;
  expect_hits(search_collection(*collection, loaded, parsed, with));
  EXPECT_EQ(fs::path(hit(1, 0).path).filename(), "tall.jpg");
  auto query = sized<sightline_query_info>();
  EXPECT_OK(sightline_hits_query(hits, 0, &query, &error));
  EXPECT_EQ(query.judged, 1);
  EXPECT_EQ(query.verdict, SIGHTLINE_VERDICT_UNKNOWN);  // five images are too few
  EXPECT_OK(sightline_hits_query(hits, 1, &query, &error));
  EXPECT_EQ(query.judged, 0);
}

TEST_F(CLibrary, OptionsOfSearches) {
  EXPECT_OK(index());
  sightline_search_options with;
  EXPECT_OK(sightline_search_options_init(&with, sizeof with, &error));
  const char* templates[] = {"a photo of a {}", "a drawing of a {}"};
  with.k = 2;
  with.offset = 1;
  with.judge = with.correction = 0;
  with.templates = templates;
  with.template_count = 2;
  with.literal = 1;
  with.diversity = 0.5;
  EXPECT_OK(search({"cat -dog"}, shared_model(), &with));
  const Query query = text_query("cat -dog");
  const Model loaded = Model::load(model_folder());
  expect_hits(search_collection(*Library(folder).collection(), loaded, {&query, 1},
                                {.k = 2,
                                 .offset = 1,
                                 .templates = {"a photo of a {}", "a drawing of a {}"},
                                 .diversity = 0.5}));
  EXPECT_EQ(hit(0, 0).rank, 2);
  EXPECT_EQ(hit(0, 0).judged, 0);
}

TEST_F(CLibrary, FiltersNeedNoModel) {
  EXPECT_OK(index());
  EXPECT_OK(search({"name:odd*,same*"}, nullptr));
  const sightline_hit found = hit(0, 0);
  EXPECT_EQ(found.similarity, 0);
  ASSERT_EQ(found.copy_count, 1u);
  const char* text = nullptr;
  EXPECT_OK(sightline_hits_copy(hits, 0, 0, 0, &text, &error));
  EXPECT_NE(std::string(text).find("same.jpg"), std::string::npos);
  EXPECT_OK(sightline_hits_field(hits, 0, 0, "width", &text, &error));
  ASSERT_NE(text, nullptr);
  EXPECT_GT(std::stoi(text), 0);
  EXPECT_OK(sightline_hits_field(hits, 0, 0, "no such field", &text, &error));
  EXPECT_EQ(text, nullptr);
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "copy 1",
               sightline_hits_copy(hits, 0, 0, 1, &text, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "caption",
               sightline_hits_caption(hits, 0, 0, found.caption_count, &text, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "query 1",
               sightline_hits_copy(hits, 1, 0, 0, &text, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "hit 1",
               sightline_hits_copy(hits, 0, 1, 0, &text, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "warning 0",
               sightline_hits_warning(hits, 0, &text, &error));
  auto duplicate = sized<sightline_hit>();
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "duplicate 0",
               sightline_hits_duplicate(hits, 0, 0, 0, &duplicate, &error));
}

TEST_F(CLibrary, NearDuplicatesAreFoldedAndCaptionsRead) {
  // Other bytes, the same pixels: content after the end of a JPEG file is ignored.
  fs::copy(image_file("odd.jpg"), images / "again.jpg");
  std::ofstream(images / "again.jpg", std::ios::app | std::ios::binary) << "tail";
  EXPECT_OK(index());
  sightline_search_options with;
  EXPECT_OK(sightline_search_options_init(&with, sizeof with, &error));
  with.group = 1;
  const std::string image = "image:" + image_file("odd.jpg").string();
  EXPECT_OK(search({image.c_str()}, shared_model(), &with));
  ASSERT_EQ(hit(0, 0).duplicate_count, 1u);
  auto duplicate = sized<sightline_hit>();
  EXPECT_OK(sightline_hits_duplicate(hits, 0, 0, 0, &duplicate, &error));
  EXPECT_EQ(duplicate.similarity, hit(0, 0).similarity);
  EXPECT_NE(duplicate.row, hit(0, 0).row);
  EXPECT_NE(duplicate.key, hit(0, 0).key);
  EXPECT_TRUE(fs::exists(duplicate.path));
}

TEST_F(CLibrary, SearchErrors) {
  EXPECT_FAILS(SIGHTLINE_NOT_FOUND, "no vectors yet", search({"a cat"}, shared_model()));
  EXPECT_OK(index());
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "query", search({}, shared_model()));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "column", search({"before:yesterday"}, shared_model()));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "model", search({"a cat"}, nullptr));
  EXPECT_FAILS(SIGHTLINE_NOT_FOUND, "none.jpg", search({"image:none.jpg"}, shared_model()));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'queries[0]' is NULL",
               search({nullptr}, shared_model()));
  sightline_search_options with;
  const auto expect_invalid = [&](const char* part, auto change) {
    EXPECT_OK(sightline_search_options_init(&with, sizeof with, &error));
    change();
    EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, part, search({"a cat"}, shared_model(), &with));
  };
  expect_invalid("0 hits per query", [&] { with.k = 0; });
  expect_invalid("'scan'", [&] { with.scan = 7; });
  expect_invalid("offset", [&] { with.offset = -1; });
  expect_invalid("diversity", [&] { with.diversity = 1; });
  expect_invalid("'judge'", [&] { with.judge = 2; });
  expect_invalid("'group'", [&] { with.group = -1; });
  expect_invalid("'literal'", [&] { with.literal = 5; });
  expect_invalid("'correction'", [&] { with.correction = 5; });
  expect_invalid("'templates' is NULL", [&] { with.template_count = 1; });
  with.struct_size = 12;
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "struct_size", search({"a cat"}, shared_model(), &with));
  EXPECT_EQ(static_cast<sightline_hits*>(hits), nullptr);
}

TEST_F(CLibrary, OpenErrors) {
  OwnedLibrary other;
  EXPECT_FAILS(
      SIGHTLINE_NOT_FOUND, "nowhere",
      sightline_library_open((scratch.path() / "nowhere").c_str(), nullptr, other.out(), &error));
  options.create = 3;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "'create' is 3",
               sightline_library_open(folder.c_str(), &options, other.out(), &error));
  options.struct_size = 0;
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "struct_size",
               sightline_library_open(folder.c_str(), &options, other.out(), &error));
  OwnedModel model;
  EXPECT_FAILS(SIGHTLINE_NOT_FOUND, "no vectors yet",
               sightline_library_load_model(library, nullptr, nullptr, model.out(), &error));
  EXPECT_OK(index());
  EXPECT_FAILS(SIGHTLINE_NOT_FOUND, "another",
               sightline_library_load_model(library, "another", nullptr, model.out(), &error));
}

TEST_F(CLibrary, IndexingOptionsAndErrors) {
  sightline_indexing_options with;
  EXPECT_OK(sightline_indexing_options_init(&with, sizeof with, &error));
  const char* exclude[] = {"*.jpg"};
  with.exclude = exclude;
  with.exclude_count = 1;
  with.half_precision = 1;
  EXPECT_OK(index(&with));
  EXPECT_EQ(changes_info().files, 3);
  EXPECT_EQ(Library(folder).model().stored, StoredVectors::fp16);
  with.batch_size = 0;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "batch size", index(&with));
  with.batch_size = 1;
  with.reserved = 1;
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "reserved", index(&with));
  with.struct_size = 1;
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "struct_size", index(&with));
  const char* none = "no/such/folder";
  EXPECT_FAILS(SIGHTLINE_NOT_FOUND, none,
               sightline_library_index(library, shared_model(), &none, 1, nullptr, nullptr, nullptr,
                                       changes.out(), &error));
}

TEST_F(CLibrary, AnotherWriterIsAnErrorOrWaitedFor) {
  EXPECT_OK(index());
  {
    const LibraryWriter writer(folder, {.purpose = "another program"});
    EXPECT_FAILS(SIGHTLINE_IO, "another program", index());
  }
  options.wait = 1;
  EXPECT_OK(sightline_library_open(folder.c_str(), &options, library.out(), &error));
  auto writer = std::make_unique<LibraryWriter>(folder);
  std::thread end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    writer.reset();
  });
  EXPECT_OK(index());
  end.join();
}

TEST_F(CLibrary, CancelledWorkContinues) {
  const char* path = images.c_str();
  const auto cancel = [](const sightline_progress*, void*) -> int32_t { return 1; };
  EXPECT_FAILS(SIGHTLINE_CANCELLED, "cancelled by the caller",
               sightline_library_index(library, shared_model(), &path, 1, nullptr, cancel, nullptr,
                                       changes.out(), &error));
  EXPECT_OK(index());
  const char* query = "a cat";
  EXPECT_FAILS(SIGHTLINE_CANCELLED, "cancelled by the caller",
               sightline_library_search(library, shared_model(), &query, 1, nullptr, cancel,
                                        nullptr, hits.out(), &error));
}

}  // namespace
}  // namespace sightline::test
