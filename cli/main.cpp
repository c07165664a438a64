#include <sightline/error.h>
#include <sightline/version.h>

#include <cstdio>
#include <new>

#include "command.h"

namespace {

int exit_code(sightline::ErrorCode code) {
  return code == sightline::ErrorCode::invalid_argument ? sightline::cli::kUsage
                                                        : sightline::cli::kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace sightline::cli;
  CLI::App app{"Finds pictures with words, and measures how well it does.", "sightline"};
  app.set_version_flag("--version", std::string("sightline ") + sightline::kVersion);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  app.footer("Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some inputs were skipped.\n"
             "'sightline COMMAND --help' shows a command's options and an example.");
  Action action;
  add_models(app, action);
  add_tokenize(app, action);
  add_preprocess(app, action);
  add_encode(app, action);
  add_eval(app, action);
  add_query(app, action);
  add_train(app, action);
  add_dataset(app, action);
  try {
    app.parse(argc, argv);
    return action ? action() : kUsage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  } catch (const sightline::Error& error) {
    std::fprintf(stderr, "sightline: %s\n", error.what());
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "sightline: out of memory\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sightline: internal error: %s\n", error.what());
  }
  return kFailed;
}
