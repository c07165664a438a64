#include <sightline/dataset.h>
#include <sightline/error.h>

#include "data/writers/sink_coco.h"
#include "data/writers/sink_csv.h"
#include "data/writers/sink_folders.h"
#include "data/writers/sink_webdataset.h"
#include "data/writers/sinks.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Sink> make_sink(const fs::path& to, DatasetFormat format,
                                const DatasetColumns& columns) {
  switch (format) {
    case DatasetFormat::parquet:
      return parquet_sink(to, columns);
    case DatasetFormat::coco:
      return coco_sink(to);
    case DatasetFormat::csv:
      return csv_sink(to, columns);
    case DatasetFormat::webdataset:
      return webdataset_sink(to);
    case DatasetFormat::imagefolder:
      break;
  }
  return imagefolder_sink(to, columns);
}

}  // namespace

ConvertSummary convert_dataset(Dataset& from, const fs::path& to, DatasetFormat format,
                               const ProgressFn& progress) {
  const DatasetColumns columns = from.columns();
  const std::unique_ptr<Sink> sink = make_sink(to, format, columns);
  ConvertSummary summary;
  // In these formats the text column has one type for all rows: a text or a list of texts.
  const bool fixed_type = format == DatasetFormat::parquet || format == DatasetFormat::imagefolder;
  const bool one_caption = fixed_type && !wants_lists(columns);
  for (int64_t seen = 1; auto row = from.next(); ++seen) {
    if (!row->error && one_caption && row->captions.size() > 1) {
      row->error = "has " + std::to_string(row->captions.size()) +
                   " captions; expected at most one, as in the data set's first row";
    }
    if (row->error) {
      summary.skipped.emplace_back(row->id, *row->error);
    } else {
      sink->add(*row);
      ++summary.rows;
    }
    if (progress && (seen % 64 == 0 || seen == from.size()))
      progress({"converting", seen, from.size(), ""});
  }
  if (summary.rows > 0) sink->finish();
  return summary;
}

}  // namespace sightline
