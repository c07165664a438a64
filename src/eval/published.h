// The published experiment: what was run, and the scores that were published.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct PublishedModel {
  const char* name;  // as `sightline pull` and --model know it
  int64_t score;     // captions whose own image is among the best K
};

inline constexpr int64_t kPublishedRows = 833;
inline constexpr int kPublishedTopK = 5;
inline constexpr const char* kPublishedImageColumn = "image";
inline constexpr const char* kPublishedTextColumn = "text";

// baseline 6, RN50 339, ViT-B/32 376, ViT-B/16 400, in this order.
std::span<const PublishedModel> published_models();

// The five free queries, in the order in which they were published.
std::span<const char* const> published_queries();

// Repositories of the Hub that hold the data set, the likeliest first (docs/reproduce.md says what
// is known of each).
std::span<const char* const> published_datasets();

// SHA-256 of the one parquet file that copies of the data set hold, and its size.
inline constexpr const char* kPublishedSha256 =
    "dac20b9c37476bc23b62586ac234c0dd59b9a38dc039078a1181fae8d2d6246f";
inline constexpr int64_t kPublishedSizeBytes = 99672355;

enum class PublishedFile { same, other, several };
// Whether `dataset` is that very file, or a folder (searched with its subfolders) with it as the
// only parquet file. Reads the file only where its size is the published one. Throws io.
PublishedFile compare_published_file(const std::filesystem::path& dataset);

// Throws invalid_data where a data set cannot be the published one: not parquet, other columns,
// another number of rows. Throws what opening it throws.
void check_published_dataset(const std::filesystem::path& dataset);

}  // namespace sightline
