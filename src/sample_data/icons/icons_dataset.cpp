#include <sightline/dataset.h>
#include <sightline/error.h>
#include <sightline/icons_dataset.h>

#include "base/text.h"
#include "sample_data/icons/icon_caption.h"
#include "sample_data/icons/icon_set.h"
#include "sample_data/icons/icon_source.h"
#include "sample_data/icons/render_icons.h"
#include "sample_data/image_name.h"
#include "sample_data/sample_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
constexpr int kFormat = 1;  // incremented when the generated files change

SampleKind icons_kind(const IconSet& set) {
  return {"sightline dataset icons",
          "an icons data set",
          "parquet/icons.parquet",
          {"keywords", "split", "creator", "licence", "source"},
          is_image_name,
          set.info().package};
}

struct Selection {
  std::vector<std::string> names, captions;  // of the icons that have a caption
  int64_t hidden = 0, without_words = 0;
};

Selection select(const IconSet& set) {
  Selection selection;
  for (const auto& [name, icon] : set.icons()) {
    std::string caption = icon_caption(name);
    if (icon.hidden) {
      ++selection.hidden;
    } else if (caption.empty()) {
      ++selection.without_words;
    } else {
      selection.names.push_back(name);
      selection.captions.push_back(std::move(caption));
    }
  }
  return selection;
}

Json metadata(const IconSet& set, const std::string& name, const std::string& caption) {
  Json row = {{"file_name", "images/" + image_name(name)},
              {"text", caption},
              {"keywords", icon_keywords(set.categories(name))},
              {"split", split_name(Split::train)}};
  row.update(source_columns(set, name));
  return row;
}

// Throws if the manifest is not in the expected form.
IconsDatasetSummary summary_of(const Json& manifest, bool already_there) {
  return {split_counts(manifest).train, manifest.at("icons"), counts_of(manifest.at("left_out")),
          manifest.at("made_from").at("parquet"), already_there};
}

}  // namespace

IconsDatasetSummary make_icons_dataset(const fs::path& directory, const fs::path& package,
                                       const ProgressFn& progress) {
  require_svg("the icons data set");
  const IconSet set(package);
  const SampleFolder folder(directory, icons_kind(set));
  const Json made_from = {
      {"format", kFormat}, {"parquet", has_parquet()}, {"inputs", fingerprint_files(set.files())}};
  const auto finished = folder.find_finished<IconsDatasetSummary>(
      made_from, [](const Json& manifest) { return summary_of(manifest, true); });
  if (finished) return *finished;
  folder.check();  // fails early: drawing takes seconds
  const Selection selection = select(set);
  auto rendered = render_icons(set, selection.names, progress);
  SplitCounts rows;
  for (const auto& png : rendered.png) rows.train += !png.empty();
  if (rows.train == 0) {
    throw Error(ErrorCode::invalid_data, quoted(set.files().front()),
                " has no icon that can be drawn and has words in its name");
  }
  folder.prepare();
  SampleWriter writer(folder);
  for (size_t i = 0; i < selection.names.size(); ++i) {
    if (rendered.png[i].empty()) continue;
    writer.add(metadata(set, selection.names[i], selection.captions[i]),
               std::move(rendered.png[i]));
  }
  const int64_t image_bytes = writer.finish();
  const Json facts = {{"made_from", made_from},
                      {"package", package_json(set)},
                      {"icons", set.icons().size()},
                      {"left_out", counts_json({{"hidden", selection.hidden},
                                                {"no words in its name", selection.without_words},
                                                {"librsvg cannot draw it", rendered.failed},
                                                {"blank or in one colour", rendered.blank}})}};
  return summary_of(folder.finish(facts, rows, image_bytes), false);
}

}  // namespace sightline
