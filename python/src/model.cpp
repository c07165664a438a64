// Model, ModelInfo and Preprocess.
#include <nanobind/stl/array.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>
#include <sightline/error.h>
#include <sightline/hub.h>
#include <sightline/model.h>

#include "arrays.h"
#include "bindings.h"
#include "model_options.h"
#include "progress.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace sightline::python {
namespace {

using PixelsIn = nb::ndarray<const float, nb::ndim<4>, nb::c_contig, nb::device::cpu>;

void load(Model* memory, const std::string& spec, const std::string& precision,
          const std::string& backend, const std::string& device, const std::string& orientation,
          const std::string& decode, const std::optional<std::string>& resize, bool image_tower,
          bool text_tower) {
  ModelOptions options = model_options(precision, backend, device, orientation, decode, resize);
  options.load_image_tower = image_tower;
  options.load_text_tower = text_tower;
  const nb::gil_scoped_release released;
  new (memory) Model(Model::load(spec, options));
}

Vectors encode_pixels(const Model& model, const PixelsIn& pixels) {
  const std::span<const float> values(pixels.data(), pixels.size());
  const auto batch = static_cast<int64_t>(pixels.shape(0));
  return to_array(
      run_long(nb::none(), [&](const ProgressFn&) { return model.encode_pixels(values, batch); }));
}

Vectors encode_tokens(const Model& model, const std::vector<TokenIds>& texts) {
  return to_array(
      run_long(nb::none(), [&](const ProgressFn&) { return model.encode_tokens(texts); }));
}

// Downloads what is missing if `download`, and returns the path of a model or data set.
std::string locate(const std::string& text, RepoKind kind, bool download, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    std::error_code ignored;
    if (std::filesystem::exists(text, ignored)) return text;
    const HubSettings settings = hub_settings();
    if (download && !settings.offline) {
      for (const RepoName& repo : missing_repos(text, kind, settings))
        pull(plan_pull(repo, settings), settings, progress);
    }
    return kind == RepoKind::model ? resolve_model(text, settings)
                                   : resolve_dataset(text, settings).string();
  });
}

void bind_info(nb::module_& module) {
  nb::class_<ModelInfo>(module, "ModelInfo", "What a model is.")
      .def_ro("name", &ModelInfo::name, "Name of the directory, or the given one.")
      .def_ro("family", &ModelInfo::family, "'clip_vit', 'bert', …; 'pair': two towers.")
      .def_ro("layout", &ModelInfo::layout, "Layout of the checkpoint: 'huggingface', …")
      .def_ro("fingerprint", &ModelInfo::fingerprint,
              "SHA-256 of config, weights, tokenizer and preprocessing, hex.")
      .def_ro("has_image", &ModelInfo::has_image, "Whether the model has an image tower.")
      .def_ro("has_text", &ModelInfo::has_text, "Whether the model has a text tower.")
      .def_ro("embedding_dim", &ModelInfo::embedding_dim, "D, elements of a vector.")
      .def_ro("parameters", &ModelInfo::parameters, "Number of parameters of all towers.")
      .def_ro("image_size", &ModelInfo::image_size, "S, pixels.")
      .def_ro("patch_size", &ModelInfo::patch_size, "Pixels; 0: not a vision transformer.")
      .def_ro("context_length", &ModelInfo::context_length, "Largest number of token ids.")
      .def_ro("logit_scale", &ModelInfo::logit_scale, "Not part of similarities.")
      .def_ro("logit_bias", &ModelInfo::logit_bias,
              "Of models with the sigmoid loss, else None. Not part of similarities.")
      .def_ro("activation", &ModelInfo::activation, "'quick_gelu' or 'gelu'.")
      .def_ro("projection", &ModelInfo::projection, "Untrained layer of a pair; else empty.")
      .def_ro("warnings", &ModelInfo::warnings, "Contradictions in the model's files.")
      .def("__repr__", [](const ModelInfo& info) {
        return message("ModelInfo(name='", info.name, "', family='", info.family,
                       "', embedding_dim=", info.embedding_dim, ", image_size=", info.image_size,
                       ")");
      });
}

void bind_preprocess(nb::module_& module) {
  nb::class_<PreprocessSpec>(module, "Preprocess", "The preprocessing that a model expects.")
      .def_ro("resize_size", &PreprocessSpec::resize_size, "Pixels.")
      .def_ro("crop_size", &PreprocessSpec::crop_size, "S, pixels.")
      .def_ro("mean", &PreprocessSpec::mean, "Per channel, of values from 0 to 1.")
      .def_ro("std", &PreprocessSpec::std, "Per channel, of values from 0 to 1.")
      .def_prop_ro(
          "upright",
          [](const PreprocessSpec& spec) {
            return spec.orientation == OrientationProfile::upright;
          },
          "Whether the orientation in an image's metadata is applied.")
      .def_prop_ro(
          "resize", [](const PreprocessSpec& spec) { return resize_name(spec.resize); },
          "'shortest', 'squash', 'longest', or 'patches': sizes differ.")
      .def("describe", &PreprocessSpec::describe, "Returns one line that names every field.")
      .def("__repr__",
           [](const PreprocessSpec& spec) { return "Preprocess(" + spec.describe() + ")"; });
}

}  // namespace

void bind_model(nb::module_& module) {
  bind_info(module);
  bind_preprocess(module);
  nb::class_<Model>(module, "Model")
      .def("__init__", load, "spec"_a, "precision"_a, "backend"_a, "device"_a, "orientation"_a,
           "decode"_a, "resize"_a.none(), "image_tower"_a, "text_tower"_a)
      .def_prop_ro("info", &Model::info, nb::rv_policy::reference_internal)
      .def_prop_ro("tokenizer", &Model::tokenizer, nb::rv_policy::reference_internal)
      .def_prop_ro("preprocess", &Model::preprocess, nb::rv_policy::reference_internal)
      .def_prop_ro("precision",
                   [](const Model& model) { return precision_name(model.computation().precision); })
      .def_prop_ro("computation",
                   [](const Model& model) { return computation_name(model.computation()); })
      .def("encode_pixels", encode_pixels, "pixels"_a)
      .def("encode_tokens", encode_tokens, "texts"_a);
  module.def(
      "locate_model",
      [](const std::string& text, bool download, nb::object progress) {
        return locate(text, RepoKind::model, download, std::move(progress));
      },
      "text"_a, "download"_a = false, "progress"_a = nb::none());
  module.def(
      "locate_dataset",
      [](const std::string& text, bool download, nb::object progress) {
        return locate(text, RepoKind::dataset, download, std::move(progress));
      },
      "text"_a, "download"_a = false, "progress"_a = nb::none());
}

}  // namespace sightline::python
