// The texts of a training run whose text tower is locked: drawn once per row and encoded once.
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "train/training_set.h"

namespace sightline {

struct LockedTexts {
  Matrix vectors;                            // (texts, D), of distinct texts, unit length
  std::vector<std::vector<int64_t>> of_row;  // the texts of each row; a text may occur repeatedly
  Matrix means;                              // (rows, D), of each row's texts, unit length
};

// Encodes texts as (texts, D) vectors of unit length.
using EncodeTexts = std::function<Matrix(std::span<const std::string> texts)>;

// Draws `variants` texts of each row (random_caption) and encodes the distinct ones. What is drawn
// for a row depends on the recipe's seed and the row's captions and keywords alone.
LockedTexts lock_texts(const TrainingSet& set, const Recipe& recipe, const EncodeTexts& encode);

}  // namespace sightline
