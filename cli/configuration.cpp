#include "configuration.h"

#include <sightline/error.h>

#include "base/json.h"

namespace sightline::cli {

CLI::Option* add_config_option(CLI::App& command, std::filesystem::path& file) {
  return command
      .add_option("--config", file,
                  "Settings from a configuration (JSON), such as best.json of 'sightline tune'; "
                  "options of the command take precedence")
      ->type_name("FILE");
}

bool given(const CLI::App& command, const char* option) {
  const CLI::Option* found = command.get_option_no_throw(option);
  return found != nullptr && found->count() > 0;
}

bool apply_configuration(const Configuration& configuration, const CLI::App& command,
                         ModelOptions& model) {
  bool any = false;
  const auto set = [&](const char* option, const auto& from, auto& to) {
    if (!from || given(command, option)) return;
    to = *from;
    any = true;
  };
  set("--precision", configuration.precision, model.precision);
  set("--orientation", configuration.orientation, model.orientation);
  set("--decode", configuration.decode, model.decode);
  set("--resize", configuration.resize, model.resize);
  return any;
}

void refuse_fusion(const Configuration& configuration, const std::string& what) {
  if (!configuration.fusion.active()) return;
  throw Error(ErrorCode::unsupported, "the configuration fuses images with texts ('text_weight' ",
              shown(configuration.fusion.weight), "), which ", what,
              " cannot do: search with --dataset");
}

}  // namespace sightline::cli
