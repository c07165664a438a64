#include <sightline/error.h>
#include <sightline/fine_tune.h>

#include <array>
#include <utility>

namespace sightline {
namespace {

constexpr std::array<std::pair<FineTuneMethod, const char*>, 7> kNames = {
    {{FineTuneMethod::full, "full"},
     {FineTuneMethod::locked_image, "locked-image"},
     {FineTuneMethod::locked_text, "locked-text"},
     {FineTuneMethod::projections, "projections"},
     {FineTuneMethod::adapter, "adapter"},
     {FineTuneMethod::lora, "lora"},
     {FineTuneMethod::prompt, "prompt"}}};

}  // namespace

const char* fine_tune_method_name(FineTuneMethod method) {
  for (const auto& [value, name] : kNames) {
    if (value == method) return name;
  }
  return "";
}

FineTuneMethod parse_fine_tune_method(const std::string& name) {
  std::string all;
  for (const auto& [value, known] : kNames) {
    if (name == known) return value;
    all += (all.empty() ? "" : ", ") + std::string(known);
  }
  throw Error(ErrorCode::invalid_argument, "'", name, "' is not a method of fine-tuning, expected ",
              all);
}

}  // namespace sightline
