// Options of models and their computation, shared by all commands.
#pragma once

#include <sightline/model.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sightline::cli {

// Help text of --model in commands that accept a pair.
inline constexpr const char* kModelHelp =
    "Model directory, file or name, MODEL+ADAPTER, or a pair: text=MODEL,image=MODEL[,seed=N]; "
    "NAME=MODEL labels it NAME";

// --backend and --device.
void add_backend_options(CLI::App& command, Backend& backend, Device& device);

// --device alone.
void add_device_option(CLI::App& command, Device& device);

// --precision fp32|bf16|int8.
void add_fixed_precision_option(CLI::App& command, std::optional<Precision>& precision);

// --precision fp32|bf16|int8|auto; auto leaves `precision` empty. `inputs`: on what auto chooses.
void add_precision_option(CLI::App& command, std::optional<Precision>& precision,
                          const std::string& inputs = "images and texts");

// --precision with several comma-separated names; rejects repeated ones. `with_auto`: accepts auto,
// which becomes an empty element.
void add_precisions_option(CLI::App& command, std::vector<std::optional<Precision>>& precisions,
                           bool with_auto);

// --orientation upright|stored, --decode exact|fast and --resize shortest|squash|longest.
void add_image_options(CLI::App& command, OrientationProfile& orientation, DecodeProfile& decode,
                       std::optional<PreprocessSpec::Resize>& resize);
void add_image_options(CLI::App& command, ModelOptions& options);

// --batch-size.
void add_batch_size_option(CLI::App& command, int64_t& batch_size);

}  // namespace sightline::cli
