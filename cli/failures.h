// Options and tables of the failure report: hubs, corrections, groups, typographic attack.
#pragma once

#include <sightline/experiment.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sightline::cli {

struct FailureFlags {
  std::vector<std::string> corrections;  // --correct
  bool typographic = false;
  TypographicOptions attack;
};

void add_failure_options(CLI::App& command, FailureFlags& flags, FailureOptions& failures);

// Sets corrections and attack of `failures` after parsing. Throws what parse_correction throws.
void complete_failures(FailureOptions& failures, const FailureFlags& flags);

// Returns the tables of the failure report; empty if nothing was measured.
std::string failure_tables(const ExperimentResult& result);

}  // namespace sightline::cli
