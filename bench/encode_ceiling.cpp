// How close a CLIP tower on the onednn backend comes to its ceiling: the time of its matrix
// products alone.
//
//   bench_encode_ceiling [--model vit-b-32|vit-b-16|vit-l-14] [--tower image|text|both]
//                        [--batch 32] [--rounds 9] [--json]
//
// Ceiling: the linear layers' products of the same tower (same rows, every layer its own packed
// weight) on oneDNN's matmul with no bias and no post-operation, in the layout oneDNN chooses for
// that shape. Attention's own products are not in it, so the share also pays for attention.
// Products and tower take turns in the same process; figures are medians over the rounds.
// Text: captions of 12 tokens against the same tower over 77 positions.
#include <sightline/error.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "backend/onednn/cpu_kernels.h"
#include "backend/onednn/dnnl_compat.h"
#include "base/parallel.h"
#include "models/clip_vit.h"

namespace {

using namespace sightline;
using nlohmann::json;

struct Arguments {
  std::string model = "vit-b-32";
  std::string tower = "both";
  int64_t batch = 32;
  int rounds = 9;
  bool as_json = false;
};

ClipConfig config_for(const std::string& model) {
  ClipConfig config;
  const bool large = model == "vit-l-14";
  if (!large && model != "vit-b-32" && model != "vit-b-16") {
    throw Error(ErrorCode::invalid_argument, "no model '" + model + "'");
  }
  config.vision = {.width = large ? 1024 : 768, .layers = large ? 24 : 12,
                   .heads = large ? 16 : 12, .mlp = large ? 4096 : 3072};
  config.text = {.width = large ? 768 : 512, .layers = 12, .heads = large ? 12 : 8,
                 .mlp = large ? 3072 : 2048};
  config.image_size = 224;
  config.patch_size = large ? 14 : model == "vit-b-16" ? 16 : 32;
  config.context_length = 77;
  config.vocab_size = 49408;
  config.embedding_dim = large ? 768 : 512;
  return config;
}

// Weights of a plausible size; their values do not change the time.
class RandomSource : public ParameterSource {
 public:
  Tensor take(const std::string&, const Shape& shape) override {
    Tensor tensor(shape, DType::f32);
    for (int64_t i = 0; i < tensor.count(); ++i) {
      tensor.data<float>()[i] = static_cast<float>(random_() >> 8) * 0x1p-28f - 0x1p-5f;
    }
    return tensor;
  }
  void check(const std::string&, const Shape&) override {}

 private:
  std::minstd_rand random_;
};

struct Product {
  int64_t rows, in, out;
};

// The products that Transformer runs: the last layer goes on with one row a sequence.
std::vector<Product> block_products(const TransformerConfig& config, int64_t batch, int64_t t) {
  std::vector<Product> products;
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    const bool last = layer + 1 == config.layers;
    const int64_t after = last ? batch : batch * t;
    products.push_back({batch * t, config.width, (last ? 2 : 3) * config.width});
    if (last) products.push_back({batch, config.width, config.width});
    products.push_back({after, config.width, config.width});
    products.push_back({after, config.width, config.mlp});
    products.push_back({after, config.mlp, config.width});
  }
  return products;
}

std::vector<Product> image_products(const ClipConfig& config, int64_t batch) {
  const int64_t patches = config.patch_tokens();
  auto products = block_products(config.vision, batch, patches + 1);
  products.insert(products.begin(), {batch * patches, 3 * config.patch_size * config.patch_size,
                                     config.vision.width});
  products.push_back({batch, config.vision.width, config.embedding_dim});
  return products;
}

std::vector<Product> text_products(const ClipConfig& config, int64_t batch, int64_t t) {
  auto products = block_products(config.text, batch, t);
  products.push_back({batch, config.text.width, config.embedding_dim});
  return products;
}

