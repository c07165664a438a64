// The libtorch backend: autograd for training, CUDA where libtorch has it, and the independent
// oracle that the cpu backend is tested against. Lives in the plugin libsightline_torch.so.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ops/ops.h"
#include "ops/sequence_offsets.h"

namespace sightline {

struct TorchParameter {
  std::string name;
  at::Tensor value;  // a leaf; requires_grad when training
};

class TorchLinear;  // a linear layer's weights

// The sizes of a linear layer that a model made.
struct TorchLayer {
  std::string name;
  int64_t out_features = 0, in_features = 0;
};

class TorchOps : public Ops {
 public:
  // training: parameters are leaves that require gradients and operations are recorded.
  // Throws unsupported for a device that this libtorch or machine does not have.
  TorchOps(const OpsOptions& options, bool training);

  std::string_view name() const override { return "torch"; }
  Precision precision() const override { return Precision::fp32; }

  Tensor from_host(const Tensor& host) override;
  Tensor to_host(const Tensor& tensor) override;
  Tensor parameter(const std::string& name, const Tensor& host) override;
  Linear linear_weights(const std::string& name, const Tensor& weight, const Tensor& bias,
                        LayerPrecision layer_precision = LayerPrecision::any) override;
  Tensor linear(const Tensor& x, const Linear& weights, Activation activation,
                const Tensor& residual, OutputType output = OutputType::f32) override;
  Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float eps,
                    OutputType output = OutputType::f32) override;
  Tensor rms_norm(const Tensor& x, const Tensor& gamma, float eps,
                  OutputType output = OutputType::f32) override;
  Tensor multiply(const Tensor& x, const Tensor& y) override;
  Tensor add(const Tensor& x, const Tensor& y) override;
  Tensor rotate(Tensor qkv, int64_t heads, const Tensor& cosines, const Tensor& sines,
                RotaryPairs pairs, SequenceOffsets offsets = {}) override;
  Convolution convolution_weights(const std::string& name, const std::string& norm_name,
                                  const ConvolutionSpec& spec) override;
  Tensor attention(const Tensor& qkv, int64_t heads, bool causal,
                   SequenceOffsets offsets = {}) override;
  Tensor biased_attention(const Tensor& qkv, int64_t heads, const Tensor& bias, float scale,
                          SequenceOffsets offsets = {}) override;
  Tensor single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads,
                                SequenceOffsets offsets = {}) override;
  AttentionPool2d attention_pool_2d_weights(const std::string& name, const Tensor& weight,
                                            const Tensor& bias, int64_t heads) override;
  Tensor attention_pool_2d(const Tensor& q, const Tensor& x,
                           const AttentionPool2d& weights) override;
  Tensor nchw_to_nhwc(const Tensor& pixels) override;
  Tensor convolution(const Tensor& x, const Convolution& weights, Activation activation,
                     Tensor residual) override;
  Tensor average_pool(const Tensor& x, int64_t side) override;
  Tensor max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding) override;
  Tensor mean_pool(const Tensor& x, SequenceOffsets offsets = {}) override;
  Tensor patch_embed(Tensor pixels, const Linear& patch, int64_t patch_size) override;
  Tensor add_class_and_positions(const Tensor& patches, const Tensor& class_token,
                                 const Tensor& positions) override;
  Tensor embed_tokens(const Tensor& ids, const Tensor& table, const Tensor& positions,
                      SequenceOffsets offsets) override;
  Tensor gather_rows(const Tensor& x, std::span<const int32_t> rows) override;
  bool recomputes_layers() const override;
  Tensor recomputed(const Tensor& x, const std::function<Tensor(const Tensor&)>& fn) override;

  // Every parameter in the order in which the model asked for it.
  const std::vector<TorchParameter>& parameters() const { return parameters_; }
  // State without gradients: NAME.running_mean and NAME.running_var of each batch norm.
  const std::vector<TorchParameter>& buffers() const { return buffers_; }
  // Whether batch norms use each batch's own statistics (and update the running ones), or the
  // running ones. Initially true when training.
  void set_batch_statistics(bool on) { batch_statistics_ = on; }
  // Whether layers are computed twice to save memory. Initially false.
  void set_recomputes_layers(bool on) { recomputes_layers_ = on; }
  const at::Device& device() const { return device_; }

  // The linear layers in the order in which the model made them; none unless training.
  std::vector<TorchLayer> linear_layers() const;
  // From now on adds scale * x A^T B^T to the output features [begin, begin + size) of a layer
  // (LoRA, Hu et al. 2021): a host (r, K), B zeros (size, r), the parameters `name`.lora_A.weight
  // and `name`.lora_B.weight. Throws invalid_argument for an unknown layer or other sizes.
  void add_low_rank(const std::string& layer, const std::string& name, int64_t begin, int64_t size,
                    const Tensor& a, double scale);
  // The weights of the layers with additions, with the additions added: NAME.weight.
  std::vector<TorchParameter> merged_weights() const;

  // Makes (M, C) vectors, host, the parameter `name`: embed_tokens gives the id of a table's V rows
  // plus m the vector m.
  void add_prompt(const std::string& name, const Tensor& vectors);

 private:
  at::Tensor add_parameter(const std::string& name, const Tensor& host);

  at::Device device_;
  bool training_;
  bool batch_statistics_;
  bool recomputes_layers_ = false;
  std::vector<TorchParameter> parameters_, buffers_;
  std::vector<std::pair<std::string, std::shared_ptr<TorchLinear>>> layers_;
  at::Tensor prompt_;  // undefined: none
};

// The array inside a tensor of this backend, and back. Throws internal for another backend's.
const at::Tensor& torch_array(const Tensor& tensor);
Tensor wrap_torch(at::Tensor array);

at::Tensor torch_activation(at::Tensor y, Activation activation);

}  // namespace sightline
