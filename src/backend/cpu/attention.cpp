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

template <class Element>
void attend(const Tensor& qkv, const Sequences& sequences, int64_t heads, bool causal, Tensor& y) {
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
                                                     causal};
                   run_head(head, scratch.data<float>());
                 }
               });
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
  require_float(qkv, "attention", "qkv");
  const Sequences sequences = sequences_of(qkv, offsets, "attention", "qkv");
  const int64_t channels = qkv.dim(-1) / 3;
  if (heads < 1 || qkv.dim(-1) % 3 != 0 || channels % heads != 0) {
    throw Error(ErrorCode::invalid_argument, "attention: qkv ", shape_text(qkv.shape()),
                " does not divide into q, k, v of ", heads, " heads");
  }
  Shape shape = qkv.shape();
  shape.back() = channels;
  Tensor y(std::move(shape), qkv.dtype());
  if (qkv.dtype() == DType::bf16) {
    attend<uint16_t>(qkv, sequences, heads, causal, y);
  } else {
    attend<float>(qkv, sequences, heads, causal, y);
  }
  return y;
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
