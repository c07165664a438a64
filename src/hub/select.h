// Selects the files of a repository that this program supports.
#pragma once

#include <sightline/hub.h>

#include <string>
#include <vector>

namespace sightline::hub {

struct Selection {
  std::vector<std::string> files;  // sorted, without the shards listed in `index`
  std::string index;               // index whose shards are needed as well; empty if none
  bool usable = false;             // whether a model has weights, or a data set has images
};

// Model: from the top-level folder, configs, tokenizer files and one set of weights, the first
// available of: open_clip_model.safetensors (with open_clip_config.json), model.safetensors, its
// shards, the only other .safetensors; then the same in PyTorch's formats (.bin, .pt, .pth). With
// modules.json of sentence-transformers, the same of its modules' folders ("1_Pooling"), too.
// Without such weights, the only .gguf; or an ONNX export with its external data: immich's visual/
// and textual/, or model.onnx, else text_model.onnx with vision_model.onnx, in onnx/.
// Data set: Parquet files; if there are none, tar shards and metadata files (.jsonl, .json, .csv,
// .tsv, .txt, .token); otherwise images and metadata files.
Selection select_files(const std::vector<std::string>& paths, RepoKind kind);

// Returns the files listed in a shard index, sorted. `where` names the index in errors. Throws
// invalid_data.
std::vector<std::string> shards_of(const std::string& index_json, const std::string& where);

}  // namespace sightline::hub