// oneDNN's matmul alone, over a list of products. Inputs and results are shared by all of them.
class PlainProducts {
 public:
  explicit PlainProducts(const std::vector<Product>& products)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    int64_t inputs = 0, outputs = 0;
    for (const Product& p : products) {
      inputs = std::max(inputs, p.rows * p.in);
      outputs = std::max(outputs, p.rows * p.out);
      gflop_ += 2e-9 * static_cast<double>(p.rows) * static_cast<double>(p.in * p.out);
    }
    x_ = source_.take("x", {inputs});
    y_ = Tensor({outputs}, DType::f32);
    for (const Product& p : products) add(p);
  }
  void run() {
    for (auto& step : steps_) step.primitive.execute(stream_, step.arguments);
    stream_.wait();
  }
  double gflop() const { return gflop_; }

 private:
  struct Step {
    dnnl::matmul primitive;
    std::unordered_map<int, dnnl::memory> arguments;
  };

  void add(const Product& p) {
    using dnnl::memory;
    const auto f32 = memory::data_type::f32;
    MatmulSpec spec;
    spec.x = {{p.rows, p.in}, f32, memory::format_tag::ab};
    spec.weights = {{p.in, p.out}, f32, memory::format_tag::any};
    spec.y = {{p.rows, p.out}, f32, memory::format_tag::ab};
    const auto desc = make_matmul_desc(engine_, spec);
    tensors_.push_back(source_.take("w", {p.out, p.in}));
    memory plain({{p.in, p.out}, f32, memory::format_tag::ba}, engine_,
                 tensors_.back().data<float>());
    const auto weight_bytes = static_cast<int64_t>(desc.weights_desc().get_size());
    Tensor packed({weight_bytes / 4 + 1}, DType::f32);
    memory weights(desc.weights_desc(), engine_, packed.data<float>());
    dnnl::reorder(plain, weights).execute(stream_, plain, weights);
    stream_.wait();
    tensors_.back() = packed;
    const auto scratch_bytes = static_cast<int64_t>(desc.scratchpad_desc().get_size());
    tensors_.emplace_back(Shape{scratch_bytes + 1}, DType::u8);
    steps_.push_back({dnnl::matmul(desc),
                      {{DNNL_ARG_SRC, memory(spec.x, engine_, x_.data<float>())},
                       {DNNL_ARG_WEIGHTS, weights},
                       {DNNL_ARG_DST, memory(spec.y, engine_, y_.data<float>())},
                       {DNNL_ARG_SCRATCHPAD, memory(desc.scratchpad_desc(), engine_,
                                                    tensors_.back().data<uint8_t>())}}});
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  RandomSource source_;
  Tensor x_, y_;
  std::vector<Tensor> tensors_;
  std::vector<Step> steps_;
  double gflop_ = 0;
};

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Timing {
  double median = 0, best = 0;  // seconds
};

// The jobs take turns, after one round that is not counted.
std::vector<Timing> interleaved(const std::vector<std::function<void()>>& jobs, int rounds) {
  std::vector<std::vector<double>> times(jobs.size());
  for (int round = -1; round < rounds; ++round) {
    for (size_t i = 0; i < jobs.size(); ++i) {
      const double time = seconds(jobs[i]);
      if (round >= 0) times[i].push_back(time);
    }
  }
  std::vector<Timing> timings;
  for (auto& list : times) {
    std::sort(list.begin(), list.end());
    timings.push_back({list[list.size() / 2], list.front()});
  }
  return timings;
}

// What both towers report. Where other programs disturb the machine, the best rounds say more
// than the medians.
json report(const char* tower, const Arguments& args, double gflop, const Timing& products,
            const Timing& encode) {
  const auto batch = static_cast<double>(args.batch);
  return {{"tower", tower},
          {"batch", args.batch},
          {"products_gflop", gflop},
          {"products_gflops", gflop / products.median},
          {"products_per_second", batch / products.median},
          {"tower_per_second", batch / encode.median},
          {"share", products.median / encode.median},
          {"share_of_best_rounds", products.best / encode.best}};
}

json measure_image(const Arguments& args, const ClipConfig& config) {
  const auto ops = create_ops("onednn");
  RandomSource source;
  WeightBuilder weights(source, ops.get());
  const ClipImageTower tower(weights, config);
  const Tensor pixels =
      source.take("pixels", {args.batch, 3, config.image_size, config.image_size});
  PlainProducts products(image_products(config, args.batch));
  const auto times = interleaved({[&] { products.run(); }, [&] { tower.encode(*ops, pixels); }},
                                 args.rounds);
  return report("image", args, products.gflop(), times[0], times[1]);
}

