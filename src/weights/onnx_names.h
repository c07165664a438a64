// Finds the names that the parameters of an ONNX model had before it was exported.
#pragma once

#include "weights/onnx.h"

namespace sightline {

// Adds to the entries of the file:
//   initializers that kept the name of a parameter ("text_model.final_layer_norm.bias")
//   the weights of a MatMul whose result is added to such a bias, or whose node has the path of a
//   module for a name ("/text_projection/MatMul"); transposed to (out, in)
//   parameters that the exporter replaced by equal ones of another module, by the path of the node
//   that reads them
void add_onnx_names(OnnxFile& file);

// The tensor with its two axes exchanged.
TensorEntry transposed(const TensorEntry& matrix);

}  // namespace sightline
