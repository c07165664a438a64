#include "verify/stages.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "base/hash.h"
#include "verify/builtin.h"
#include "verify/compare.h"

namespace sightline {
namespace {

// If two unit vectors each have a relative error of kRowTolerance, the error of their dot product
// is at most twice that.
constexpr double kSimilarityTolerance = 2 * kRowTolerance;

VerifyStage exact_stage(const std::string& name, const std::string& reference,
                        const std::string& unit) {
  VerifyStage stage;
  stage.name = name;
  stage.reference = reference;
  stage.unit = unit;
  stage.tolerance = 0;
  return stage;
}

void set_status(VerifyStage& stage) {
  stage.status = stage.wrong == 0 ? StageStatus::passed : StageStatus::failed;
}

// Number of positions at which two id lists differ; surplus ids of the longer list count as well.
int64_t count_differences(std::span<const int32_t> a, std::span<const int32_t> b) {
  const size_t both = std::min(a.size(), b.size());
  auto count = static_cast<int64_t>(std::max(a.size(), b.size()) - both);
  for (size_t i = 0; i < both; ++i) count += a[i] != b[i];
  return count;
}

void compare_ids(const Model& model, const std::string& text, std::span<const int32_t> expected,
                 VerifyStage& stage) {
  const int64_t count = count_differences(model.tokenizer().encode(text).ids, expected);
  ++stage.checked;
  if (count == 0) return;
  ++stage.wrong;
  if (static_cast<double>(count) > *stage.largest_error) {
    stage.largest_error = static_cast<double>(count);
    stage.detail = "worst: '" + text + "'";
  }
}

// Largest difference of two images in grey levels; 255 if their sizes differ.
int largest_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height) return 255;
  int largest = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i)
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

std::vector<double> similarities(const Matrix& images, std::span<const float> text) {
  std::vector<double> result;
  for (int64_t i = 0; i < images.rows; ++i) {
    const auto row = images.row(i);
    result.push_back(
        std::inner_product(row.begin(), row.end(), text.begin(), 0.0, std::plus<>(),
                           [](float a, float b) { return static_cast<double>(a) * b; }));
  }
  return result;
}

}  // namespace

bool has_image_tower(const Model& model) {
  return model.info().image_size > 0;
}
bool has_text_tower(const Model& model) {
  return model.info().context_length > 0;
}

VerifyStage skipped_stage(const std::string& name, const std::string& reference,
                          const std::string& why) {
  VerifyStage stage;
  stage.name = name;
  stage.reference = reference;
  stage.detail = why;
  return stage;
}

VerifyStage tokens_against_builtin(const Model& model) {
  const BuiltinIds* known = builtin_ids(model.tokenizer());
  if (known == nullptr)
    return skipped_stage("tokens", "built-in",
                         "there are no built-in references for this vocabulary");
  VerifyStage stage = exact_stage(
      "tokens",
      "built-in: " + std::string(known->made_with) + ", " + std::string(known->vocabulary), "ids");
  stage.largest_error = 0;
  for (size_t i = 0; i < builtin_texts().size(); ++i)
    compare_ids(model, std::string(builtin_texts()[i]), known->ids[i], stage);
  set_status(stage);
  return stage;
}

VerifyStage tokens_against_stored(const Model& model, const StoredReference& reference) {
  VerifyStage stage = exact_stage("tokens", "stored: " + reference.made_with, "ids");
  stage.largest_error = 0;
  for (const StoredText& text : reference.texts) compare_ids(model, text.text, text.ids, stage);
  set_status(stage);
  return stage;
}

VerifyStage pixels_against_builtin(const Model& model) {
  const BuiltinPixels* known = builtin_pixels(model.preprocess());
  if (known == nullptr)
    return skipped_stage("pixels", "built-in",
                         "there are no built-in references for these preprocessing settings");
  VerifyStage stage = exact_stage("pixels", "built-in: " + std::string(builtin_pixels_made_with()),
                                  "images by hash");
  for (int i = 0; i < kBuiltinImages; ++i) {
    const Image pixels = preprocess_pixels(builtin_image(i), model.preprocess());
    ++stage.checked;
    if (to_hex(sha256(pixels.pixels)) == known->sha256[static_cast<size_t>(i)]) continue;
    ++stage.wrong;
    stage.detail = "not equal: built-in image " + std::to_string(i + 1);
  }
  set_status(stage);
  return stage;
}

