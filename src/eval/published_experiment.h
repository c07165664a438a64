// The published experiment that `sightline reproduce` repeats: its settings and its scores.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct PublishedModel {
  const char* name;  // as `sightline pull` and --model accept it
  int64_t score;     // captions whose own image is among the top K
};

inline constexpr int64_t kPublishedRows = 833;
inline constexpr int kPublishedTopK = 5;
inline constexpr const char* kPublishedImageColumn = "image";
inline constexpr const char* kPublishedTextColumn = "text";

// baseline 6, RN50 339, ViT-B/32 376, ViT-B/16 400, in this order.
std::span<const PublishedModel> published_models();

// The five free queries, in the published order.
std::span<const char* const> published_queries();

// Hub repositories with copies of the data set, most likely first (docs/reproduce.md describes
// them).
std::span<const char* const> published_datasets();

// SHA-256 and size of the single parquet file in the copies of the data set.
inline constexpr const char* kPublishedSha256 =
    "dac20b9c37476bc23b62586ac234c0dd59b9a38dc039078a1181fae8d2d6246f";
inline constexpr int64_t kPublishedSizeBytes = 99672355;

enum class PublishedFile { same, other, several };  // several: more than one parquet file
// Compares `dataset` with the published file. `dataset` is a file, or a folder that is searched
// recursively for parquet files. Hashes the file only if its size matches. Throws io.
PublishedFile compare_published_file(const std::filesystem::path& dataset);

// Throws invalid_data if the data set cannot be the published one: another format, other columns or
// another number of rows. Throws what opening the data set throws.
void check_published_dataset(const std::filesystem::path& dataset);

}  // namespace sightline
