#include "hub/names.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/text.h"
#include "hub/text.h"

namespace sightline {
namespace hub {
namespace {

struct Alias {
  const char* name;
  const char* id;
};

// The names of clip.available_models(). OpenAI has not published the ResNets on the Hub; these are
// the repositories of OpenCLIP's "openai" weights.
constexpr Alias kAliases[] = {
    {"RN50", "timm/resnet50_clip.openai"},
    {"RN101", "timm/resnet101_clip.openai"},
    {"RN50x4", "timm/resnet50x4_clip.openai"},
    {"RN50x16", "timm/resnet50x16_clip.openai"},
    {"RN50x64", "timm/resnet50x64_clip.openai"},
    {"ViT-B/32", "openai/clip-vit-base-patch32"},
    {"ViT-B/16", "openai/clip-vit-base-patch16"},
    {"ViT-L/14", "openai/clip-vit-large-patch14"},
    {"ViT-L/14@336px", "openai/clip-vit-large-patch14-336"},
    // Text tower, then image tower.
    {"baseline", "google-bert/bert-base-uncased"},
    {"baseline", "timm/resnet50.tv_in1k"},
};

bool is_id_part(std::string_view part) {
  if (part.empty()) return false;
  const auto inner = [](char c) { return c == '-' || c == '.'; };
  return !inner(part.front()) && !inner(part.back()) && std::ranges::all_of(part, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool is_id(std::string_view id) {
  if (id.size() > 96 || id.find("--") != id.npos || id.find("..") != id.npos ||
      id.ends_with(".git")) {
    return false;
  }
  const size_t slash = id.find('/');
  return slash == id.npos ? is_id_part(id)
                          : is_id_part(id.substr(0, slash)) && is_id_part(id.substr(slash + 1));
}

// Returns why a path is not valid, or an empty string.
std::string path_problem(const std::string& path) {
  if (path.empty()) return "is empty";
  if (path.size() > 1024)
    return "has " + std::to_string(path.size()) + " bytes, at most 1024 are allowed";
  if (path.front() == '/') return "is absolute";
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "has control characters";
    if (c == '\\') return "has a backslash";
  }
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (part.empty()) return "has an empty part";
    if (part == "." || part == "..") return "has the part '" + part + "'";
    if (part.size() > 255) return "has a part of more than 255 bytes";
    begin = end + 1;
  }
  return "";
}

}  // namespace

std::vector<RepoName> alias_repos(std::string_view name) {
  std::vector<RepoName> repos;
  for (const Alias& alias : kAliases) {
    if (name == alias.name) repos.push_back({RepoKind::model, alias.id, "main"});
  }
  return repos;
}

std::optional<std::string> alias_of(std::string_view id) {
  for (const Alias& alias : kAliases) {
    if (id == alias.id && alias_repos(alias.name).size() == 1) return alias.name;
  }
  return std::nullopt;
}

std::optional<RepoName> parse_repo(std::string_view text, RepoKind kind) {
  RepoName repo{kind, std::string(text), "main"};
  if (const size_t at = text.find('@'); at != text.npos) {
    repo.id = text.substr(0, at);
    repo.revision = text.substr(at + 1);
    if (!path_problem(repo.revision).empty()) return std::nullopt;
  }
  if (!is_id(repo.id)) return std::nullopt;
  return repo;
}

const char* kind_name(RepoKind kind) {
  return kind == RepoKind::model ? "model" : "dataset";
}

void check_repo_path(const std::string& path, const std::string& where) {
  const std::string problem = path_problem(path);
  if (problem.empty()) return;
  throw Error(ErrorCode::invalid_data, where, ": invalid file name '", printable(path), "': it ",
              problem);
}

}  // namespace hub

std::string repo_text(const RepoName& repo) {
  return std::string(repo.kind == RepoKind::model ? "model" : "data set") + " '" + repo.id +
         (repo.revision == "main" ? "" : "@" + repo.revision) + "'";
}

std::vector<RepoName> named_repos(const std::string& name, RepoKind kind) {
  if (kind == RepoKind::model) {
    if (auto repos = hub::alias_repos(name); !repos.empty()) return repos;
  }
  if (auto repo = hub::parse_repo(name, kind)) return {*repo};
  throw Error(
      ErrorCode::invalid_argument,
      "'" + printable(name) +
          "' is not a valid repository name, expected org/name or org/name@revision" +
          (kind == RepoKind::model ? ", baseline, or one of OpenAI's (RN50, ViT-B/32, ...)" : ""));
}

}  // namespace sightline