VerifyStage pixels_against_stored(const Model& model, const StoredReference& reference) {
  VerifyStage stage = exact_stage("pixels", "stored: " + reference.made_with, "grey levels");
  stage.largest_error = 0;
  for (const StoredImage& image : reference.images) {
    const Raster raster = decode_raster(image.bytes, image.name, model.preprocess());
    const int difference =
        largest_difference(preprocess_pixels(raster, model.preprocess()), image.pixels);
    ++stage.checked;
    stage.wrong += difference != 0;
    if (difference > *stage.largest_error) {
      stage.largest_error = difference;
      stage.detail = "worst: " + image.name;
    }
  }
  set_status(stage);
  return stage;
}

Matrix image_vectors(const Model& model, const StoredReference* reference) {
  PreprocessSpec spec = model.preprocess();
  if (spec.variable_size()) spec.resize_by(PreprocessSpec::Resize::squash);
  const size_t count = reference ? reference->images.size() : kBuiltinImages;
  const auto floats = 3 * static_cast<size_t>(spec.crop_size) * static_cast<size_t>(spec.crop_size);
  std::vector<float> pixels(count * floats);
  for (size_t i = 0; i < count; ++i) {
    // Towers receive the pixels of the reference, so that an error in preprocessing is reported
    // only by the pixels stage.
    const Image image = reference ? reference->images[i].pixels
                                  : preprocess_pixels(builtin_image(static_cast<int>(i)), spec);
    if (image.width != spec.crop_size || image.height != spec.crop_size) {
      throw Error(ErrorCode::invalid_data, "the stored pixels of '", reference->images[i].name,
                  "' are ", image.width, " x ", image.height, ", expected ", spec.crop_size, " x ",
                  spec.crop_size);
    }
    normalize_pixels(image, spec, pixels.data() + i * floats);
  }
  return model.encode_pixels(pixels, static_cast<int64_t>(count));
}

Matrix text_vectors(const Model& model, const StoredReference* reference) {
  std::vector<TokenIds> ids;
  if (reference) {
    for (const StoredText& text : reference->texts) ids.push_back({text.ids, false, {}});
  } else {
    for (const std::string_view text : builtin_texts())
      ids.push_back(model.tokenizer().encode(text));
  }
  return model.encode_tokens(ids);
}

VerifyStage compare_rankings(const Matrix& images, const Matrix& texts,
                             const Matrix& reference_images, const Matrix& reference_texts) {
  VerifyStage stage = exact_stage("rankings", "", "similarity difference of swapped images");
  stage.tolerance = kSimilarityTolerance;
  stage.largest_error = 0;
  Matrix ours[] = {images, texts}, expected[] = {reference_images, reference_texts};
  for (Matrix* matrix : {&ours[0], &ours[1], &expected[0], &expected[1]}) normalize_rows(*matrix);
  for (int64_t t = 0; t < texts.rows; ++t) {
    const std::vector<double> similarity = similarities(ours[0], ours[1].row(t)),
                              reference = similarities(expected[0], expected[1].row(t));
    std::vector<size_t> order(similarity.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return similarity[a] > similarity[b]; });
    double worst =
        0;  // largest amount by which the reference prefers an image to one ranked above it
    double lowest = order.empty() ? 0 : reference[order[0]];
    for (const size_t i : order) {
      worst = std::max(worst, reference[i] - lowest);
      lowest = std::min(lowest, reference[i]);
    }
    ++stage.checked;
    stage.wrong += worst > kSimilarityTolerance;
    if (worst > *stage.largest_error) {
      stage.largest_error = worst;
      stage.detail = "worst: text " + std::to_string(t + 1);
    }
  }
  set_status(stage);
  return stage;
}

}  // namespace sightline
