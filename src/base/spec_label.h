// Labels of models and vectors: "NAME=PATH".
#pragma once

#include <string>

namespace sightline {

struct LabeledSpec {
  std::string label;  // empty: none was given
  std::string spec;   // a path, a name or a pair, without the label
};

// Splits "NAME=SPEC" at the first '='. A text without '=', an existing path and a pair
// ("text=PATH,image=PATH") have no label; "NAME=text=PATH,image=PATH" is a pair with a label.
// Throws invalid_argument if the label or what follows it is empty.
LabeledSpec split_label(const std::string& text);

}  // namespace sightline
