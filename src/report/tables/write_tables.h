// The tables of a report as files.
#pragma once

#include <sightline/experiment.h>

#include <filesystem>
#include <string>

#include "report/tables/table.h"

namespace sightline {

// Writes folder/NAME.csv and folder/NAME.tex. Throws io.
void write_table(const Table& csv, const Table& latex, const std::filesystem::path& folder);

// Whether a file of this name in the folder of tables was written by a report.
bool is_table_file(const std::string& name);

// Writes folder/NAME.csv and folder/NAME.tex (docs/formats/results.md):
//   metrics-VIEW        the metrics of each model
//   accuracy-at-k-VIEW  accuracy against K, of the strict views
//   comparisons-VIEW    tests between models, if there are any
//   splits-VIEW         the metrics of each split, if there are several
//   columns-VIEW        the metrics of each value of the data set's columns, if there are any
//   noise               if noise was requested
// The caption-equivalent views are written only if they differ from the strict ones. Deletes the
// tables of an earlier report; keeps other files. Throws io.
void write_tables(const ExperimentResult& result, const std::filesystem::path& folder);

}  // namespace sightline
