// Encodes pixels and token ids of a model without reading its tokenizer and preprocessing.
//
//   encode_arrays MODEL PRECISION BACKEND [image IN.npy OUT.npy | text IN.jsonl OUT.npy] ...
//
// IN.npy: (B, 3, S, S) f32.  IN.jsonl: one list of ids per line, not padded.  OUT.npy: (rows, D)
// f32, not normalized. Errors are printed, with exit code 1.
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

int run(const std::vector<std::string>& args) {
  if (args.size() < 3 || args.size() % 3 != 0) {
    std::fputs("usage: encode_arrays MODEL PRECISION BACKEND [image|text IN OUT.npy] ...\n",
               stderr);
    return 2;
  }
  OpsOptions options;
  options.precision = parse_precision(args[1]);
  const auto ops = create_ops(parse_backend(args[2]), options);
  const ModelSource source = open_model(args[0]);
  const LoadedModel model = load_towers(source, *ops, {});
  for (size_t i = 3; i < args.size(); i += 3) {
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
