#include "backend/cpu/elementwise.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "backend/cpu/kernels/cpu_kernels.h"
#include "backend/cpu/op_checks.h"
#include "base/parallel.h"

namespace sightline {
namespace {

int64_t row_grain(int64_t width) {
  return std::max<int64_t>(1, 16384 / width);
}

void store(float value, float& to) {
  to = value;
}
// Rounds to the nearest bfloat16, ties to even.
void store(float value, uint16_t& to) {
  uint32_t word = 0;
  std::memcpy(&word, &value, sizeof value);
  const bool nan = (word & 0x7fffffffu) > 0x7f800000u;
  to = static_cast<uint16_t>(nan ? 0x7fc0u : (word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
}

// Calls fn with the elements as float or as uint16_t, the bits of bf16.
template <class Fn>
void with_elements(const Tensor& x, Fn fn) {
  if (x.dtype() == DType::bf16) {
    fn(x.data<uint16_t>());
  } else {
    fn(x.data<float>());
  }
}

template <class To>
void normalize_rows(const float* from, const float* gamma, float eps, int64_t rows, int64_t width,
                    To* to) {
  for (int64_t row = 0; row < rows; ++row, from += width, to += width) {
    double squares = 0;
    for (int64_t c = 0; c < width; ++c)
      squares += static_cast<double>(from[c]) * static_cast<double>(from[c]);
    const auto scale = static_cast<float>(
        1 / std::sqrt(squares / static_cast<double>(width) + static_cast<double>(eps)));
    for (int64_t c = 0; c < width; ++c) store(from[c] * scale * gamma[c], to[c]);
  }
}

// q, k and v of one position. cosines, sines: of that position.
template <class Element>
void rotate_row(const Element* from, Element* to, int64_t width, int64_t head, const float* cosines,
                const float* sines, RotaryPairs pairs) {
  const int64_t step = pairs == RotaryPairs::neighbours ? 1 : head / 2;
  for (int64_t start = 0; start < 2 * width; start += head) {
    for (int64_t i = 0; i < head / 2; ++i) {
      const int64_t a = pairs == RotaryPairs::neighbours ? 2 * i : i, b = a + step;
      const float x = value_of(from[start + a]), y = value_of(from[start + b]);
      store(x * cosines[a] - y * sines[a], to[start + a]);
      store(y * cosines[b] + x * sines[b], to[start + b]);
    }
  }
  if (from != to) std::copy_n(from + 2 * width, width, to + 2 * width);
}

// to = activation(x * y); products: as many elements as the row has.
template <class Element, class Factor>
void multiply_row(const Element* x, const Factor* y, std::vector<float>& products,
                  Activation activation, Element* to) {
  const auto width = static_cast<int64_t>(products.size());
  for (int64_t c = 0; c < width; ++c)
    products[static_cast<size_t>(c)] = value_of(x[c]) * value_of(y[c]);
  if (activation != Activation::none)
    cpu_kernels().epilogue(products.data(), width, nullptr, activation, nullptr);
  for (int64_t c = 0; c < width; ++c) store(products[static_cast<size_t>(c)], to[c]);
}

void require_tables(const Tensor& qkv, int64_t heads, const Tensor& cosines, const Tensor& sines) {
  const int64_t width = qkv.dim(-1) / 3;
  if (qkv.dim(-1) % 3 != 0 || heads < 1 || width % heads != 0 || width / heads % 2 != 0) {
    throw Error(ErrorCode::invalid_argument, "rotate: qkv ", shape_text(qkv.shape()),
                " does not divide into three parts of ", heads,
                " heads with an even number of features");
  }
  for (const auto& [tensor, name] : {std::pair{&cosines, "cosines"}, std::pair{&sines, "sines"}}) {
    require_f32(*tensor, "rotate", name);
    require_rank(*tensor, 2, "rotate", name);
    require_last(*tensor, width / heads, "rotate", name);
  }
  require_shape(sines, cosines.shape(), "rotate", "sines");
}

// The position of each row in its sequence.
std::vector<int32_t> positions_of(const Tensor& qkv, SequenceOffsets offsets, int64_t most) {
  std::vector<int32_t> positions;
  positions.reserve(static_cast<size_t>(qkv.count() / qkv.dim(-1)));
  if (offsets.empty()) {
    require_rank(qkv, 3, "rotate", "qkv");
    if (qkv.dim(1) > most) {
      throw Error(ErrorCode::invalid_argument, "rotate: qkv ", shape_text(qkv.shape()), " has ",
                  qkv.dim(1), " positions, the tables have ", most);
    }
    for (int64_t b = 0; b < qkv.dim(0); ++b) {
      for (int32_t t = 0; t < qkv.dim(1); ++t) positions.push_back(t);
    }
    return positions;
  }
  require_rank(qkv, 2, "rotate", "qkv");
  require_offsets(offsets, qkv.dim(0), most, "rotate");
  for (size_t b = 0; b + 1 < offsets.size(); ++b) {
    for (int32_t t = 0; t < offsets[b + 1] - offsets[b]; ++t) positions.push_back(t);
  }
  return positions;
}

}  // namespace

Tensor cpu_rms_norm(const Tensor& x, const Tensor& gamma, float eps, DType type) {
  require_f32(x, "rms_norm", "x");
  const int64_t width = x.dim(-1);
  require_f32(gamma, "rms_norm", "gamma");
  require_shape(gamma, {width}, "rms_norm", "gamma");
  Tensor y(x.shape(), type);
  const float* const from = x.data<float>();
  parallel_for(x.count() / width, row_grain(width), [&](int64_t begin, int64_t end) {
    with_elements(y, [&](auto* to) {
      using Element = std::remove_const_t<std::remove_pointer_t<decltype(to)>>;
      normalize_rows(from + begin * width, gamma.data<float>(), eps, end - begin, width,
                     const_cast<Element*>(to) + begin * width);
    });
  });
  return y;
}

Tensor cpu_multiply(const Tensor& x, const Tensor& y, Activation activation) {
  require_float(x, "multiply", "x");
  require_float(y, "multiply", "y");
  const bool each_channel = y.shape() != x.shape();
  const int64_t width = x.dim(-1), rows = x.count() / width;
  if (each_channel) require_shape(y, {x.dim(0), width}, "multiply", "y");
  const int64_t each = rows / x.dim(0);
  Tensor result(x.shape(), x.dtype());
  parallel_for(rows, row_grain(width), [&](int64_t begin, int64_t end) {
    with_elements(x, [&](const auto* from) {
      using Element = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
      Element* const to = result.data<Element>();
      std::vector<float> products(static_cast<size_t>(width));
      with_elements(y, [&](const auto* factors) {
        for (int64_t row = begin; row < end; ++row) {
          const auto* const factor = factors + (each_channel ? row / each : row) * width;
          multiply_row(from + row * width, factor, products, activation, to + row * width);
        }
      });
    });
  });
  return result;
}

Tensor cpu_add(const Tensor& x, const Tensor& y) {
  require_float(x, "add", "x");
  require_float(y, "add", "y");
  require_shape(y, x.shape(), "add", "y");
  Tensor result(x.shape(), x.dtype());
  parallel_for(x.count(), 16384, [&](int64_t begin, int64_t end) {
    with_elements(x, [&](const auto* from) {
      using Element = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
      Element* const to = result.data<Element>();
      with_elements(y, [&](const auto* terms) {
        for (int64_t i = begin; i < end; ++i) store(value_of(from[i]) + value_of(terms[i]), to[i]);
      });
    });
  });
  return result;
}

Tensor cpu_rotate(Tensor qkv, int64_t heads, const Tensor& cosines, const Tensor& sines,
                  RotaryPairs pairs, SequenceOffsets offsets) {
  require_float(qkv, "rotate", "qkv");
  require_tables(qkv, heads, cosines, sines);
  const std::vector<int32_t> positions = positions_of(qkv, offsets, cosines.dim(0));
  const int64_t width = qkv.dim(-1) / 3, head = width / heads;
  Tensor result = qkv.exclusive() ? Tensor(qkv.shape(), qkv.dtype(), qkv.storage())
                                  : Tensor(qkv.shape(), qkv.dtype());
  parallel_for(static_cast<int64_t>(positions.size()), row_grain(3 * width),
               [&](int64_t begin, int64_t end) {
                 with_elements(qkv, [&](const auto* from) {
                   using Element = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
                   auto* const to = const_cast<Element*>(static_cast<const Element*>(result.raw()));
                   for (int64_t row = begin; row < end; ++row) {
                     const int64_t angle = positions[static_cast<size_t>(row)] * head;
                     rotate_row(from + row * 3 * width, to + row * 3 * width, width, head,
                                cosines.data<float>() + angle, sines.data<float>() + angle, pairs);
                   }
                 });
               });
  return result;
}

}  // namespace sightline
