// The captions of a query bank.
#pragma once

#include <sightline/experiment.h>

#include <span>
#include <string>
#include <vector>

namespace sightline {

// Returns the distinct captions of the bank's split, in order. Throws what opening and reading the
// data set throw; not_found, saying what needs the split, if it has no row.
std::vector<std::string> read_bank_captions(const DatasetInput& dataset,
                                            const CorrectionOptions& options, CaptionChoice choice);

// Leaves out captions that a text of the experiment equals, and takes a random sample if there are
// too many. Throws invalid_data if none is left.
std::vector<std::string> choose_bank(std::vector<std::string> captions,
                                     std::span<const std::string> texts,
                                     const CorrectionOptions& options, QueryBank& bank);

}  // namespace sightline
