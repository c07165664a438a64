// Resolves arguments of --model and --dataset to paths. Existing paths are returned unchanged;
// models and data sets on the Hub are first pulled into the cache if the user agrees.
#pragma once

#include <sightline/hub.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline::cli {

// Adds the flag --pull: pull without asking.
void add_pull_flag(CLI::App& command, bool& pull);

// Resolve like resolve_model and resolve_dataset. A repository that is not in the cache is pulled
// if `pull` is set, or if the user agrees at a terminal; never with HF_HUB_OFFLINE. Throw not_found
// if it is not pulled, and the errors of plan_pull and pull.
std::string locate_model(const std::string& text, bool pull);
std::filesystem::path locate_dataset(const std::string& text, bool pull);

// Returns the text of --model such that it names the same model from every working directory:
// existing paths in it become absolute, names on the Hub stay.
std::string lasting_model_spec(const std::string& text);

// Returns a summary: "6 files, 605.2 MB, 605.2 MB to download".
std::string plan_text(const PullPlan& plan);

// Says what an interrupted download keeps (interruption.h).
std::string kept_downloads();

}  // namespace sightline::cli
