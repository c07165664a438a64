#include "measure/roofline/roofline_baseline.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <unordered_map>

#include "backend/cpu/onednn/dnnl_compat.h"
#include "tensor/tensor.h"

namespace sightline {
namespace {

using dnnl::memory;
using Type = memory::data_type;

struct Types {
  Type x, weights;
  std::vector<Type> results;  // candidates
};

Types types_of(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return {Type::f32, Type::f32, {Type::f32}};
    case Precision::bf16:
      return {Type::bf16, Type::bf16, {Type::bf16, Type::f32}};
    case Precision::int8:
      return {Type::u8, Type::s8, {Type::u8, Type::s32, Type::f32}};
  }
  throw Error(ErrorCode::internal, "no roofline baseline for this precision");
}

struct Step {
  dnnl::primitive primitive;
  memory::desc x, weights, y, scratchpad;
  std::unordered_map<int, memory> arguments;
};

// A product or a convolution: the implementations of its shape, and its weights.
struct Choice {
  std::vector<Step>* steps;
  int64_t weights;
};

class OnednnBaseline : public RooflineBaseline {
 public:
  OnednnBaseline(const RooflineWork& work, const Types& types)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    std::vector<Choice> choices;
    std::map<std::array<int64_t, 3>, std::vector<Step>> products;
    int64_t layers = 0;
    for (const ProductShape& p : work.products) {
      std::vector<Step>& steps = products[{p.rows, p.in, p.out}];
      if (steps.empty()) steps = steps_of(p, types);
      choices.push_back({&steps, p.layer});
      layers = std::max(layers, p.layer + 1);
    }
    std::vector<std::vector<Step>> convolutions;
    for (const ConvolutionShape& c : work.convolutions) convolutions.push_back(steps_of(c, types));
    for (auto& steps : convolutions) choices.push_back({&steps, layers++});
    allocate(choices, layers, types);
    for (const Choice& choice : choices) {
      std::vector<Step>& steps = *choice.steps;
      for (Step& step : steps) prepare(step, choice.weights);
      if (steps.size() > 1) {
        const size_t best = fastest(steps);
        std::swap(steps.front(), steps[best]);
        steps.resize(1);
      }
      steps_.push_back(steps.front());
    }
  }

  void run() override {
    for (Step& step : steps_) step.primitive.execute(stream_, step.arguments);
    stream_.wait();
  }

 private:
  static Tensor block(size_t bytes) { return Tensor({static_cast<int64_t>(bytes)}, DType::u8); }

  // All inputs share one block of memory, as do all results and all scratchpads.
  void allocate(const std::vector<Choice>& choices, int64_t layers, const Types& types) {
    size_t x = 64, y = 64, scratch = 64;
    std::vector<size_t> weights(static_cast<size_t>(layers), 64);
    for (const Choice& choice : choices) {
      for (const Step& step : *choice.steps) {
        x = std::max(x, step.x.get_size());
        y = std::max(y, step.y.get_size());
        scratch = std::max(scratch, step.scratchpad.get_size());
        size_t& bytes = weights[static_cast<size_t>(choice.weights)];
        bytes = std::max(bytes, step.weights.get_size());
      }
    }
    x_ = block(x), y_ = block(y), scratch_ = block(scratch);
    fill(x_, types.x);
    for (const size_t bytes : weights) {
      weights_.push_back(block(bytes));
      fill(weights_.back(), types.weights);
    }
  }

  // Values of ordinary size, so that nothing is infinite or denormal: within 1/32 of 0, or bytes
  // of 0 to 62.
  void fill(Tensor& tensor, Type type) {
    const auto bytes = static_cast<size_t>(tensor.count());
    uint8_t* const data = tensor.data<uint8_t>();
    const auto number = [&] {
      return (static_cast<float>(random_() % 4096) + 0.5f) * 0x1p-16f - 0x1p-5f;
    };
    if (type == Type::u8 || type == Type::s8) {
      for (size_t i = 0; i < bytes; ++i) data[i] = static_cast<uint8_t>((random_() >> 8) % 63);
      return;
    }
    const size_t size = type == Type::bf16 ? 2 : 4;
    for (size_t i = 0; i + size <= bytes; i += size) {
      const float value = number();
      std::memcpy(data + i, reinterpret_cast<const uint8_t*>(&value) + (4 - size),
                  size);  // bf16: the upper half
    }
  }

