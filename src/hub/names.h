// Names of repositories: which are valid, and which stand for others.
#pragma once

#include <sightline/hub.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::hub {

// The repositories of a short name ("RN50", "baseline"); empty where it is none.
std::vector<RepoName> alias_repos(std::string_view name);

// The short name of a repository that has one of its own.
std::optional<std::string> alias_of(std::string_view id);

// "org/name" or "name", with "@revision" behind it or not; none where the text cannot be one.
// The rules for ids are the Hub's: letters, digits, '-', '_', '.', at most 96 characters, no "--",
// no "..", no '-' or '.' at either end of a part.
std::optional<RepoName> parse_repo(std::string_view text, RepoKind kind);

const char* kind_name(RepoKind kind);  // "model", "dataset"

// Throws invalid_data where a path of an answer could leave the folder it is put under, or cannot
// be a file: empty, absolute, "." or ".." as a part, NUL or control characters, backslashes, parts
// beyond 255 bytes, 1024 in all.
void check_repo_path(const std::string& path, const std::string& where);

}  // namespace sightline::hub
