// Encodes pixels and token ids of a model without reading its tokenizer and preprocessing.
//
//   encode_arrays MODEL PRECISION BACKEND [image IN.npy OUT.npy | text IN.jsonl OUT.npy |
//                                          image-rate BATCH SECONDS | text-rate LENGTH SECONDS] ...
//
// The rates are the median of the batches' images per second, and milliseconds of one text of
// LENGTH ids.
// IN.npy: (B, 3, S, S) f32.  IN.jsonl: one list of ids per line, not padded.  OUT.npy: (rows, D)
// f32, not normalized. Errors are printed, with exit code 1.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/npy.h"
#include "models/packed_tokens.h"
#include "models/towers.h"

namespace {

using namespace sightline;

void write_rows(Ops& ops, const Tensor& rows, const std::string& path) {
  const Tensor host = ops.to_host(rows);
  write_npy(path, std::span(host.data<float>(), static_cast<size_t>(host.count())), host.shape());
}

Tensor encode_images(Ops& ops, const LoadedModel& model, const std::string& path) {
  const NpyArray pixels = read_npy(path);
  return model.image->encode(
      ops, ops.from_host(Tensor::borrow(pixels.shape, DType::f32, pixels.f32().data())));
}

Tensor encode_texts(Ops& ops, const LoadedModel& model, const std::string& path) {
  std::ifstream file(path);
  std::vector<TokenIds> texts;
  for (std::string line; std::getline(file, line);)
    texts.push_back({nlohmann::json::parse(line), false, ""});
  const PackedTokens packed = pack_tokens(texts, model.text->padding());
  return model.text->encode(ops, ops.from_host(packed.ids), packed.offsets);
}

// Median seconds of `call`, which runs for `seconds`, and at least five times after one that does
// not count.
template <class Call>
double median_seconds(double seconds, const Call& call) {
  using Clock = std::chrono::steady_clock;
  call();
  std::vector<double> times;
  for (double total = 0; total < seconds || times.size() < 5; total += times.back()) {
    const auto begin = Clock::now();
    call();
    times.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  std::ranges::nth_element(times, times.begin() + static_cast<ptrdiff_t>(times.size() / 2));
  return times[times.size() / 2];
}

void print_image_rate(Ops& ops, const LoadedModel& model, int64_t batch, double seconds) {
  const int64_t side = model.info.image_size;
  Tensor pixels({batch, 3, side, side}, DType::f32);
  for (int64_t i = 0; i < pixels.count(); ++i)
    pixels.data<float>()[i] = static_cast<float>(i * 2654435761 % 1021) / 255.f - 2.f;
  const double median = median_seconds(
      seconds, [&] { ops.to_host(model.image->encode(ops, ops.from_host(pixels))); });
  std::printf("images_per_second %.3f\n", static_cast<double>(batch) / median);
}

void print_text_rate(Ops& ops, const LoadedModel& model, int64_t length, double seconds) {
  TokenIds text;
  text.ids.assign(static_cast<size_t>(length - 1), 320);
  text.ids.push_back(static_cast<int32_t>(model.eos_token_id.value_or(model.vocab_size - 1)));
  const double median = median_seconds(seconds, [&] {
    const PackedTokens packed = pack_tokens({{text}}, model.text->padding());
    ops.to_host(model.text->encode(ops, ops.from_host(packed.ids), packed.offsets));
  });
  std::printf("milliseconds_per_text %.4f\n", median * 1e3);
}

int run(const std::vector<std::string>& args) {
  if (args.size() < 3 || args.size() % 3 != 0) {
    std::fputs(
        "usage: encode_arrays MODEL PRECISION BACKEND [image|text IN OUT.npy | "
        "image-rate BATCH SECONDS | text-rate LENGTH SECONDS] ...\n",
        stderr);
    return 2;
  }
  OpsOptions options;
  options.precision = parse_precision(args[1]);
  const auto ops = create_ops(parse_backend(args[2]), options);
  const ModelSource source = open_model(args[0]);
  const LoadedModel model = load_towers(source, *ops, {});
  for (size_t i = 3; i < args.size(); i += 3) {
    if (args[i].ends_with("-rate")) {
      const auto print = args[i] == "image-rate" ? print_image_rate : print_text_rate;
      print(*ops, model, std::stoll(args[i + 1]), std::stod(args[i + 2]));
      continue;
    }
    write_rows(*ops,
               args[i] == "image" ? encode_images(*ops, model, args[i + 1])
                                  : encode_texts(*ops, model, args[i + 1]),
               args[i + 2]);
  }
  std::printf("%s, %lld parameters\n", source.family.c_str(),
              static_cast<long long>(model.info.parameters));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
