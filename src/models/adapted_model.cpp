#include "models/adapted_model.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/file.h"
#include "base/suggest.h"
#include "models/low_rank_adapter.h"
#include "models/prompt_adapter.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// The directory of a model, whose name says which model it is.
fs::path directory_of(const fs::path& model) {
  std::error_code ignored;
  const fs::path path = fs::weakly_canonical(model, ignored);
  return fs::is_regular_file(path, ignored) ? path.parent_path() : path;
}

// "models--org--name", the folder of a repository in the Hub's cache.
std::string cache_folder(const std::string& repository) {
  std::string name = "models";
  for (size_t begin = 0; begin <= repository.size();) {
    const size_t end = std::min(repository.find('/', begin), repository.size());
    name += "--" + repository.substr(begin, end - begin);
    begin = end + 1;
  }
  return name;
}

// Whether a model is probably the one that an adapter was made for, from the path or the name that
// the adapter has for it, which may be of another machine.
bool is_named(const fs::path& model, const std::string& name) {
  const fs::path directory = directory_of(model), named = directory_of(name);
  if (directory == named || directory.filename() == named.filename()) return true;
  return std::ranges::any_of(fs::absolute(model).lexically_normal(),
                             [&](const fs::path& part) { return part == cache_folder(name); });
}

// `base`: the model that the adapter was made for; may be empty.
void warn_of_another_base(const AdapterSpec& spec, const std::string& base, ModelSource& source) {
  const std::string made_for = without_adapters(base), model = without_adapters(spec.model);
  if (made_for.empty() || is_named(model, made_for)) return;
  source.warnings.push_back("the adapter '" + spec.adapter + "' was made for the model '" +
                            made_for + "' and is added to '" + model + "'");
}

void add_low_rank(const AdapterSpec& spec, ModelSource& source) {
  LowRankAdapter adapter(spec.adapter);
  warn_of_another_base(spec, adapter.config().base_model, source);
  source.facts.emplace_back(kAdapterConfigFile, adapter.config_text());
  source.adapters.push_back(adapter.weights());
  source.parameters =
      std::make_unique<AdaptedSource>(std::move(source.parameters), std::move(adapter));
}

}  // namespace

ModelSource open_adapted_model(const AdapterSpec& spec) {
  const std::string text = spec.model + "+" + spec.adapter;
  const auto fail = [&](ErrorCode code, const std::string& what) {
    throw Error(code, "'", text, "', read as MODEL+ADAPTER: ", what);
  };
  ModelSource source;
  try {
    source = open_model(spec.model);
  } catch (const Error& error) {
    fail(error.code(), error.what());
  }
  source.path = text;
  if (!source.parts.empty()) {
    fail(ErrorCode::invalid_argument, "'" + spec.model +
                                          "' is a pair; expected a model, or "
                                          "text=MODEL+ADAPTER,image=MODEL");
  }
  if (!fs::is_directory(file_status(spec.adapter))) {
    fail(ErrorCode::not_found,
         "there is no adapter directory '" + spec.adapter + "'" + nearest_path(spec.adapter));
  }
  const auto has = [&](const char* file) {
    return fs::exists(file_status(fs::path(spec.adapter) / file));
  };
  if (!has(kAdapterConfigFile) && !has(kPromptFile)) {
    fail(ErrorCode::not_found,
         "'" + spec.adapter + "' has neither " + kAdapterConfigFile + " nor " + kPromptFile);
  }
  if (has(kAdapterConfigFile)) add_low_rank(spec, source);
  if (has(kPromptFile)) {
    warn_of_another_base(spec, prompt_base(spec.adapter), source);
    add_prompt(spec.adapter, source);
  }
  return source;
}

}  // namespace sightline
