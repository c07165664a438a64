// The activations that follow a linear layer or a convolution.
#pragma once

namespace sightline {

enum class Activation {
  none,
  gelu,        // x * Phi(x), by the error function
  gelu_tanh,   // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))): SigLIP's
  quick_gelu,  // x * sigmoid(1.702 x)
  silu,        // x * sigmoid(x): of gated layers (SwiGLU)
  relu,        // max(x, 0)
  relu6,       // min(max(x, 0), 6)
};

// "gelu_tanh": as in ModelInfo::activation.
const char* activation_name(Activation activation);

}  // namespace sightline
