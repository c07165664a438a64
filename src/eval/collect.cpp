#include "eval/collect.h"

#include <sightline/error.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "encode/encode_rows.h"
#include "encode/encode_text_rows.h"
#include "encode/repeated_images.h"

namespace sightline {
namespace {

SeenRow see(Row& row, const Digest& digest, CaptionChoice choice) {
  SeenRow seen;
  seen.row.id = row.id;
  seen.row.split = row.split;
  seen.digest = digest;
  seen.error = row.error;
  if (seen.error) return seen;
  seen.extra = row.extra;
  for (std::string& caption : row.captions) {
    if (is_blank(caption)) continue;
    seen.row.captions.push_back(std::move(caption));
    if (choice == CaptionChoice::first) break;
  }
  return seen;
}

[[noreturn]] void throw_changed(const std::string& what) {
  throw Error(ErrorCode::invalid_data, "the data set changed while the experiment ran: ", what,
              "; please run it again");
}

// Throws where the row differs from the one that was read for the first model.
void require_same(const Row& row, const Digest& digest, const SeenRow& before) {
  const bool read_error_now = row.error && !before.error;
  const bool other_image = !row.error && before.digest != Digest{} && digest != before.digest;
  if (row.id != before.row.id || read_error_now || other_image)
    throw_changed("row '" + row.id + "' is not what it was");
}

void add(EncodeCounts& to, const EncodeCounts& counts) {
  to.encoded_images += counts.encoded_images;
  to.cached_images += counts.cached_images;
  to.encoded_texts += counts.encoded_texts;
  to.cached_texts += counts.cached_texts;
}

}  // namespace

Matrix collect_images(RowReader& rows, const EncodeOptions& options, CaptionChoice captions,
                      DualEncoder& encoder, std::vector<SeenRow>& seen, EncodeCounts& counts,
                      std::vector<std::string>& warnings) {
  const bool first_pass = seen.empty();
  Matrix images(0, encoder.info().embedding_dim);
  size_t read = 0;
  std::vector<size_t> with_vector;  // indices of rows
  const auto check = [&](Row& row, const Digest& digest) -> std::optional<std::string> {
    const size_t index = read++;
    if (first_pass) {
      seen.push_back(see(row, digest, captions));
      return std::nullopt;
    }
    if (index >= seen.size()) throw_changed("it has more rows");
    require_same(row, digest, seen[index]);
    return seen[index].error;
  };
  const auto sink = [&](EncodedRow&& encoded) {
    const auto index = static_cast<size_t>(images.rows);
    SeenRow& row = seen[index];
    ++images.rows;
    images.values.resize(static_cast<size_t>(images.rows * images.dim));
    if (encoded.repeats && first_pass) {
      row.repeats = true;
      auto& first = seen[with_vector[static_cast<size_t>(*encoded.repeats)]].row.captions;
      const int64_t limit = captions == CaptionChoice::first ? 1 : rows.max_captions();
      append_captions(first, std::move(row.row.captions), limit);
    }
    if (encoded.repeats) return;
    if (!row.error) row.error = std::move(encoded.row.error);
    if (!encoded.vector.empty()) with_vector.push_back(index);
    std::ranges::copy(encoded.vector, images.row(images.rows - 1).begin());
  };
  const EncodeSummary summary =
      encode_rows_with(rows, encoder, options, "images, " + encoder.info().name, sink, check);
  if (images.rows != static_cast<int64_t>(seen.size())) throw_changed("it has fewer rows");
  add(counts, summary.counts);
  warnings.insert(warnings.end(), summary.warnings.begin(), summary.warnings.end());
  return images;
}

Matrix collect_texts(const std::vector<std::string>& texts, const EncodeOptions& options,
                     DualEncoder& encoder, EncodeCounts& counts, std::vector<std::string>& warnings,
                     const std::string& what) {
  EncodedTextRows encoded =
      encode_text_rows_with(texts, encoder, options, what + ", " + encoder.info().name);
  add(counts, encoded.counts);
  warnings.insert(warnings.end(), encoded.warnings.begin(), encoded.warnings.end());
  const auto truncated = std::ranges::count_if(encoded.tokens, &TokenIds::truncated);
  if (truncated > 0) {
    warnings.push_back(message(truncated, " ", what, " are longer than ", encoder.info().name,
                               "'s context (", encoder.info().context_length,
                               " tokens) and were truncated"));
  }
  return std::move(encoded.vectors);
}

}  // namespace sightline
