#include "base/shell.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace sightline {
namespace {

TEST(Shell, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(shell_word("--dataset"), "--dataset");
  EXPECT_EQ(shell_word("models/emoji-vit-8"), "models/emoji-vit-8");
  EXPECT_EQ(shell_word("a red heart"), "'a red heart'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("~"), "'~'");
  EXPECT_EQ(shell_word("写真"), "'写真'");
  EXPECT_EQ(shell_word("a\nb\xff'"), "$'a\\012b\\377\\''");
}

// Returns the words as bash reads them, each followed by '|'.
std::string printed_by_bash(const std::string& words) {
  FILE* pipe = ::popen(("exec bash -c " + shell_word("printf '%s|' " + words)).c_str(), "r");
  std::string output;
  for (int c; pipe != nullptr && (c = std::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
  if (pipe != nullptr) ::pclose(pipe);
  return output;
}

TEST(Shell, ReadsTheSameWords) {
  const std::vector<std::string> words = {"a  b",
                                          "$HOME `id` \"x\"",
                                          "it's",
                                          "\\n",
                                          "new\nline\t1",
                                          "*?[a]",
                                          "!x",
                                          "\xff\x7f"
                                          "7"};
  std::string expected;
  for (const std::string& word : words) expected += word + "|";
  EXPECT_EQ(printed_by_bash(shell_command(words)), expected);
}

TEST(Shell, KnowsTheArgumentsOfThisProcess) {
  const std::vector<std::string> words = process_arguments();
  ASSERT_FALSE(words.empty());
  EXPECT_NE(words[0].find("test_base"), std::string::npos);
}

}  // namespace
}  // namespace sightline
