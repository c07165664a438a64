// Loss and gradients of one step of each method of fine-tuning against PyTorch with transformers,
// open_clip and peft (tests/golden/fine_tune, made by tools/golden/fine_tune.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "models/weight_builder.h"
#include "train/torch/batches.h"
#include "train/torch/task.h"
#include "unit/data/temporary_folder.h"
#include "weights/checkpoint.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kRoot = SIGHTLINE_SOURCE_DIR;
const fs::path kGolden = kRoot / "tests/golden/fine_tune";
constexpr double kTolerance = 1e-4;  // relative
constexpr int64_t kSamples = 128;    // of each gradient, as in the script

// One step of a method on the batch of the golden data.
class Step {
 public:
  Step(const std::string& model, const std::string& method)
      : recipe_(read(model, method)),
        images_(folder_.path(), 1 << 24),
        ops_({Precision::fp32, {}}, /*training=*/true) {
    set_ = read_rows((kGolden / "data").string(), {}, {&images_, 64}, recipe_, {});
    task_ = make_task({recipe_, set_, held_out_, images_, folder_.path(), ops_});
    trained_ = trained_parameters(*task_, ops_, recipe_);
  }

  // Gives parameters the values of a file, whose names begin with `prefix`.
  void set(const fs::path& file, const std::string& prefix) {
    const Checkpoint values(file);
    const at::NoGradGuard no_grad;
    size_t found = 0;
    for (const TorchParameter& parameter : ops_.parameters()) {
      const TensorEntry* entry = values.find(prefix + parameter.name);
      if (entry == nullptr) continue;
      ++found;
      const Tensor host = values.load(prefix + parameter.name, entry->shape);
      at::Tensor value = parameter.value;
      value.copy_(at::from_blob(const_cast<void*>(host.raw()), value.sizes(), at::kFloat));
    }
    EXPECT_EQ(found, values.entries().size());
  }

  double run() { return task_->add_gradients(std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7}, 0); }

  // The gradients of the trained parameters, under the names of the towers' layers.
  std::map<std::string, Tensor> gradients() const {
    std::map<std::string, Tensor> result;
    for (const TorchParameter& parameter : trained_) {
      EXPECT_TRUE(parameter.value.grad().defined()) << parameter.name;
      for (const NamedTensor& part : split_fused(parameter.name, host_copy(parameter.value.grad())))
        result[part.name] = part.tensor;
    }
    return result;
  }

 private:
  Recipe read(const std::string& model, const std::string& method) const {
    const json augmentation = {{"zoom", 0}, {"shift", 0}, {"rotate_deg", 0}, {"colour", 0}};
    const json from = {{"model_type", "published"},
                       {"from", (kRoot / "models" / model).string()},
                       {"method", method},
                       {"prompt_length", 3},
                       {"low_rank", {{"rank", 2}, {"alpha", 6}}}};
    const json recipe = {{"model", from}, {"batch_size", 8}, {"augmentation", augmentation}};
    Recipe result = read_recipe(folder_.write("recipe.json", recipe.dump()));
    resolve_models(result);
    return result;
  }

  testing::TemporaryFolder folder_;
  Recipe recipe_;
  ImageStore images_;
  TrainingSet set_;
  std::vector<HeldOut> held_out_;
  TorchOps ops_;
  std::unique_ptr<Task> task_;
  std::vector<TorchParameter> trained_;
};

double norm(const Tensor& x) {
  double sum = 0;
  for (int64_t i = 0; i < x.count(); ++i) sum += std::pow(x.data<float>()[i], 2.0);
  return std::sqrt(sum);
}

// Compares what a step computed with a case of the golden data, of which it may train only some
// parameters. Where the exact gradient is 0, as of a key's bias, the norm of all gradients decides.
void expect_case(const std::string& name, double loss, const std::map<std::string, Tensor>& got) {
  const json expected = json::parse(read_text_file(kGolden / "expected.json"))[name];
  EXPECT_NEAR(loss / expected["loss"].get<double>(), 1, kTolerance);
  double all = 0;
  for (const auto& [parameter, value] : expected["norms"].items())
    all += std::pow(value.get<double>(), 2.0);
  const double least = 1e-4 * std::sqrt(all);
  const Checkpoint samples(kGolden / "gradients.safetensors");
  double worst = 0;
  for (const auto& [parameter, gradient] : got) {
    const TensorEntry* entry = samples.find(name + "/" + parameter);
    ASSERT_NE(entry, nullptr) << parameter;
    const double length = std::max(expected["norms"][parameter].get<double>(), least);
    EXPECT_NEAR(norm(gradient), expected["norms"][parameter].get<double>(), kTolerance * length)
        << parameter;
    const Tensor sample = samples.load(name + "/" + parameter, entry->shape);
    const int64_t count = std::min(gradient.count(), kSamples);
    ASSERT_EQ(sample.count(), count) << parameter;
    double error = 0;
    for (int64_t i = 0; i < count; ++i) {
      const float value = gradient.data<float>()[i * gradient.count() / count];
      error += std::pow(static_cast<double>(value) - sample.data<float>()[i], 2.0);
    }
    // Of the sampled elements' length.
    const double share = std::sqrt(error) / std::max(norm(sample), least);
    EXPECT_LE(share, kTolerance) << parameter;
    worst = std::max(worst, share);
  }
  std::printf("%s: loss %.7g, expected %.7g; largest relative error of %zu gradients %.1e\n",
              name.c_str(), loss, expected["loss"].get<double>(), got.size(), worst);
}

size_t count_of(const std::map<std::string, Tensor>& gradients, const std::string& prefix) {
  return static_cast<size_t>(std::ranges::count_if(
      gradients, [&](const auto& entry) { return entry.first.starts_with(prefix); }));
}

struct Method {
  const char* model;
  const char* method;
  const char* expected;  // case of the golden data
  size_t image, text;    // trained tensors of each tower
};

class FineTuneParity : public ::testing::TestWithParam<Method> {};

TEST_P(FineTuneParity, LossAndGradientsEqualPyTorch) {
  const Method& m = GetParam();
  Step step(m.model, m.method);
  if (std::string(m.method) == "lora")
    step.set(kGolden / "lora/adapter_model.safetensors", "base_model.model.");
  if (std::string(m.method) == "prompt") step.set(kGolden / "prompt.safetensors", "");
  const double loss = step.run();
  const auto gradients = step.gradients();
  expect_case(m.expected, loss, gradients);
  EXPECT_EQ(count_of(gradients, "vis"), m.image);
  EXPECT_EQ(count_of(gradients, "text_"), m.text);
}

INSTANTIATE_TEST_SUITE_P(All, FineTuneParity,
                         ::testing::Values(Method{"emoji-vit-8", "full", "vit_full", 72, 37},
                                           Method{"emoji-vit-8", "locked-image", "vit_full", 0, 37},
                                           Method{"emoji-vit-8", "locked-text", "vit_full", 72, 0},
                                           Method{"emoji-vit-8", "projections", "vit_full", 1, 1},
                                           Method{"emoji-vit-8", "lora", "vit_lora", 16, 8},
                                           Method{"emoji-vit-8", "prompt", "vit_prompt", 0, 0},
                                           Method{"emoji-rn", "full", "rn_full", 84, 37},
                                           Method{"emoji-rn", "locked-image", "rn_frozen", 0, 37},
                                           Method{"emoji-rn", "locked-text", "rn_frozen", 84, 0},
                                           Method{"emoji-rn", "projections", "rn_frozen", 2, 1}),
                         [](const auto& test) {
                           std::string name =
                               std::string(test.param.model) + "_" + test.param.method;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace sightline
