// The tensor names of OpenAI's CLIP, which OpenCLIP uses too, and their translation to the towers'
// names. Source: openai/CLIP clip/model.py; mlfoundations/open_clip src/open_clip/model.py.
#pragma once

#include <functional>
#include <memory>

#include "models/parameter_source.h"

namespace sightline {

// Whether the checkpoint has such names, with or without "text." before those of the text tower.
bool has_openai_names(const Checkpoint& checkpoint);

// "text." where the names of the text tower have that prefix (OpenCLIP's CustomTextCLIP), else "".
std::string openai_text_prefix(const Checkpoint& checkpoint);

// The place in the file of each tensor that a CLIP tower requests.
std::function<FileTensor(const std::string& name, const Shape& shape)> openai_tensor_names(
    const Checkpoint& checkpoint);

// The checkpoint under the names that the CLIP towers ask for (transformers' for transformers,
// "visual." for a ModifiedResNet). Buffers that no tower needs (attn_mask, num_batches_tracked,
// OpenAI's input_resolution, context_length, vocab_size) are ignored. `checkpoint` must outlive it.
std::unique_ptr<ParameterSource> openai_parameters(const Checkpoint& checkpoint);

}  // namespace sightline
