// HTML that several sections of the page share.
#pragma once

#include <sightline/experiment.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "report/page/page.h"

namespace sightline {

std::string figure_html(const PageImage& image);

// Returns a table in its own scroll box. `name` identifies it in the page's address, where sorting
// and filter are stored. `head`, `body` and `foot`: rows of cells; those of the foot stay in place.
// `classes`: further classes of the table.
std::string table_html(std::string_view name, std::string_view head, std::string_view body,
                       std::string_view classes = {}, std::string_view foot = {});

// The beginning of a row that belongs to model `index`: its label as the first cell. The page hides
// the rows of models that are not selected.
std::string model_row(const ExperimentResult& result, size_t index);

// A header cell; escapes the text. `high_is_best`: the page sorts the column with the highest value
// first.
std::string head_cell(std::string_view text, bool high_is_best = false);

// A cell with the value of a metric and its interval, if there is one.
std::string metric_cell(const DirectionMetrics& d, Metric metric, bool best);

// An id that can be copied.
std::string id_html(std::string_view id);

// A file name as a part of a relative address: other bytes than letters, digits and "-._~" are
// written %HH.
std::string url_part(std::string_view name);

}  // namespace sightline
