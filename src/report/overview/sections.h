// Sections of the page of several data sets.
#pragma once

#include <sightline/overview.h>

#include <string>

#include "report/overview/page.h"
#include "report/page/page.h"

namespace sightline {

// A link to the report of a data set; only `text` if it is incomplete, since its page is missing or
// that of an earlier report.
std::string report_link(const std::string& name, bool incomplete, const std::string& text);

// Models in rows, classified data sets in columns, a matrix per metric; empty without one.
std::string classification_matrices(const Overview& overview);

// Kendall's tau of each pair of data sets; empty for one model or one data set.
std::string correlation_section(const Overview& overview);

// Captions and images that every model fails, of each data set; empty if there is none.
std::string hard_section(const Overview& overview, const OverviewImages& images,
                         const PageImages& thumbnails);

}  // namespace sightline
