#include "eval/failures/attacked_images.h"

#include <sightline/error.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "base/parallel.h"
#include "drawing/label.h"
#include "encode/encode_rows.h"
#include "image/write_png.h"

namespace sightline {
namespace {

// Reads the rows of the attacks. Each yields two rows: with the scrambled word, and with the word.
class AttackedRows {
 public:
  AttackedRows(const EvaluationInput& input, std::span<const Attack> attacks)
      : rows_(input.dataset), orientation_(input.model.orientation), attacks_(attacks) {}

  std::optional<Row> next() {
    if (ready_.empty()) draw_some();
    if (ready_.empty()) return std::nullopt;
    Row row = std::move(ready_.front());
    ready_.pop_front();
    return row;
  }

 private:
  // The row of the next attack; nothing after the last one, or where the data set became shorter.
  std::optional<Row> read_one() {
    if (read_ == attacks_.size()) return std::nullopt;
    while (std::optional<Row> row = rows_.next()) {
      if (at_++ != attacks_[read_].row) continue;
      ++read_;
      return row;
    }
    return std::nullopt;
  }

  void draw_some() {
    constexpr size_t kTogether = 32;
    const size_t first = read_;
    std::vector<Row> rows;
    while (rows.size() < kTogether) {
      std::optional<Row> row = read_one();
      if (!row) break;
      rows.push_back(std::move(*row));
    }
    std::vector<Row> drawn(2 * rows.size());
    parallel_for(static_cast<int64_t>(drawn.size()), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const auto at = static_cast<size_t>(i);
        const Attack& attack = attacks_[first + at / 2];
        drawn[at] = draw(rows[at / 2], at % 2 == 0 ? attack.scrambled : attack.word);
      }
    });
    std::ranges::move(drawn, std::back_inserter(ready_));
  }

  Row draw(const Row& from, const std::string& word) const {
    Row row;
    row.id = from.id;
    row.error = from.error;
    if (row.error) return row;
    try {
      row.image = attacked_image(from.image, from.id, word, orientation_);
    } catch (const Error& error) {
      row.error = error.what();
    }
    return row;
  }

  RowReader rows_;
  OrientationProfile orientation_;
  std::span<const Attack> attacks_;
  size_t read_ = 0;  // attacks whose row was read
  int64_t at_ = 0;   // rows that were read
  std::deque<Row> ready_;
};

}  // namespace

std::vector<uint8_t> attacked_image(std::span<const uint8_t> file, const std::string& name,
                                    const std::string& word, OrientationProfile orientation) {
  Image image = decode_image(file, name, orientation);
  draw_label(image, word);
  return encode_png(image);
}

AttackedVectors encode_attacked(const EvaluationInput& input, std::span<const Attack> attacks,
                                DualEncoder& encoder) {
  const auto start = std::chrono::steady_clock::now();
  const auto count = static_cast<int64_t>(attacks.size());
  const int64_t dim = encoder.info().embedding_dim;
  AttackedVectors out{Matrix(count, dim), Matrix(count, dim), {}, {}, {}};
  out.encoded.assign(attacks.size(), true);
  AttackedRows source(input, attacks);
  RowReader rows([&] { return source.next(); }, 2 * count, "attacked");
  int64_t at = 0;
  const auto sink = [&](EncodedRow&& row) {
    const int64_t i = at / 2;
    Matrix& to = at++ % 2 == 0 ? out.scrambled : out.attacked;
    if (row.vector.empty()) {
      out.encoded[static_cast<size_t>(i)] = false;
    } else {
      std::ranges::copy(row.vector, to.row(i).begin());
    }
  };
  const EncodeSummary summary = encode_rows_with(rows, encoder, input.encode,
                                                 "images with words, " + encoder.info().name, sink);
  for (int64_t i = at / 2; i < count; ++i) out.encoded[static_cast<size_t>(i)] = false;
  out.counts = summary.counts;
  out.warnings = summary.warnings;
  out.counts.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

}  // namespace sightline
