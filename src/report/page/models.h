// The sections of the page about the run: models, warnings, skipped rows, command and machine.
#pragma once

#include <sightline/experiment.h>
#include <sightline/report.h>

#include <string>
#include <vector>

namespace sightline {

std::string models_section(const ExperimentResult& result);
std::string warnings_section(const std::vector<std::string>& warnings);  // empty without warnings
std::string skipped_section(const ExperimentResult& result);  // empty without skipped rows
std::string run_details(const RunInfo& run);  // version, date, machine, command line

}  // namespace sightline
