#include "models/head_hints.h"

#include <string_view>

#include "base/text.h"

namespace sightline {
namespace {

struct Architecture {
  std::string_view tower, name;
  TowerSizes sizes;
};

// Sizes that determine the number of heads. Not here: sizes that published models have with several
// numbers of heads (384 wide, 12 layers: MiniLM 12, ViT-S 6).
// Source: openai/CLIP clip/model.py; mlfoundations/open_clip src/open_clip/model_configs;
// transformers' configs of BERT.
constexpr Architecture kArchitectures[] = {
    {"image", "ViT-B", {768, 12, 3072, 12}},
    {"image", "ViT-L", {1024, 24, 4096, 16}},
    {"image", "ViT-H", {1280, 32, 5120, 16}},
    {"image", "ViT-g", {1408, 40, 6144, 16}},
    {"image", "ViT-bigG", {1664, 48, 8192, 16}},
    {"text", "CLIP ViT-B's text tower", {512, 12, 2048, 8}},
    {"text", "BERT-base and CLIP ViT-L's text tower", {768, 12, 3072, 12}},
    {"text", "BERT-large and CLIP ViT-H's text tower", {1024, 24, 4096, 16}},
    {"text", "CLIP ViT-bigG's text tower", {1280, 32, 5120, 20}},
};

}  // namespace

void add_head_warning(const char* tower, const TowerSizes& sizes, const std::string& where,
                      std::vector<std::string>& warnings) {
  for (const Architecture& known : kArchitectures) {
    const bool same = known.tower == tower && known.sizes.width == sizes.width &&
                      known.sizes.layers == sizes.layers && known.sizes.mlp == sizes.mlp;
    if (!same || known.sizes.heads == sizes.heads) continue;
    warnings.push_back(
        "'" + where + "': the config gives the " + tower + " tower " +
        counted(sizes.heads, "head") + ", but its sizes (width " + std::to_string(sizes.width) +
        ", " + counted(sizes.layers, "layer") + ", " + std::to_string(sizes.mlp) +
        " in the feed-forward part) are those of " + std::string(known.name) + ", which has " +
        std::to_string(known.sizes.heads) +
        "; the weights cannot tell, and a wrong number of heads gives wrong vectors");
  }
}

}  // namespace sightline
