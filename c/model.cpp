#include <sightline/hub.h>

#include <algorithm>

#include "call.h"
#include "handles.h"
#include "model_options.h"

namespace {

// Returns the spec by which the model can be loaded from any working directory.
std::string lasting_spec(const std::string& spec) {
  std::error_code error;
  if (!std::filesystem::exists(spec, error)) return spec;
  return std::filesystem::absolute(spec).lexically_normal().string();
}

}  // namespace

using namespace sightline::c;

sightline_status sightline_model_options_init(sightline_model_options* options, size_t struct_size,
                                              sightline_error* error) {
  return guarded(error, [&] {
    write_struct(options, struct_size, default_model_options(), kModelOptionsName);
  });
}

sightline_status sightline_model_load(const char* spec, const sightline_model_options* options,
                                      sightline_model** model, sightline_error* error) {
  return guarded(error, [&] {
    auto& out = out_handle(model, "model");
    const std::string text = &required(spec, "spec");
    auto loaded = std::make_shared<const sightline::Model>(
        sightline::Model::load(text, model_options(options)));
    out = new sightline_model{lasting_spec(text), std::move(loaded)};
  });
}

void sightline_model_free(sightline_model* model) {
  delete model;
}

sightline_status sightline_model_resolve(const char* name, char* spec, size_t capacity,
                                         size_t* size, sightline_error* error) {
  return guarded(error, [&] {
    const std::string resolved =
        sightline::resolve_model(&required(name, "name"), sightline::hub_settings());
    if (size != nullptr) *size = resolved.size() + 1;
    require_capacity(capacity, resolved.size() + 1, "spec");
    require(spec, "spec");
    std::memcpy(spec, resolved.c_str(), resolved.size() + 1);
  });
}

sightline_status sightline_model_get_info(const sightline_model* model, sightline_model_info* info,
                                          sightline_error* error) {
  return guarded(error, [&] {
    const sightline::ModelInfo& from = required(model, "model").model->info();
    sightline_model_info to = {};
    to.name = from.name.c_str();
    to.family = from.family.c_str();
    to.layout = from.layout.c_str();
    to.fingerprint = from.fingerprint.c_str();
    to.embedding_dim = from.embedding_dim;
    to.parameters = from.parameters;
    to.has_image = from.has_image;
    to.has_text = from.has_text;
    to.image_size = from.image_size;
    to.patch_size = from.patch_size;
    to.context_length = from.context_length;
    to.logit_scale = from.logit_scale;
    to.warning_count = from.warnings.size();
    to.has_logit_bias = from.logit_bias.has_value();
    to.logit_bias = from.logit_bias.value_or(0);
    write_info(info, to, "sightline_model_info");
  });
}

sightline_status sightline_model_warning(const sightline_model* model, size_t i,
                                         const char** warning, sightline_error* error) {
  return guarded(error, [&] {
    const auto& warnings = required(model, "model").model->info().warnings;
    require_below(i, warnings.size(), "warning");
    required(warning, "warning") = warnings[i].c_str();
  });
}

sightline_status sightline_model_tokenize(const sightline_model* model, const char* text,
                                          int32_t* ids, size_t capacity, size_t* count,
                                          int32_t* truncated, sightline_error* error) {
  return guarded(error, [&] {
    const sightline::Tokenizer& tokenizer = required(model, "model").model->tokenizer();
    required(count, "count");
    const sightline::TokenIds tokens = tokenizer.encode(&required(text, "text"));
    *count = tokens.ids.size();
    require_capacity(capacity, tokens.ids.size(), "ids");
    std::ranges::copy(tokens.ids, array(ids, tokens.ids.size(), "ids").begin());
    if (truncated != nullptr) *truncated = tokens.truncated;
  });
}
