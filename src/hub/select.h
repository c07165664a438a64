// Which files of a repository this program can use.
#pragma once

#include <sightline/hub.h>

#include <string>
#include <vector>

namespace sightline::hub {

struct Selection {
  std::vector<std::string> files;  // sorted; without the shards of an index
  std::string index;               // "model.safetensors.index.json": its shards are needed too
  bool usable = false;             // a model has weights; a data set has images or tables of them
};

// A model: configs, tokenizer, and one set of weights, of the folder itself. The best of:
// open_clip_model.safetensors (with open_clip_config.json), model.safetensors, its shards, another
// single .safetensors; only where there is none of these the same of PyTorch's (.bin, .pt, .pth).
// A data set: its parquet files; without any, its tar shards with the small files beside them;
// without any, images and what describes them (.jsonl, .json, .csv, .tsv, .txt).
Selection select_files(const std::vector<std::string>& paths, RepoKind kind);

// The files that an index of shards names, sorted. Throws invalid_data.
std::vector<std::string> shards_of(const std::string& index_json, const std::string& where);

}  // namespace sightline::hub
