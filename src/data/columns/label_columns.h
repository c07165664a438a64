// The columns of class labels of a table, and their lists in Row::extra.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// Names of such columns, most usual first: columns of one label, then of lists.
std::span<const char* const> usual_label_columns();

// Whether a column has such a name, in any case. It is then no caption unless it is requested, and
// its lists become a part of Row::extra.
bool is_label_column(const std::string& name);

// The list as JSON text, as Row::extra has it: ["cat","dog"].
std::string label_list_text(std::span<const std::string> labels);

// The labels of such a text, of strings or integers; nothing for a text that is not a JSON list of
// them.
std::optional<std::vector<std::string>> parse_label_list(const std::string& text);

}  // namespace sightline
