// The stages of a verification. Each gives one VerifyStage, passed, failed or skipped.
#pragma once

#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/verify.h>

#include <string>
#include <vector>

#include "verify/stored_reference.h"

namespace sightline {

// Whether the model has this side at all.
bool has_image_tower(const Model& model);
bool has_text_tower(const Model& model);

VerifyStage tokens_against_builtin(const Model& model);
VerifyStage tokens_against_stored(const Model& model, const StoredReference& reference);
VerifyStage pixels_against_builtin(const Model& model);
VerifyStage pixels_against_stored(const Model& model, const StoredReference& reference);

// Vectors of the stored inputs, or of the built-in ones where `reference` is null; not normalised.
Matrix image_vectors(const Model& model, const StoredReference* reference);
Matrix text_vectors(const Model& model, const StoredReference* reference);

// For each text the order of the images by cosine similarity. Images that the reference holds
// for equally similar (within what towers may differ by) may change places.
VerifyStage compare_rankings(const Matrix& images, const Matrix& texts,
                             const Matrix& reference_images, const Matrix& reference_texts);

VerifyStage skipped_stage(const std::string& name, const std::string& reference,
                          const std::string& why);

}  // namespace sightline
