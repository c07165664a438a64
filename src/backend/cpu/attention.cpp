#include "backend/cpu/attention.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>

#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "backend/cpu/op_checks.h"
#include "base/parallel.h"

namespace sightline {
namespace {

// The least number of heads per thread.
int64_t head_grain(int64_t queries, int64_t positions, int64_t width) {
  return std::max<int64_t>(1, 1'000'000 / (4 * queries * positions * width));
}

void run_head(const AttentionHead<float>& head, float* scratch) {
  cpu_kernels().attention_head(head, scratch);
}
void run_head(const AttentionHead<uint16_t>& head, float* scratch) {
  bf16_kernels().attention_head(head, scratch);
}

// The rows of each sequence of a tensor, equally long or packed.
struct Sequences {
  int64_t batch = 0;
  int64_t longest = 0;
  SequenceOffsets offsets;  // empty: equally long

  int64_t first(int64_t b) const {
    return offsets.empty() ? b * longest : offsets[static_cast<size_t>(b)];
  }
  int64_t length(int64_t b) const { return offsets.empty() ? longest : first(b + 1) - first(b); }
};

// x (B, T, ...), or (R, ...) with offsets. Checks both.
Sequences sequences_of(const Tensor& x, SequenceOffsets offsets, const char* op,
                       const char* argument) {
  require_rank(x, offsets.empty() ? 3 : 2, op, argument);
  if (offsets.empty()) return {x.dim(0), x.dim(1), {}};
  const int64_t longest = require_offsets(offsets, x.dim(0), x.dim(0), op);
  return {static_cast<int64_t>(offsets.size()) - 1, longest, offsets};
}

// What attention adds to q k^T.
struct Scores {
  bool causal = false;
  float scale = 0;  // 0: 1 / sqrt(width)
  Tensor bias;      // (G, H, P, P), or undefined

