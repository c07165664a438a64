// Statuses, errors, and structs that grow.
#include "call.h"
#include "fixture.h"

#include <sightline/version.h>

#include <filesystem>
#include <new>

namespace sightline::test {
namespace {

sightline_status status_of(const std::function<void()>& body, sightline_error* error) {
  return c::guarded(error, body);
}

TEST(Statuses, HaveNamesThatEqualThoseOfTheLibrary) {
  EXPECT_STREQ(sightline_version(), kVersion);
  EXPECT_STREQ(sightline_status_name(SIGHTLINE_OK), "ok");
  EXPECT_STREQ(sightline_status_name(SIGHTLINE_OUT_OF_MEMORY), "out_of_memory");
  EXPECT_STREQ(sightline_status_name(SIGHTLINE_BUFFER_TOO_SMALL), "buffer_too_small");
  EXPECT_STREQ(sightline_status_name(-1), "unknown");
  EXPECT_STREQ(sightline_status_name(SIGHTLINE_BUFFER_TOO_SMALL + 1), "unknown");
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    const auto as = static_cast<ErrorCode>(code);
    sightline_error error;
    const auto status = status_of([&] { throw Error(as, "a message"); }, &error);
    EXPECT_EQ(sightline_status_name(status), error_code_name(as));
    EXPECT_STREQ(error.message, "a message");
  }
}

TEST(Statuses, OfOtherExceptions) {
  sightline_error error;
  EXPECT_FAILS(SIGHTLINE_OUT_OF_MEMORY, "not enough memory",
               status_of([] { throw std::bad_alloc(); }, &error));
  EXPECT_FAILS(
      SIGHTLINE_IO, "nothing here",
      status_of([] { throw fs::filesystem_error("nothing here", std::error_code()); }, &error));
  EXPECT_FAILS(SIGHTLINE_INTERNAL, "a bug",
               status_of([] { throw std::logic_error("a bug"); }, &error));
  EXPECT_FAILS(SIGHTLINE_INTERNAL, "unknown type", status_of([] { throw 1; }, &error));
  EXPECT_FAILS(SIGHTLINE_LIMIT_EXCEEDED, "do not fit",
               status_of([] { c::product(SIZE_MAX / 2, 3); }, &error));
  EXPECT_EQ(status_of([] { throw 1; }, nullptr), SIGHTLINE_INTERNAL);
}

TEST(Errors, AreSetByEveryCallAndCutAtACharacter) {
  sightline_error error;
  const std::string euros = [] {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "€";  // 3 bytes
    return text;
  }();
  EXPECT_EQ(status_of([&] { throw Error(ErrorCode::io, euros); }, &error), SIGHTLINE_IO);
  const std::string kept = error.message;
  EXPECT_EQ(kept, euros.substr(0, (sizeof error.message - 1) / 3 * 3));
  EXPECT_EQ(status_of([] {}, &error), SIGHTLINE_OK);
  EXPECT_EQ(error.status, SIGHTLINE_OK);
  EXPECT_STREQ(error.message, "");
}

template <typename T, typename Init>
void expect_sizes(Init init) {
  sightline_error error;
  T options;
  EXPECT_OK(init(&options, sizeof options, &error));
  EXPECT_EQ(options.struct_size, sizeof options);
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "struct_size", init(&options, sizeof options + 8, &error));
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "struct_size", init(&options, sizeof options - 4, &error));
  EXPECT_FAILS(SIGHTLINE_UNSUPPORTED, "struct_size", init(&options, 0, &error));
  EXPECT_FAILS(SIGHTLINE_INVALID_ARGUMENT, "NULL", init(nullptr, sizeof options, &error));
}

TEST(Structs, OfUnknownSizesAreRefused) {
  expect_sizes<sightline_model_options>(sightline_model_options_init);
  expect_sizes<sightline_encoder_options>(sightline_encoder_options_init);
  expect_sizes<sightline_index_search_options>(sightline_index_search_options_init);
  expect_sizes<sightline_library_options>(sightline_library_options_init);
  expect_sizes<sightline_indexing_options>(sightline_indexing_options_init);
  expect_sizes<sightline_search_options>(sightline_search_options_init);
}

// Programs that were compiled with the first version of a struct keep working.
TEST(Structs, OfTheFirstVersionAreKnown) {
  EXPECT_EQ(c::kSizes<sightline_failure>[0], 32u);
  EXPECT_EQ(c::kSizes<sightline_model_options>[0], 56u);
  EXPECT_EQ(c::kSizes<sightline_model_info>[0], 88u);
  EXPECT_EQ(c::kSizes<sightline_encoder_options>[0], 40u);
  EXPECT_EQ(c::kSizes<sightline_index_info>[0], 40u);
  EXPECT_EQ(c::kSizes<sightline_index_search_options>[0], 40u);
  EXPECT_EQ(c::kSizes<sightline_library_options>[0], 24u);
  EXPECT_EQ(c::kSizes<sightline_library_info>[0], 96u);
  EXPECT_EQ(c::kSizes<sightline_library_model>[0], 64u);
  EXPECT_EQ(c::kSizes<sightline_indexing_options>[0], 48u);
  EXPECT_EQ(c::kSizes<sightline_changes_info>[0], 104u);
  EXPECT_EQ(c::kSizes<sightline_search_options>[0], 88u);
  EXPECT_EQ(c::kSizes<sightline_hits_info>[0], 40u);
  EXPECT_EQ(c::kSizes<sightline_query_info>[0], 56u);
  EXPECT_EQ(c::kSizes<sightline_hit>[0], 112u);
}

// A struct of two versions: `second` was appended.
struct Grown {
  size_t struct_size;
  int64_t first;
  int64_t second;
};

}  // namespace
}  // namespace sightline::test

template <>
inline constexpr size_t sightline::c::kSizes<sightline::test::Grown>[] = {16, 24};

namespace sightline::test {
namespace {

TEST(Structs, OfOlderVersionsKeepTheirSize) {
  const Grown defaults = {sizeof(Grown), 1, 2};
  const Grown old = {16, 10, 999};  // the caller's struct ends before `second`
  EXPECT_EQ(c::read_options(&old, defaults, "Grown").first, 10);
  EXPECT_EQ(c::read_options(&old, defaults, "Grown").second, 2);
  Grown to = {16, 0, 777};
  c::write_info(&to, defaults, "Grown");
  EXPECT_EQ(to.struct_size, 16u);
  EXPECT_EQ(to.first, 1);
  EXPECT_EQ(to.second, 777);  // not the caller's memory
  to.struct_size = 24;
  c::write_info(&to, defaults, "Grown");
  EXPECT_EQ(to.second, 2);
}

}  // namespace
}  // namespace sightline::test
