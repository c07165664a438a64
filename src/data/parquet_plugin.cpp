// Loads libsightline_parquet.so and calls the functions that it exports.
#include "data/parquet_plugin.h"

#include <sightline/dataset.h>

#include "base/plugin.h"
#include "data/parquet/api.h"
#include "data/readers/parquet_reader.h"
#include "data/writers/parquet_writer.h"

namespace sightline {
namespace {

constexpr const char* kPlugin = "parquet";
constexpr const char* kFeature = "Parquet";

}  // namespace

bool has_parquet() {
  return plugin_exists(kPlugin);
}

std::unique_ptr<Dataset> open_parquet(const ParquetSource& source) {
  static const auto open = reinterpret_cast<decltype(&sightline_parquet_open)>(plugin_symbol(
      kPlugin, "sightline_parquet_open", source.format == "arrow" ? "Arrow" : kFeature));
  return std::unique_ptr<Dataset>(open(source));
}

std::unique_ptr<RecordReader> open_parquet_records(const std::filesystem::path& file) {
  static const auto open = reinterpret_cast<decltype(&sightline_parquet_records)>(
      plugin_symbol(kPlugin, "sightline_parquet_records", kFeature));
  return std::unique_ptr<RecordReader>(open(file));
}

std::unique_ptr<ParquetWriter> create_parquet_writer(const std::filesystem::path& file,
                                                     const ParquetSchema& schema) {
  static const auto create = reinterpret_cast<decltype(&sightline_parquet_create)>(
      plugin_symbol(kPlugin, "sightline_parquet_create", kFeature));
  return std::unique_ptr<ParquetWriter>(create(file, schema));
}

}  // namespace sightline