  // The rows of a head's bias.
  const float* of(int64_t b, int64_t head) const {
    if (!bias.defined()) return nullptr;
    const int64_t each = bias.dim(2) * bias.dim(3);
    return bias.data<float>() + (b % bias.dim(0) * bias.dim(1) + head) * each;
  }
  int64_t stride() const { return bias.defined() ? bias.dim(3) : 0; }
};

template <class Element>
void attend(const Tensor& qkv, const Sequences& sequences, int64_t heads, const Scores& scores,
            Tensor& y) {
  const int64_t channels = y.dim(-1), width = channels / heads, longest = sequences.longest;
  const Element* const from = qkv.data<Element>();
  Element* const to = y.data<Element>();
  parallel_for(sequences.batch * heads, head_grain(longest, longest, width),
               [&](int64_t begin, int64_t end) {
                 Tensor scratch({attention_scratch_floats(longest, width)}, DType::f32);
                 for (int64_t task = begin; task < end; ++task) {
                   const int64_t first = sequences.first(task / heads),
                                 length = sequences.length(task / heads);
                   const int64_t at = task % heads * width;
                   const Element* const q = from + first * 3 * channels + at;
                   const AttentionHead<Element> head{q,
                                                     q + channels,
                                                     q + 2 * channels,
                                                     to + first * channels + at,
                                                     length,
                                                     length,
                                                     width,
                                                     3 * channels,
                                                     channels,
                                                     scores.causal,
                                                     scores.scale,
                                                     scores.of(task / heads, task % heads),
                                                     scores.stride()};
                   run_head(head, scratch.data<float>());
                 }
               });
}

Tensor attend_all(const Tensor& qkv, const Sequences& sequences, int64_t heads,
                  const Scores& scores) {
  Shape shape = qkv.shape();
  shape.back() /= 3;
  Tensor y(std::move(shape), qkv.dtype());
  if (qkv.dtype() == DType::bf16) {
    attend<uint16_t>(qkv, sequences, heads, scores, y);
  } else {
    attend<float>(qkv, sequences, heads, scores, y);
  }
  return y;
}

// The sequences of a qkv that fits the heads.
Sequences checked_qkv(const Tensor& qkv, int64_t heads, SequenceOffsets offsets, const char* op) {
  require_float(qkv, op, "qkv");
  const Sequences sequences = sequences_of(qkv, offsets, op, "qkv");
  if (heads < 1 || qkv.dim(-1) % 3 != 0 || qkv.dim(-1) / 3 % heads != 0) {
    throw Error(ErrorCode::invalid_argument, op, ": qkv ", shape_text(qkv.shape()),
                " does not divide into q, k, v of ", heads, " heads");
  }
  return sequences;
}

template <class Element>
void attend_single_query(const Tensor& q, const Tensor& kv, const Sequences& sequences,
                         int64_t heads, Tensor& y) {
  const int64_t channels = q.dim(1), width = channels / heads, longest = sequences.longest;
  const Element* const query = q.data<Element>();
  const Element* const keys = kv.data<Element>();
  Element* const to = y.data<Element>();
  parallel_for(sequences.batch * heads, head_grain(1, longest, width),
               [&](int64_t begin, int64_t end) {
                 Tensor scratch({attention_scratch_floats(longest, width)}, DType::f32);
                 for (int64_t task = begin; task < end; ++task) {
                   const int64_t b = task / heads, at = task % heads * width;
                   const Element* const k = keys + sequences.first(b) * 2 * channels + at;
                   const AttentionHead<Element> head{query + b * channels + at,
                                                     k,
                                                     k + channels,
                                                     to + b * channels + at,
                                                     1,
                                                     sequences.length(b),
                                                     width,
                                                     2 * channels,
                                                     channels,
                                                     false};
                   run_head(head, scratch.data<float>());
                 }
               });
}

}  // namespace

Tensor cpu_attention(const Tensor& qkv, int64_t heads, bool causal, SequenceOffsets offsets) {
  const Sequences sequences = checked_qkv(qkv, heads, offsets, "attention");
  return attend_all(qkv, sequences, heads, {.causal = causal, .bias = {}});
}

Tensor cpu_biased_attention(const Tensor& qkv, int64_t heads, const Tensor& bias, float scale,
                            SequenceOffsets offsets) {
  constexpr const char* kOp = "biased_attention";
  const Sequences sequences = checked_qkv(qkv, heads, offsets, kOp);
  require_f32(bias, kOp, "bias");
  require_rank(bias, 4, kOp, "bias");
  require_shape(bias, {bias.dim(0), heads, bias.dim(3), bias.dim(3)}, kOp, "bias");
  if (bias.dim(3) < sequences.longest) {
    throw Error(ErrorCode::invalid_argument, kOp, ": bias ", shape_text(bias.shape()),
                " is too small for a sequence of ", sequences.longest, " positions");
  }
  if (!(scale > 0))
    throw Error(ErrorCode::invalid_argument, kOp, ": scale is ", scale, ", expected above 0");
  return attend_all(qkv, sequences, heads, {.scale = scale, .bias = bias});
}

Tensor cpu_single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads,
                                  SequenceOffsets offsets) {
  require_float(q, "single_query_attention", "q");
  require_rank(q, 2, "single_query_attention", "q");
  require_dtype(kv, q.dtype(), "single_query_attention", "kv");
  const Sequences sequences = sequences_of(kv, offsets, "single_query_attention", "kv");
  const int64_t channels = q.dim(1);
  if (q.dim(0) != sequences.batch || kv.dim(-1) != 2 * channels || heads < 1 ||
      channels % heads != 0) {
    throw Error(ErrorCode::invalid_argument, "single_query_attention: q ", shape_text(q.shape()),
                " and kv ", shape_text(kv.shape()), " do not fit ", heads, " heads");
  }
  Tensor y({sequences.batch, channels}, q.dtype());
  if (q.dtype() == DType::bf16) {
    attend_single_query<uint16_t>(q, kv, sequences, heads, y);
  } else {
    attend_single_query<float>(q, kv, sequences, heads, y);
  }
  return y;
}

}  // namespace sightline
