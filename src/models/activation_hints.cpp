#include "models/activation_hints.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "models/layouts.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

struct Origin {
  std::string_view word;
  Activation activation;
};

// Sets of weights all of whose members have one activation. Not here: MetaCLIP 2 and DFN-2B, whose
// members differ.
constexpr std::array<Origin, 6> kOrigins = {{{"openai", Activation::quick_gelu},
                                             {"metaclip", Activation::quick_gelu},
                                             {"dfn5b", Activation::quick_gelu},
                                             {"laion2b", Activation::gelu},
                                             {"datacomp", Activation::gelu},
                                             {"commonpool", Activation::gelu}}};

// Whether the name is of a set of weights whose members differ although one of the words is in it.
bool is_mixed(const std::string& name) {
  return name.find("metaclip2") != name.npos || name.find("metaclip-2") != name.npos ||
         name.find("metaclip_2") != name.npos;
}

// The repository's name where the directory is a snapshot in the Hub's cache
// (models--org--name/snapshots/revision), else the directory's own.
std::string own_name(const fs::path& directory) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(directory, error);
  if (error) path = directory;
  const bool snapshot = path.parent_path().filename() == "snapshots";
  return (snapshot ? path.parent_path().parent_path() : path).filename().string();
}

// The origin of the weights in config.json: a name or a tag; empty where there is none.
std::string told_name(const fs::path& directory) {
  const fs::path path = directory / "config.json";
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  const auto root = parse_json(read_text_file(path, kMaxModelConfigBytes), path.string());
  if (!root.is_object()) return {};
  const auto name = root.find("_name_or_path");
  if (name != root.end() && name->is_string()) return name->get<std::string>();
  const auto pretrained = root.find("pretrained_cfg");
  if (pretrained == root.end() || !pretrained->is_object()) return {};
  const auto tag = pretrained->find("tag");
  return tag != pretrained->end() && tag->is_string() ? tag->get<std::string>() : std::string();
}

const char* name_of(Activation activation) {
  return activation == Activation::quick_gelu ? "QuickGELU" : "GELU";
}

}  // namespace

void add_activation_warning(const fs::path& directory, const std::string& config_name,
                            Activation activation, std::vector<std::string>& warnings) {
  const std::string told = told_name(directory), own = own_name(directory);
  for (const std::string& name : {told, own}) {
    const std::string text = lower(name);
    bool contradicted = false, agrees = is_mixed(text);
    for (const Origin& origin : kOrigins) {
      if (text.find(origin.word) == text.npos) continue;
      (origin.activation == activation ? agrees : contradicted) = true;
    }
    // A name with words of both kinds, such as that of a fine-tuned model, is no evidence.
    if (contradicted && !agrees) {
      warnings.push_back(
          "the weights in '" + directory.string() + "' are named '" + name +
          "', and those were trained with " +
          name_of(activation == Activation::gelu ? Activation::quick_gelu : Activation::gelu) +
          ", but " + config_name + " says " + name_of(activation) +
          ": with the wrong one vectors look plausible and are wrong");
    }
    if (contradicted || agrees) return;
  }
}

}  // namespace sightline
