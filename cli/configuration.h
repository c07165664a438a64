// --config: settings from a configuration file, unless options of the command give them.
#pragma once

#include <sightline/configuration.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline::cli {

// Adds --config FILE.
CLI::Option* add_config_option(CLI::App& command, std::filesystem::path& file);

// Whether the option was given on the command line.
bool given(const CLI::App& command, const char* option);

// Sets precision, orientation and decoding of `model` to those of the configuration, except those
// that options give. Returns whether one was set.
bool apply_configuration(const Configuration& configuration, const CLI::App& command,
                         ModelOptions& model);

// Throws unsupported if the configuration fuses images with texts; `what` cannot do it.
void refuse_fusion(const Configuration& configuration, const std::string& what);

}  // namespace sightline::cli
