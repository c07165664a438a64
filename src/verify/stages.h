// The stages of a verification. Each returns one VerifyStage: passed, failed or skipped.
#pragma once

#include <sightline/matrix.h>
#include <sightline/model.h>
#include <sightline/verify.h>

#include <string>
#include <vector>

#include "verify/stored_reference.h"

namespace sightline {

bool has_image_tower(const Model& model);
bool has_text_tower(const Model& model);

// Tokenizer output, and pixels after preprocessing, compared with a reference. Both must be equal.
VerifyStage tokens_against_builtin(const Model& model);
VerifyStage tokens_against_stored(const Model& model, const StoredReference& reference);
VerifyStage pixels_against_builtin(const Model& model);
VerifyStage pixels_against_stored(const Model& model, const StoredReference& reference);

// Encodes the stored inputs, or the built-in inputs if `reference` is null. Returns (inputs, D),
// not normalized. Throws invalid_data if stored pixels have the wrong size.
Matrix image_vectors(const Model& model, const StoredReference* reference);
Matrix text_vectors(const Model& model, const StoredReference* reference);

// Compares, for each text, the order of the images by cosine similarity. Images whose reference
// similarities differ by no more than the tower tolerance may swap ranks. `reference` of the stage
// is not set.
VerifyStage compare_rankings(const Matrix& images, const Matrix& texts,
                             const Matrix& reference_images, const Matrix& reference_texts);

// A stage with the status skipped and the reason `why`.
VerifyStage skipped_stage(const std::string& name, const std::string& reference,
                          const std::string& why);

}  // namespace sightline
