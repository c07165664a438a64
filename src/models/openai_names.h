// The tensor names of OpenAI's CLIP, which OpenCLIP has taken over, and where a tower's tensors are
// among them.
// Source: openai/CLIP clip/model.py; mlfoundations/open_clip src/open_clip/model.py.
#pragma once

#include <memory>

#include "models/parameter_source.h"

namespace sightline {

// Whether the checkpoint has such names, with or without "text." before those of the text tower.
bool has_openai_names(const Checkpoint& checkpoint);

// "text." where the text tower's tensors have it before their names (OpenCLIP's CustomTextCLIP).
std::string openai_text_prefix(const Checkpoint& checkpoint);

// The checkpoint under the names that the CLIP towers ask for (transformers' for transformers,
// "visual." for a ModifiedResNet). Buffers that no tower needs (attn_mask, num_batches_tracked,
// OpenAI's input_resolution, context_length, vocab_size) are ignored. `checkpoint` must outlive it.
std::unique_ptr<ParameterSource> openai_parameters(const Checkpoint& checkpoint);

}  // namespace sightline
