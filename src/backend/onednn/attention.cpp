#include "backend/onednn/attention.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>

#include "backend/onednn/cpu_kernels.h"
#include "backend/onednn/op_checks.h"
#include "backend/onednn/product_kernels.h"
#include "base/parallel.h"

namespace sightline {
namespace {

// Heads that are worth a thread of their own.
int64_t head_grain(int64_t queries, int64_t positions, int64_t width) {
  return std::max<int64_t>(1, 1'000'000 / (4 * queries * positions * width));
}

void run_head(const AttentionHead<float>& head, float* scratch) {
  cpu_kernels().attention_head(head, scratch);
}
void run_head(const AttentionHead<uint16_t>& head, float* scratch) {
  bf16_kernels().attention_head(head, scratch);
}

template <class Number>
void attend(const Tensor& qkv, int64_t heads, bool causal, std::span<const int32_t> lengths,
            Tensor& y) {
  const int64_t batch = qkv.dim(0), positions = qkv.dim(1), channels = y.dim(2);
  const int64_t width = channels / heads;
  const Number* const from = qkv.data<Number>();
  Number* const to = y.data<Number>();
  parallel_for(batch * heads, head_grain(positions, positions, width), [&](int64_t begin, int64_t end) {
    Tensor scratch({attention_scratch_floats(positions, width)}, DType::f32);
    for (int64_t task = begin; task < end; ++task) {
      const int64_t b = task / heads;
      const int64_t h = task % heads;
      const int64_t here = lengths.empty() ? positions : lengths[static_cast<size_t>(b)];
      const Number* q = from + b * positions * 3 * channels + h * width;
      Number* const out = to + b * positions * channels + h * width;
      const AttentionHead<Number> head{q,    q + channels, q + 2 * channels, out,      here,
                                       here, width,        3 * channels,     channels, causal};
      run_head(head, scratch.data<float>());
      for (int64_t t = here; t < positions; ++t) std::fill_n(out + t * channels, width, Number{});
    }
  });
}

template <class Number>
void attend_pool(const Tensor& q, const Tensor& kv, int64_t heads, Tensor& y) {
  const int64_t batch = q.dim(0), channels = q.dim(1), positions = kv.dim(1);
  const int64_t width = channels / heads;
  const Number* const query = q.data<Number>();
  const Number* const keys = kv.data<Number>();
  Number* const to = y.data<Number>();
  parallel_for(batch * heads, head_grain(1, positions, width), [&](int64_t begin, int64_t end) {
    Tensor scratch({attention_scratch_floats(positions, width)}, DType::f32);
    for (int64_t task = begin; task < end; ++task) {
      const int64_t b = task / heads;
      const int64_t at = task % heads * width;
      const Number* const k = keys + b * positions * 2 * channels + at;
      const AttentionHead<Number> head{query + b * channels + at, k,     k + channels,
                                       to + b * channels + at,    1,     positions,
                                       width,                     2 * channels, channels, false};
      run_head(head, scratch.data<float>());
    }
  });
}

}  // namespace

Tensor cpu_attention(const Tensor& qkv, int64_t heads, bool causal,
                     std::span<const int32_t> lengths) {
  require_number(qkv, "attention", "qkv");
  require_rank(qkv, 3, "attention", "qkv");
  const int64_t channels = qkv.dim(2) / 3;
  if (heads < 1 || qkv.dim(2) % 3 != 0 || channels % heads != 0) {
    throw Error(ErrorCode::invalid_argument, "attention: qkv " + shape_text(qkv.shape()) +
                                                 " does not divide into q, k, v of " +
                                                 std::to_string(heads) + " heads");
  }
  if (!lengths.empty()) require_lengths(lengths, qkv.dim(0), qkv.dim(1), "attention");
  Tensor y({qkv.dim(0), qkv.dim(1), channels}, qkv.dtype());
  if (qkv.dtype() == DType::bf16) {
    attend<uint16_t>(qkv, heads, causal, lengths, y);
  } else {
    attend<float>(qkv, heads, causal, lengths, y);
  }
  return y;
}

Tensor cpu_attention_pool(const Tensor& q, const Tensor& kv, int64_t heads) {
  require_number(q, "attention_pool", "q");
  require_rank(q, 2, "attention_pool", "q");
  require_dtype(kv, q.dtype(), "attention_pool", "kv");
  require_rank(kv, 3, "attention_pool", "kv");
  const int64_t batch = q.dim(0), channels = q.dim(1);
  if (kv.dim(0) != batch || kv.dim(2) != 2 * channels || heads < 1 || channels % heads != 0) {
    throw Error(ErrorCode::invalid_argument,
                "attention_pool: q " + shape_text(q.shape()) + " and kv " + shape_text(kv.shape()) +
                    " do not fit " + std::to_string(heads) + " heads");
  }
  Tensor y({batch, channels}, q.dtype());
  if (q.dtype() == DType::bf16) {
    attend_pool<uint16_t>(q, kv, heads, y);
  } else {
    attend_pool<float>(q, kv, heads, y);
  }
  return y;
}

}  // namespace sightline
