// Parts of `sightline feedback`.
#pragma once

#include <sightline/feedback.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "base/json.h"
#include "command.h"

namespace sightline::cli {

// Adds `feedback simulate` to the command's subcommands.
void add_feedback_simulate(CLI::App& group, Action& action);

// Results as JSON (docs/formats/json.md).
Json info_json(const std::filesystem::path& library, const JudgementCounts& counts,
               const Corrections& corrections);
Json correction_json(const CorrectionVersion& version);
Json evaluation_json(const FeedbackModel& model, const std::vector<FeedbackDay>& days);

// Results as text on stdout.
void print_correction(const CorrectionVersion& version);
void print_versions(const std::vector<CorrectionVersion>& versions, bool enabled);
void print_evaluation(const FeedbackModel& model, const std::vector<FeedbackDay>& days);

}  // namespace sightline::cli
