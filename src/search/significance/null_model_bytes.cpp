// A null model as bytes: a header, the arrays, and SHA-256 of both, all little-endian.
//
//   0    8   "SLNULL\x01\n"
//   8    8   D, dimensions
//   16   8   M, texts
//   24   8   S, rows of the sample
//   32   8   n, tabulated scores
//   40   8   scale, f64
//   48   48  best tail and score tail: from, share, mean, f64
//   96       maxima (M, none if scale is 0) f64, scores (n) f64, counts (n) f64, mean (D) f32,
//   covariance (D, D) f32 end  32  SHA-256 of all bytes before
#include <sightline/error.h>

#include <bit>
#include <cmath>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/little_endian.h"
#include "search/significance/null_model.h"

namespace sightline {
namespace {

constexpr std::string_view kMagic = "SLNULL\x01\n";
constexpr size_t kHeader = 96, kDigest = 32;
constexpr uint64_t kMaxDim = 65536, kMaxTexts = 1 << 20;

void put(std::string& out, uint64_t value, size_t size = 8) {
  for (size_t i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i));
}
void put(std::string& out, double value) {
  put(out, std::bit_cast<uint64_t>(value));
}
template <typename T>
void put_all(std::string& out, const std::vector<T>& values) {
  for (const T value : values) {
    if constexpr (sizeof(T) == 4) {
      put(out, std::bit_cast<uint32_t>(value), 4);
    } else {
      put(out, value);
    }
  }
}

[[noreturn]] void damaged(std::string_view why) {
  throw Error(ErrorCode::invalid_data, "the null model is damaged: ", why);
}

class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  uint64_t integer() {
    at_ += 8;
    return read_little<uint64_t>(bytes_, at_ - 8);
  }
  double real() {
    const double value = std::bit_cast<double>(integer());
    if (!std::isfinite(value)) damaged("a number is not finite");
    return value;
  }
  std::vector<double> reals(uint64_t n) {
    std::vector<double> out(n);
    for (double& value : out) value = real();
    return out;
  }
  std::vector<float> floats(uint64_t n) {
    std::vector<float> out(n);
    for (float& value : out) {
      value = std::bit_cast<float>(read_little<uint32_t>(bytes_, at_));
      if (!std::isfinite(value)) damaged("a number is not finite");
      at_ += 4;
    }
    return out;
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_ = kMagic.size();
};

}  // namespace

std::string NullModel::serialize() const {
  const NullDistribution& null = impl_->distribution;
  std::string out(kMagic);
  for (const int64_t size : {impl_->dim, null.texts, null.rows})
    put(out, static_cast<uint64_t>(size));
  put(out, static_cast<uint64_t>(null.scores.size()));
  put(out, null.scale);
  for (const ExponentialTail& tail : {null.best_tail, null.score_tail}) {
    for (const double value : {tail.from, tail.share, tail.mean}) put(out, value);
  }
  put_all(out, null.maxima);
  put_all(out, null.scores);
  put_all(out, null.counts);
  put_all(out, impl_->mean);
  put_all(out, impl_->covariance);
  const Digest digest = sha256(bytes_of(std::string_view(out)));
  out.append(digest.begin(), digest.end());
  return out;
}

NullModel NullModel::parse(std::string_view text) {
  const std::span<const uint8_t> bytes = bytes_of(text);
  if (!text.starts_with(kMagic)) damaged("it does not begin as a null model of this version");
  if (bytes.size() < kHeader + kDigest) damaged("it is truncated");
  const auto content = bytes.first(bytes.size() - kDigest);
  const Digest digest = sha256(content);
  if (!std::equal(digest.begin(), digest.end(), bytes.end() - kDigest)) {
    damaged("its checksum is wrong");
  }
  Reader in(content);
  auto impl = std::make_unique<Impl>();
  NullDistribution& null = impl->distribution;
  const uint64_t dim = in.integer(), texts = in.integer(), rows = in.integer(), n = in.integer();
  if (dim < 1 || dim > kMaxDim || texts > kMaxTexts || n > content.size() || rows >> 62 != 0) {
    damaged("its sizes are not possible");
  }
  impl->dim = static_cast<int64_t>(dim);
  null.texts = static_cast<int64_t>(texts);
  null.rows = static_cast<int64_t>(rows);
  null.scale = in.real();
  for (ExponentialTail* tail : {&null.best_tail, &null.score_tail}) {
    for (double* value : {&tail->from, &tail->share, &tail->mean}) *value = in.real();
  }
  const uint64_t kept = null.usable() ? texts : 0;
  if (content.size() != kHeader + 8 * kept + 16 * n + 4 * dim + 4 * dim * dim) {
    damaged("its size does not agree with its header");
  }
  null.maxima = in.reals(kept);
  null.scores = in.reals(n);
  null.counts = in.reals(n);
  if (null.scale < 0 || (null.usable() && (texts == 0 || rows == 0 || n == 0))) {
    damaged("its sizes are not possible");
  }
  impl->mean = in.floats(dim);
  impl->covariance = in.floats(dim * dim);
  return NullModel(std::move(impl));
}

}  // namespace sightline
