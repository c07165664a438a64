#include "data/readers/exclude_patterns.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstdint>

namespace sightline {
namespace {

[[noreturn]] void fail(const std::string& pattern, const char* problem) {
  throw Error(ErrorCode::invalid_argument, "the exclude pattern '", pattern, "' ", problem);
}

}  // namespace

const std::vector<std::string>& ExcludePatterns::defaults() {
  static const std::vector<std::string> patterns = {
      "@eaDir/",       "#recycle/",     "@Recycle/",   "#snapshot/",        // network storage
      ".thumbnails/",  "__MACOSX/",     "._*",         ".Spotlight-V100/",  //
      "$RECYCLE.BIN/", "$Recycle.Bin/", "RECYCLER/",   "System Volume Information/",
      ".Trash*/",      ".trashed-*",    "lost+found/",  // deleted files
      "node_modules/", ".git/",         "__pycache__/"};
  return patterns;
}

ExcludePatterns::ExcludePatterns(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : defaults()) rules_.push_back(compile(pattern));
  for (const std::string& pattern : patterns) rules_.push_back(compile(pattern));
}

// "[a-z]" or "[!a-z]"; `at` is after the '['.
ExcludePatterns::Token ExcludePatterns::compile_set(std::string_view pattern, size_t& at) {
  Token token{Token::Kind::set, 0, std::vector<bool>(256)};
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  at += negated ? 1 : 0;
  const auto take = [&] {
    at += at + 1 < pattern.size() && pattern[at] == '\\' ? 1 : 0;
    return static_cast<uint8_t>(pattern[at++]);
  };
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    const uint8_t low = take();
    uint8_t high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      ++at;
      high = take();
    }
    for (unsigned byte = low; byte <= high; ++byte) token.set[byte] = true;
  }
  if (at >= pattern.size()) fail(std::string(pattern), "has a '[' without a ']'");
  ++at;
  if (negated) token.set.flip();
  token.set['/'] = false;
  return token;
}

ExcludePatterns::Rule ExcludePatterns::compile(const std::string& pattern) {
  Rule rule;
  std::string_view rest = pattern;
  rule.includes = rest.starts_with('!');
  rest.remove_prefix(rule.includes ? 1 : 0);
  rule.folders_only = rest.ends_with('/');
  while (rest.ends_with('/')) rest.remove_suffix(1);
  rule.anchored = rest.find('/') != rest.npos;
  while (rest.starts_with('/')) rest.remove_prefix(1);
  if (rest.empty()) fail(pattern, "is empty");
  for (size_t at = 0; at < rest.size();) {
    const char c = rest[at++];
    const bool begins_name = at == 1 || rest[at - 2] == '/';
    const std::string_view after = rest.substr(at);
    if (c == '*' && begins_name && after.starts_with("*/")) {  // any number of folders
      rule.tokens.push_back({Token::Kind::folders, 0, {}});
      at += 2;
    } else if (c == '*' && begins_name && after == "*") {  // everything below
      rule.tokens.push_back({Token::Kind::folders, 0, {}});
      rule.tokens.push_back({Token::Kind::star, 0, {}});
      ++at;
    } else if (c == '*') {
      rule.tokens.push_back({Token::Kind::star, 0, {}});
    } else if (c == '?') {
      rule.tokens.push_back({Token::Kind::any, 0, {}});
    } else if (c == '[') {
      rule.tokens.push_back(compile_set(rest, at));
    } else if (c == '\\') {
      if (after.empty()) fail(pattern, "ends in an escaping backslash");
      rule.tokens.push_back({Token::Kind::literal, rest[at++], {}});
    } else {
      rule.tokens.push_back({Token::Kind::literal, c, {}});
    }
  }
  return rule;
}

// Follows all ways to match at once, so that the time is the product of both lengths at most.
bool ExcludePatterns::matches(const std::vector<Token>& tokens, std::string_view text) {
  using Kind = Token::Kind;
  std::vector<bool> now(tokens.size() + 1), next;
  // Marks a position in the pattern, and those that follow it without consuming a byte.
  const auto mark = [&](std::vector<bool>& positions, size_t i) {
    for (; !positions[i]; ++i) {
      positions[i] = true;
      if (i == tokens.size() || (tokens[i].kind != Kind::star && tokens[i].kind != Kind::folders))
        return;
    }
  };
  mark(now, 0);
  for (const char c : text) {
    next.assign(now.size(), false);
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (!now[i]) continue;
      const Token& token = tokens[i];
      switch (token.kind) {
        case Kind::star:
          if (c != '/') mark(next, i);
          break;
        case Kind::folders:  // ends after a '/' only
          if (c == '/') mark(next, i);
          if (c != '/') next[i] = true;
          break;
        case Kind::any:
          if (c != '/') mark(next, i + 1);
          break;
        case Kind::set:
          if (token.set[static_cast<uint8_t>(c)]) mark(next, i + 1);
          break;
        case Kind::literal:
          if (c == token.literal) mark(next, i + 1);
          break;
      }
    }
    now.swap(next);
  }
  return now[tokens.size()];
}

bool ExcludePatterns::excludes(std::string_view path, bool is_folder) const {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->folders_only && !is_folder) continue;
    if (matches(rule->tokens, rule->anchored ? path : name)) return !rule->includes;
  }
  return false;
}

}  // namespace sightline
