// Repository names: validation and aliases.
#pragma once

#include <sightline/hub.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::hub {

// Returns the repositories of an alias ("RN50", "baseline"); empty if the name is not an alias.
std::vector<RepoName> alias_repos(std::string_view name);

// Returns the alias that names only this repository, if there is one.
std::optional<std::string> alias_of(std::string_view id);

// Parses "org/name[@revision]" or "name[@revision]"; returns none if it is not valid. Ids follow
// the Hub's rules: letters, digits, '-', '_', '.', at most 96 characters, no "--" or "..", no
// ".git" at the end, no '-' or '.' at either end of a part.
std::optional<RepoName> parse_repo(std::string_view text, RepoKind kind);

const char* kind_name(RepoKind kind);  // "model", "dataset"

// Throws invalid_data if a path from a response could lead outside of its folder or is not a valid
// file name: empty, absolute, with "." or ".." or an empty part, control characters, backslashes,
// parts of more than 255 bytes, more than 1024 bytes in total.
void check_repo_path(const std::string& path, const std::string& where);

}  // namespace sightline::hub
