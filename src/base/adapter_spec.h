// Models with an adapter: "MODEL+ADAPTER".
#pragma once

#include <optional>
#include <string>

namespace sightline {

struct AdapterSpec {
  std::string model;    // a path or a name; may itself be a model with an adapter
  std::string adapter;  // a path or a name
};

// Splits "MODEL+ADAPTER". Nothing for an existing path and for a text without a '+' between two
// parts. Of several '+', the last one between two existing paths counts, then the last one before
// an existing path, then the last one after an existing path, then the last one.
std::optional<AdapterSpec> split_adapter(const std::string& text);

// The model of "MODEL+ADAPTER", without any adapter; any other text unchanged.
std::string without_adapters(const std::string& text);

}  // namespace sightline
