// Writes a model with other weights in the layout that it was read in.
#pragma once

#include <filesystem>
#include <vector>

#include "models/model_source.h"
#include "weights/weights_file.h"

namespace sightline {

// New values, host f32, under the names that the towers ask for (transformers' for transformers) or
// those of stacked layers. A pair's towers are in different files.
struct TowerTensors {
  std::vector<NamedTensor> image, text;
  std::vector<NamedTensor> shared;  // logit_scale
};

// Whether write_in_layout() may write a file of this name at the top of a directory.
bool is_model_file(const std::string& name);

// Writes a copy of the model's files to `directory`: configs, tokenizer, licence, and the weights
// with these tensors replaced. Others are copied bit for bit. Names, shapes and number types are
// the original's; a tensor without a changed element keeps its bytes. Files are copies, not links.
//   transformers, sentence-transformers, timm, OpenCLIP   the same files; shards stay shards.
//       Weights in another format than safetensors become model.safetensors, in OpenCLIP's layout
//       open_clip_model.safetensors
//   OpenAI's .pt         a directory in OpenCLIP's layout, without the buffers of the sizes
//   torchvision's .pth   a file of the same name in safetensors
//   a pair               image/, text/ and pair.json
//   MODEL+ADAPTER        MODEL; `tensors` must have every weight with an addition
// Returns the paths of the written files, relative to the directory.
// Throws io, not_found; internal for a tensor that the model does not have.
std::vector<std::filesystem::path> write_in_layout(const ModelSource& source,
                                                   const TowerTensors& tensors,
                                                   const std::filesystem::path& directory);

// Throws unsupported for a weight that write_in_layout() could not write so that it is read again:
// one that the towers compute from several tensors of the files, such as a layer with a scale of
// its own, or CoCa's table of tokens with the class token. `tensors`: values that are those of the
// files, or the files' with the additions of an adapter. Writes nothing.
void require_in_layout(const ModelSource& source, const TowerTensors& tensors);

// Whether a parameter of the towers, perhaps a stacked one, has an addition of MODEL+ADAPTER: it
// differs from the files' from the start, and must be written.
bool has_addition(const ModelSource& source, const std::string& parameter);

// Throws unsupported if the model, or one of a pair, has a layout that is not written: GGUF and
// ONNX.
void require_writable_layout(const ModelSource& source);

// Throws invalid_data where write_in_layout() would: a value is outside the range of its tensor's
// number type in the files. Writes nothing.
void check_in_layout(const ModelSource& source, const TowerTensors& tensors);

}  // namespace sightline
