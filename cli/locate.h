// What --model and --dataset name, as a path: folders and files as they are, names of the Hub's
// models and data sets as their place in the cache, pulled first where the user says so.
#pragma once

#include <sightline/hub.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline::cli {

// Adds --pull, which answers the question of the functions below with yes.
void add_pull_flag(CLI::App& command, bool& pull);

// As resolve_model and resolve_dataset. Where the cache lacks a repository: pulls it with `pull`;
// at a terminal asks whether to; never with HF_HUB_OFFLINE. Otherwise throws not_found.
std::string locate_model(const std::string& text, bool pull);
std::filesystem::path locate_dataset(const std::string& text, bool pull);

// "6 files, 605.2 MB, 605.2 MB to download".
std::string plan_text(const PullPlan& plan);

}  // namespace sightline::cli
