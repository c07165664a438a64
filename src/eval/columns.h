// The columns of an experiment's rows.
#pragma once

#include <sightline/experiment.h>

#include <map>
#include <string>
#include <vector>

namespace sightline {

using Fields = std::map<std::string, std::string>;  // value by column

// Sets result.columns to the columns of `rows` except "split" and one without a name, and the
// fields of result.rows to their values. rows[n] belongs to result.rows[n].
void set_columns(ExperimentResult& result, const std::vector<Fields>& rows);

}  // namespace sightline
