#include "model_options.h"

#include "call.h"

namespace sightline::c {

sightline_model_options default_model_options() {
  sightline_model_options options = {};
  options.struct_size = sizeof options;
  options.load_image_tower = options.load_text_tower = 1;
  return options;
}

ModelOptions model_options(const sightline_model_options* options) {
  const auto given = read_options(options, default_model_options(), kModelOptionsName);
  require_reserved(given.reserved, kModelOptionsName);
  require_reserved(given.reserved_2, kModelOptionsName);
  ModelOptions result;
  result.backend = choice(given.backend, {Backend::cpu, Backend::torch}, "backend");
  result.precision =
      choice(given.precision, {Precision::fp32, Precision::bf16, Precision::int8}, "precision");
  result.orientation = choice(
      given.orientation, {OrientationProfile::upright, OrientationProfile::stored}, "orientation");
  result.decode = choice(given.decode, {DecodeProfile::exact, DecodeProfile::fast}, "decode");
  using Resize = PreprocessSpec::Resize;
  result.resize = choice(given.resize,
                         {std::optional<Resize>(), std::optional(Resize::shortest_edge),
                          std::optional(Resize::squash), std::optional(Resize::longest_edge)},
                         "resize");
  if (given.device != nullptr) result.device = parse_device(given.device);
  if (given.digest_cache != nullptr) result.digest_cache = given.digest_cache;
  result.lazy_packing = flag(given.lazy_packing, "lazy_packing");
  result.load_image_tower = flag(given.load_image_tower, "load_image_tower");
  result.load_text_tower = flag(given.load_text_tower, "load_text_tower");
  return result;
}

}  // namespace sightline::c
