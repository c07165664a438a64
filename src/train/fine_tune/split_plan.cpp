#include "train/fine_tune/split_plan.h"

#include <sightline/error.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "data/split_names.h"
#include "train/fine_tune/read_images.h"

namespace sightline {
namespace {

constexpr const char* kDrawn = "drawn by content";
constexpr int64_t kLeastTraining = 2;  // an image and its text need others to differ from

// The key that orders groups: it depends on the content of their images alone.
Digest group_key(std::vector<Digest>& members) {
  std::ranges::sort(members);
  Sha256 key;
  for (const Digest& digest : members) key.update(digest);
  return key.digest();
}

// Draws images of `from` for `part`, whole groups, until there are `wanted`.
void draw_part(SplitPlan& plan, SplitPart from, SplitPart part, int64_t wanted) {
  std::map<int64_t, std::vector<size_t>> groups;
  for (size_t i = 0; i < plan.images.size(); ++i) groups[plan.images[i].group].push_back(i);
  std::vector<std::pair<Digest, const std::vector<size_t>*>> order;
  for (const auto& [group, members] : groups) {
    const auto drawable = [&](size_t i) { return plan.images[i].part == from; };
    if (!std::ranges::all_of(members, drawable)) continue;  // near to an image of another part
    std::vector<Digest> digests;
    for (const size_t i : members) digests.push_back(plan.images[i].digest);
    order.emplace_back(group_key(digests), &members);
  }
  std::ranges::sort(order);
  for (const auto& [key, members] : order) {
    if (static_cast<int64_t>(members->size()) > wanted) continue;
    for (const size_t i : *members) plan.images[i].part = part;
    wanted -= static_cast<int64_t>(members->size());
  }
  plan.origin[part] = kDrawn;
}

// An image of a group with tested images is tested or left out; likewise for validated ones.
void leave_out_near(SplitPlan& plan) {
  std::map<int64_t, SplitPart> strictest;
  for (const PlannedImage& image : plan.images) {
    if (image.part == SplitPart::unused) continue;
    SplitPart& part = strictest.try_emplace(image.group, image.part).first->second;
    part = std::max(part, image.part);
  }
  for (PlannedImage& image : plan.images) {
    if (image.part == SplitPart::unused || image.part == strictest[image.group]) continue;
    image.part = SplitPart::unused;
    ++plan.left_out;
  }
}

void limit_pairs(SplitPlan& plan, int64_t count, uint64_t seed) {
  std::vector<std::pair<uint64_t, PlannedImage*>> order;
  for (PlannedImage& image : plan.images) {
    if (image.part != SplitPart::train) continue;
    uint64_t key = 0;
    for (size_t i = 0; i < sizeof key; ++i) key = key << 8 | image.digest[i];
    order.emplace_back(Random{seed, key}.next(), &image);
  }
  std::ranges::sort(order, {},
                    [](const auto& item) { return std::pair(item.first, item.second->digest); });
  for (size_t i = static_cast<size_t>(count); i < order.size(); ++i)
    order[i].second->part = SplitPart::unused;
}

void check_shares(const FineTuneOptions& options) {
  const double validation = options.validation_share, test = options.test_share;
  if (validation > 0 && test > 0 && validation + test <= 0.9) return;
  throw Error(ErrorCode::invalid_argument, "the shares of validation and test are ", validation,
              " and ", test, ", expected positive ones of at most 0.9 together");
}

void require_parts(const SplitPlan& plan) {
  for (const auto& [part, least] :
       {std::pair{SplitPart::train, kLeastTraining}, std::pair{SplitPart::validation, int64_t{1}},
        std::pair{SplitPart::test, int64_t{1}}}) {
    const int64_t found = plan.count(part);
    if (found >= least) continue;
    throw Error(ErrorCode::invalid_data, "'", plan.input.path.string(), "' leaves ",
                counted(found, "image"), " for ", part_name(part), " of ",
                counted(std::ssize(plan.images), "distinct image"), " with a caption",
                plan.left_out > 0 ? message(", ", plan.left_out,
                                            " of them left out as near-duplicates of images of "
                                            "another part")
                                  : "",
                ": expected at least ", kLeastTraining,
                " to train on, 1 to validate on and 1 to test on, ", kLeastTraining + 2,
                " in all, which are no near-duplicates of each other");
  }
}

// The names of a part's splits: those given, or the first that the data set has and that is not
// given for another part.
std::set<std::string> names_of(const std::filesystem::path& dataset, const std::string& given,
                               std::initializer_list<const char*> usual,
                               const std::set<std::string>& taken) {
  if (!given.empty()) return split_names(given);
  for (const char* name : usual) {
    if (!taken.contains(name) && has_split(dataset, name)) return {name};
  }
  return {};
}

}  // namespace

const char* part_name(SplitPart part) {
  constexpr const char* kNames[] = {"train", "validation", "test", "unused"};
  return kNames[static_cast<size_t>(part)];
}

int64_t SplitPlan::count(SplitPart part) const {
  return std::ranges::count(images, part, &PlannedImage::part);
}

void assign_parts(SplitPlan& plan, const std::map<std::string, SplitPart>& own,
                  const FineTuneOptions& options) {
  std::vector<ImageSketch> sketches;
  for (const PlannedImage& image : plan.images) sketches.push_back(image.sketch);
  const std::vector<int64_t> groups = group_near_duplicates(sketches);
  for (size_t i = 0; i < groups.size(); ++i) {
    PlannedImage& image = plan.images[i];
    image.group = groups[i];
    const auto part = own.find(image.split);
    image.part = part == own.end() ? SplitPart::train : part->second;
  }
  std::set<SplitPart> named;
  for (const auto& [split, part] : own) {
    std::string& origin = plan.origin[part];
    origin += (origin.empty() ? "split '" : ", '") + split + "'";
    named.insert(part);
  }
  if (!named.contains(SplitPart::train)) plan.origin[SplitPart::train] = "all other images";
  const auto available = static_cast<double>(plan.count(SplitPart::train));
  for (const auto& [part, share] : {std::pair{SplitPart::test, options.test_share},
                                    std::pair{SplitPart::validation, options.validation_share}}) {
    if (named.contains(part)) continue;
    draw_part(plan, SplitPart::train, part,
              std::max<int64_t>(1, static_cast<int64_t>(share * available + 0.5)));
  }
  leave_out_near(plan);
  if (options.max_pairs > 0) limit_pairs(plan, options.max_pairs, options.settings.seed);
  require_parts(plan);
}

SplitPlan plan_splits(const FineTuneOptions& options, const ProgressFn& progress) {
  check_shares(options);
  const auto& dataset = options.dataset;
  std::map<std::string, SplitPart> own;
  const auto add = [&](const std::set<std::string>& names, SplitPart part) {
    for (const std::string& name : names) {
      if (own.emplace(name, part).second) continue;
      throw Error(ErrorCode::invalid_argument, "the split '", printable(name),
                  "' is given for two of training, validation and test");
    }
  };
  const std::set<std::string> train = names_of(dataset, options.train_split, {"train"}, {});
  add(train, SplitPart::train);
  add(names_of(dataset, options.validation_split, {"validation", "val", "valid", "dev"}, train),
      SplitPart::validation);
  add(names_of(dataset, options.test_split, {"test"}, train), SplitPart::test);
  if (train.empty() && !own.empty()) {
    std::string names;
    for (const auto& [name, part] : own) names += (names.empty() ? "'" : ", '") + name + "'";
    throw Error(ErrorCode::invalid_data, quoted(dataset),
                " has no split 'train', and of its images those of ", printable(names),
                " must not be trained on: name the split to train on with --train-split");
  }
  std::vector<std::string> splits;
  for (const auto& [name, part] : own) splits.push_back(name);
  SplitPlan plan = read_images_of(dataset, splits, true, progress);
  assign_parts(plan, own, options);
  return plan;
}

std::string splits_jsonl(const SplitPlan& plan) {
  std::string text;
  for (const PlannedImage& image : plan.images) {
    if (image.part == SplitPart::unused) continue;
    const Json line = {{"id", image.id},
                       {"part", part_name(image.part)},
                       {"image", to_hex(image.digest)},
                       {"group", to_hex(plan.images[static_cast<size_t>(image.group)].digest)}};
    text += json_text(line) + "\n";
  }
  return text;
}

}  // namespace sightline
