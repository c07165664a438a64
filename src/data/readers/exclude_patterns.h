// Patterns of files and folders that a walk leaves out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Patterns as in .gitignore:
//   *  ?  [a-z]  [!a-z]   match within one name; ** matches any number of folders; \ escapes
//   a pattern without '/' (except at its end) matches a name at any depth; another one matches the
//   path relative to the root
//   a '/' at the end matches folders only; a '!' at the beginning includes what an earlier pattern
//   excludes
// The last pattern that matches counts. What is in an excluded folder is not visited.
class ExcludePatterns {
 public:
  // The patterns of folders that other programs fill with copies and thumbnails, such as @eaDir,
  // followed by `patterns`. Throws invalid_argument for an empty or incomplete pattern.
  explicit ExcludePatterns(const std::vector<std::string>& patterns);

  // `path`: relative to the root of the walk, separated by '/', without one at its end.
  bool excludes(std::string_view path, bool is_folder) const;

  // The default patterns.
  static const std::vector<std::string>& defaults();

 private:
  // A token of a compiled pattern.
  struct Token {
    enum class Kind { literal, any, set, star, folders };
    Kind kind = Kind::literal;
    char literal = 0;
    std::vector<bool> set;  // by byte
  };
  struct Rule {
    std::vector<Token> tokens;
    bool includes = false, folders_only = false, anchored = false;
  };
  static Rule compile(const std::string& pattern);
  static Token compile_set(std::string_view pattern, size_t& at);
  static bool matches(const std::vector<Token>& tokens, std::string_view text);

  std::vector<Rule> rules_;
};

}  // namespace sightline
