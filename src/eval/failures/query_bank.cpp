#include "eval/failures/query_bank.h"

#include <sightline/error.h>

#include <algorithm>
#include <unordered_set>

#include "base/random.h"
#include "base/text.h"

namespace sightline {
namespace {

constexpr uint64_t kPurpose = 0x717565727962616eu;  // "queryban"

// Keeps `count` random captions in their order.
void sample(std::vector<std::string>& captions, size_t count, uint64_t seed) {
  if (captions.size() <= count) return;
  std::vector<size_t> order(captions.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  Random({seed, kPurpose}).shuffle(order);
  order.resize(count);
  std::ranges::sort(order);
  std::vector<std::string> kept;
  for (const size_t i : order) kept.push_back(std::move(captions[i]));
  captions = std::move(kept);
}

}  // namespace

std::vector<std::string> read_bank_captions(const DatasetInput& dataset,
                                            const CorrectionOptions& options,
                                            CaptionChoice choice) {
  DatasetInput bank = dataset;
  bank.splits = {options.bank_split};
  std::vector<std::string> captions;
  std::unordered_set<std::string> seen;
  try {
    RowReader rows(bank);
    while (const std::optional<Row> row = rows.next()) {
      for (const std::string& caption : row->captions) {
        if (is_blank(caption)) continue;
        if (seen.insert(caption).second) captions.push_back(caption);
        if (choice == CaptionChoice::first) break;
      }
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    throw Error(error.code(), "the query bank of csls-bank and qb-norm is read from split '",
                options.bank_split, "': ", error.what());
  }
  return captions;
}

std::vector<std::string> choose_bank(std::vector<std::string> captions,
                                     std::span<const std::string> texts,
                                     const CorrectionOptions& options, QueryBank& bank) {
  const std::unordered_set<std::string> tested(texts.begin(), texts.end());
  bank.split = options.bank_split;
  bank.excluded = static_cast<int64_t>(std::erase_if(
      captions, [&](const std::string& caption) { return tested.contains(caption); }));
  sample(captions, static_cast<size_t>(options.max_captions), options.seed);
  bank.captions = static_cast<int64_t>(captions.size());
  if (captions.empty()) {
    throw Error(ErrorCode::invalid_data, "split '", options.bank_split,
                "' has no caption for the query bank that is not a caption of the experiment (",
                bank.excluded, " are): choose another split");
  }
  return captions;
}

}  // namespace sightline
