// The parameters of OpenCLIP's towers in ONNX exports that lost names.
// Source: immich-app/immich machine-learning/export (the exports); mlfoundations/open_clip
// src/open_clip/transformer.py (the order of the parameters in the graph).
#pragma once

#include <optional>

#include "ops/activation.h"
#include "weights/onnx.h"

namespace sightline {

// Adds OpenCLIP's names by the order in which the graph of one tower of a CLIP uses its parameters:
// one convolution or table of tokens, positions, and for each block a layer norm, two linear
// layers, a layer norm, two linear layers. Names that the file has stay. Adds nothing if the graph
// has other numbers of layers.
void add_open_clip_names(OnnxFile& file);

// The activation of the graph, which the config of an export may contradict: open_clip replaces it
// for OpenAI's weights. Nothing if it is neither QuickGELU nor GELU.
std::optional<Activation> activation_of(const OnnxFile& file);

}  // namespace sightline