  std::vector<Step> steps_of(const ProductShape& p, const Types& types) {
    std::vector<Step> steps;
    for (const Type result : types.results) {
      MatmulSpec spec;
      spec.x = {{p.rows, p.in}, types.x, memory::format_tag::ab};
      spec.weights = {{p.in, p.out}, types.weights, memory::format_tag::any};
      spec.y = {{p.rows, p.out}, result, memory::format_tag::ab};
      add(steps, [&] {
        const auto desc = make_matmul_desc(engine_, spec);
        return Step{dnnl::matmul(desc),     spec.x, desc.weights_desc(), spec.y,
                    desc.scratchpad_desc(), {}};
      });
    }
    return checked(std::move(steps), "a product of " + std::to_string(p.rows) + " x " +
                                         std::to_string(p.in) + " x " + std::to_string(p.out));
  }

  std::vector<Step> steps_of(const ConvolutionShape& c, const Types& types) {
    const auto side = [&](int64_t from) {
      return (from + 2 * c.padding - c.kernel) / c.stride + 1;
    };
    std::vector<Step> steps;
    for (const Type result : types.results) {
      PlainConvolutionSpec spec;
      spec.x = {{c.batch, c.in, c.height, c.width}, types.x, memory::format_tag::nhwc};
      memory::dims weights = {c.out, c.in, c.kernel, c.kernel};
      // Groups of one input channel.
      if (c.depthwise) weights = {c.in, c.out / c.in, 1, c.kernel, c.kernel};
      spec.weights = {weights, types.weights, memory::format_tag::any};
      spec.y = {{c.batch, c.out, side(c.height), side(c.width)}, result, memory::format_tag::nhwc};
      spec.stride = c.stride;
      spec.padding = c.padding;
      add(steps, [&] {
        const auto desc = make_convolution_desc(engine_, spec);
        return Step{dnnl::convolution_forward(desc), spec.x, desc.weights_desc(), spec.y,
                    desc.scratchpad_desc(),          {}};
      });
    }
    return checked(std::move(steps), "a convolution with " + std::to_string(c.in) + " to " +
                                         std::to_string(c.out) + " channels");
  }

  // Appends what make() returns, unless oneDNN has no implementation of it.
  template <typename Make>
  static void add(std::vector<Step>& steps, const Make& make) {
    try {
      steps.push_back(make());
    } catch (const dnnl::error& error) {
      if (error.status != dnnl_unimplemented) throw;
    }
  }

  static std::vector<Step> checked(std::vector<Step> steps, const std::string& what) {
    if (steps.empty())
      throw Error(ErrorCode::unsupported, "oneDNN has no implementation of ", what,
                  " in this precision");
    return steps;
  }

  void prepare(Step& step, int64_t weights) {
    const auto at = [&](const memory::desc& desc, Tensor& storage) {
      return memory(desc, engine_, storage.data<uint8_t>());
    };
    step.arguments = {{DNNL_ARG_SRC, at(step.x, x_)},
                      {DNNL_ARG_WEIGHTS, at(step.weights, weights_[static_cast<size_t>(weights)])},
                      {DNNL_ARG_DST, at(step.y, y_)},
                      {DNNL_ARG_SCRATCHPAD, at(step.scratchpad, scratch_)}};
  }

  size_t fastest(std::vector<Step>& list) {
    constexpr int kTries = 4;  // the first warms up and is not counted
    size_t best = 0;
    double best_time = std::numeric_limits<double>::max();
    for (size_t i = 0; i < list.size(); ++i) {
      double time = std::numeric_limits<double>::max();
      for (int n = 0; n < kTries; ++n) {
        const auto start = std::chrono::steady_clock::now();
        list[i].primitive.execute(stream_, list[i].arguments);
        stream_.wait();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        if (n > 0) time = std::min(time, took.count());
      }
      if (time < best_time) best = i, best_time = time;
    }
    return best;
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  std::minstd_rand random_;
  Tensor x_, y_, scratch_;
  std::vector<Tensor> weights_;
  std::vector<Step> steps_;
};

}  // namespace

std::unique_ptr<RooflineBaseline> create_roofline_baseline(const RooflineWork& work,
                                                           Precision precision) try {
  return std::make_unique<OnednnBaseline>(work, types_of(precision));
} catch (const dnnl::error& error) {
  throw_dnnl_error(error, "the roofline baseline in " + std::string(precision_name(precision)));
}

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}

}  // namespace sightline
