#include "text/tokenizers/merge_recovery.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include "expect_error.h"

namespace sightline {
namespace {

std::vector<std::string> with_symbols(std::vector<std::string> merged) {
  std::vector<std::string> tokens = {"a", "b", "c", "a</w>", "b</w>", "c</w>"};
  tokens.insert(tokens.end(), merged.begin(), merged.end());
  return tokens;
}

TEST(MergeRecovery, SplitsATokenWhereEarlierMergesLeaveTwoParts) {
  const auto tokens =
      with_symbols({"bc", "abc", "bc</w>", "aa", "aaa", "abc</w>", "<|endoftext|>"});
  const MergeList expected = {{"b", "c"}, {"a", "bc"}, {"b", "c</w>"},
                              {"a", "a"}, {"aa", "a"}, {"a", "bc</w>"}};
  EXPECT_EQ(recover_merges(tokens, "x"), expected);
  // The same token of other parts, in another order.
  const auto other = with_symbols({"ab", "abc"});
  EXPECT_EQ(recover_merges(other, "x"), (MergeList{{"a", "b"}, {"ab", "c"}}));
}

// "aa", "aaaa" and so on: 2^count of "a" at the end.
std::vector<std::string> powers_of_a(int count) {
  std::vector<std::string> tokens;
  for (int i = 1; i <= count; ++i) tokens.emplace_back(size_t{1} << i, 'a');
  return tokens;
}

TEST(MergeRecovery, OtherOrdersAreErrors) {
  using test::expect_error;
  expect_error(ErrorCode::invalid_data, "x: the vocabulary has no merges, and they do not follow",
               [] {
                 recover_merges(with_symbols({"abc", "bc"}), "x");
               });
  expect_error(ErrorCode::invalid_data, "token 'abc' is made of 3 tokens before it, expected 2",
               [] {
                 recover_merges(with_symbols({"abc", "bc"}), "x");
               });
  // A token that is already the result of a merge.
  expect_error(ErrorCode::invalid_data, "token 'ab' is made of 1 tokens before it", [] {
    recover_merges(with_symbols({"ab", "ab"}), "x");
  });
  expect_error(ErrorCode::invalid_data, "token 'ad' has the symbol 'd', which is no token",
               [] { recover_merges(with_symbols({"ad"}), "x"); });
  EXPECT_EQ(recover_merges(with_symbols(powers_of_a(10)), "x").size(), 10u);
  expect_error(ErrorCode::limit_exceeded, "has 2048 bytes, expected at most 1024",
               [] { recover_merges(with_symbols(powers_of_a(11)), "x"); });
}

}  // namespace
}  // namespace sightline
