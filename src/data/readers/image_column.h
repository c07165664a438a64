// Chooses the column of image files of a table.
#pragma once

#include <string>
#include <vector>

namespace sightline {

// Returns the column of image files among `columns`: the requested one, else the first with a usual
// name. Case is ignored if no name matches exactly. Throws not_found if the requested column is
// missing, invalid_data, with advice, if there is no usual one. `dataset` names the file in
// messages.
std::string choose_image_column(const std::vector<std::string>& columns,
                                const std::string& requested, const std::string& dataset);

}  // namespace sightline
