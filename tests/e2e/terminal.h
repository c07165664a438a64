// Runs programs on a pseudo-terminal.
#pragma once

#include <string>
#include <vector>

namespace sightline::testing {

struct OnTerminal {
  int exit_code = -1;
  std::string shown;  // all of stdout and stderr, as the terminal received it
};

// Runs build/sightline with these arguments on a terminal of `columns` columns.
OnTerminal on_terminal(const std::vector<std::string>& arguments, int columns = 100);

}  // namespace sightline::testing