json measure_text(const Arguments& args, const ClipConfig& config) {
  constexpr int64_t kShort = 12;
  const auto ops = create_ops("onednn");
  RandomSource source;
  WeightBuilder weights(source, ops.get());
  const ClipTextTower tower(weights, config);
  const auto ids = [&](int64_t t) {
    Tensor tensor({args.batch * t}, DType::i32);
    for (int64_t i = 0; i < tensor.count(); ++i) {
      tensor.data<int32_t>()[i] = static_cast<int32_t>(i * 7919 % config.vocab_size);
    }
    return tensor;
  };
  const auto starts = [&](int64_t t) {
    std::vector<int32_t> rows;
    for (int64_t b = 0; b <= args.batch; ++b) rows.push_back(static_cast<int32_t>(b * t));
    return rows;
  };
  const auto few_starts = starts(kShort), all_starts = starts(config.context_length);
  const Tensor few = ids(kShort), all = ids(config.context_length);
  PlainProducts products(text_products(config, args.batch, kShort));
  const auto times =
      interleaved({[&] { products.run(); }, [&] { tower.encode(*ops, few, few_starts); },
                   [&] { tower.encode(*ops, all, all_starts); }},
                  args.rounds);
  json result = report("text", args, products.gflop(), times[0], times[1]);
  result["tokens"] = kShort;
  result["full_length"] = config.context_length;
  result["full_length_per_second"] = static_cast<double>(args.batch) / times[2].median;
  result["times_full_length"] = times[2].median / times[1].median;
  result["times_full_length_of_best_rounds"] = times[2].best / times[1].best;
  return result;
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  while (std::getline(info, line)) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

Arguments parse(int argc, char** argv) {
  Arguments args;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--json") {
      args.as_json = true;
      continue;
    }
    if (i + 1 == argc) throw Error(ErrorCode::invalid_argument, name + " needs a value");
    const std::string value = argv[++i];
    if (name == "--model") args.model = value;
    else if (name == "--tower") args.tower = value;
    else if (name == "--batch") args.batch = std::max(1, std::stoi(value));
    else if (name == "--rounds") args.rounds = std::max(1, std::stoi(value));
    else throw Error(ErrorCode::invalid_argument, "no option " + name);
  }
  return args;
}

json measure(const Arguments& args) {
  const ClipConfig config = config_for(args.model);
  const dnnl_version_t* version = dnnl_version();
  json result = {{"model", args.model},
                 {"precision", "fp32"},
                 {"rounds", args.rounds},
                 {"machine",
                  {{"processor", processor_name()},
                   {"threads", thread_count()},
                   {"kernels", cpu_kernels().name},
                   {"onednn", std::to_string(version->major) + "." +
                                  std::to_string(version->minor) + "." +
                                  std::to_string(version->patch)}}},
                 {"towers", json::array()}};
  if (args.tower != "text") result["towers"].push_back(measure_image(args, config));
  if (args.tower != "image") result["towers"].push_back(measure_text(args, config));
  return result;
}

void print(const json& result) {
  const json& machine = result["machine"];
  std::printf("%s fp32, %s, %d threads, %s kernels, oneDNN %s\n",
              result["model"].get<std::string>().c_str(),
              machine["processor"].get<std::string>().c_str(), machine["threads"].get<int>(),
              machine["kernels"].get<std::string>().c_str(),
              machine["onednn"].get<std::string>().c_str());
  for (const json& tower : result["towers"]) {
    std::printf("%-5s batch %d: products alone %.1f/s (%.0f GFLOP/s), tower %.1f/s, "
                "share %.3f (best rounds %.3f)\n",
                tower["tower"].get<std::string>().c_str(), tower["batch"].get<int>(),
                tower["products_per_second"].get<double>(), tower["products_gflops"].get<double>(),
                tower["tower_per_second"].get<double>(), tower["share"].get<double>(),
                tower["share_of_best_rounds"].get<double>());
    if (tower.contains("times_full_length")) {
      std::printf("      at %d positions %.1f/s: short captions are %.1f times as fast (best "
                  "rounds %.1f)\n",
                  tower["full_length"].get<int>(), tower["full_length_per_second"].get<double>(),
                  tower["times_full_length"].get<double>(),
                  tower["times_full_length_of_best_rounds"].get<double>());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Arguments args = parse(argc, argv);
    const json result = measure(args);
    if (args.as_json) {
      std::printf("%s\n", result.dump(2).c_str());
    } else {
      print(result);
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_encode_ceiling: %s\n", error.what());
    return 2;
  }
}
