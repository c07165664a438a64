// The tables of a classification as CSV and LaTeX.
#pragma once

#include <sightline/classification.h>

#include "report/tables/table.h"

namespace sightline {

Table classification_table(const ClassificationResult& result);  // one row per model
Table classes_table(const ClassificationResult& result);         // one row per class and model

}  // namespace sightline
