#include "backend/cpu/convolution.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "backend/cpu/convolution_input.h"
#include "backend/cpu/kernels/product_kernels.h"
#include "backend/cpu/op_checks.h"
#include "base/parallel.h"

namespace sightline {
namespace {

// With fewer input channels a convolution reads pixels.
constexpr int64_t kFewestInt8Channels = 16;

bool fits_int8(const ConvolutionWeights& weights) {
  return weights.in_channels >= kFewestInt8Channels &&
         weights.in_channels % elements_per_unit(Precision::int8) == 0 &&
         weights.in_channels * weights.kernel * weights.kernel <= kMostInt8Inputs;
}

// The weight as rows (N, R * R * K'), with the window's lines and pixels in the order of an image's
// memory and K padded to `channels` = K' with zeros; and bias (N). The batch norm is folded in.
struct Folded {
  Tensor rows, bias;
};

Folded fold(const ConvolutionSpec& spec, int64_t channels) {
  const int64_t out = spec.weight.dim(0), in = spec.weight.dim(1);
  const int64_t cells = spec.weight.dim(2) * spec.weight.dim(3);
  Folded folded{Tensor({out, cells * channels}, DType::f32), {}};
  if (spec.bias.defined() || spec.norm.gamma.defined()) folded.bias = Tensor({out}, DType::f32);
  std::fill_n(folded.rows.data<float>(), folded.rows.count(), 0.f);
  for (int64_t n = 0; n < out; ++n) {
    const ChannelNorm norm = channel_norm(spec, n);
    const float* const from = spec.weight.data<float>() + n * in * cells;
    float* const to = folded.rows.data<float>() + n * cells * channels;
    for (int64_t k = 0; k < in; ++k) {
      for (int64_t cell = 0; cell < cells; ++cell) {
        to[cell * channels + k] = static_cast<float>(from[k * cells + cell] * norm.scale);
      }
    }
    if (folded.bias.defined()) folded.bias.data<float>()[n] = static_cast<float>(norm.offset);
  }
  return folded;
}

// The division of the work: an image's output into equal pieces, or several whole images together;
// the panels into groups. A task is one piece, or these images, with one group. Where windows are
// single contiguous pixels, an image is one line.
struct Work {
  int64_t images, lines, width;  // of the output
  int64_t pieces;                // per image
  int64_t together;              // images
  int64_t groups;
  bool by_columns;  // pieces divide the line instead of the lines

  struct Piece {
    int64_t line, lines, column, columns;
  };
  Piece piece(int64_t index) const {
    const int64_t whole = by_columns ? width : lines;
    const int64_t begin = whole * index / pieces, end = whole * (index + 1) / pieces;
    if (by_columns) return {0, 1, begin, end - begin};
    return {begin, end - begin, 0, width};
  }
  int64_t most_lines() const { return (lines + pieces - 1) / pieces; }
  int64_t most_columns() const { return (width + pieces - 1) / pieces; }
  int64_t blocks() const { return (images + together - 1) / together * pieces; }
  int64_t tasks() const { return blocks() * groups; }
};

// Weights of more bytes are read from beyond the second-level cache for each task.
constexpr int64_t kLargeWeights = 128 << 10;
// Bytes that a task reads, adds and writes, so that they stay in the second-level cache together
// with a panel.
constexpr int64_t kTaskBytes = 768 << 10;
constexpr int64_t kMostTogether = 16;

int64_t blocks_of(int64_t bytes, int64_t limit) {
  return (bytes + limit - 1) / limit;
}

void divide_images(const PackedConvolution& weights, int64_t threads, const Shape& x,
                   const Shape& y, int64_t element_bytes, Work& work) {
  const int64_t in_bytes = 4 * x[1] * x[2] * weights.units, out = y[1] * y[2] * y[3];
  const int64_t whole = work.by_columns ? work.width : work.lines;
  if (static_cast<int64_t>(weights.panels.panels.bytes()) >= kLargeWeights) {
    const int64_t bytes = in_bytes + out * element_bytes;
    work.pieces = std::min(blocks_of(bytes, kTaskBytes), whole);
    if (work.pieces == 1)
      work.together =
          std::clamp<int64_t>(kTaskBytes / bytes, 1, std::min(work.images, kMostTogether));
    return;
  }
  constexpr int64_t kFewestColumns = 28;
  const int64_t for_cache = blocks_of(in_bytes + 8 * out, kTaskBytes);
  const int64_t for_threads = threads == 1 ? 1 : blocks_of(6 * threads, work.images);
  // A window's border lines are copied for each piece, so a piece has at least a few lines.
  const int64_t most = std::max(for_cache, whole / (work.by_columns ? kFewestColumns : 4));
  work.pieces = std::clamp<int64_t>(std::max(for_cache, std::min(most, for_threads)), 1, whole);
}

Work divide(const PackedConvolution& weights, bool contiguous, const Shape& x, const Shape& y,
            int64_t element_bytes) {
  const int64_t threads = in_parallel_loop() ? 1 : thread_count();
  Work work{y[0], y[1], y[2], 1, 1, 1, false};
  work.by_columns = contiguous && weights.kernel == 1 && weights.stride == 1;
  if (work.by_columns) {
    work.width = work.lines * work.width;
    work.lines = 1;
  }
  divide_images(weights, threads, x, y, element_bytes, work);
  if (threads > 1 && work.blocks() < 2 * threads)
    work.groups =
        std::clamp<int64_t>(blocks_of(6 * threads, work.blocks()), 1, weights.panels.count());
  return work;
}

// Of results of bf16 (PanelProduct::extremes).
struct alignas(64) Extremes {
  uint16_t numbers[2 * kPanelColumns] = {};
};

// Operands of all tasks of a convolution.
struct Run {
  const PackedConvolution& weights;
  const ConvolutionInput& input;
  const Work& work;
  PanelProduct whole;  // what every product has in common
  PanelKernel multiply;
  int64_t channels;  // of the output
  DType type;
  uint8_t* out;
  const uint8_t* added;  // or null
  uint8_t* scratch;
  size_t image_bytes;   // of scratch, for an image
  NumberRange* ranges;  // of each piece of an image, or null
  bool finds_extremes;  // the kernel

  int64_t input_lines(int64_t lines) const { return (lines - 1) * weights.stride + weights.kernel; }
  size_t scratch_bytes() const {
    return work.by_columns ? input.scratch_bytes_of_pixels(work.most_columns())
                           : input.scratch_bytes(input_lines(work.most_lines()));
  }
  void task(int worker, int64_t index) const;
  InputLines lines(const Work::Piece& piece, int64_t image, uint8_t* copy) const;
  // The place of a piece's first output.
  size_t place(const Work::Piece& piece, int64_t image) const {
    const int64_t pixel = (image * work.lines + piece.line) * work.width + piece.column;
    return static_cast<size_t>(pixel * channels) * dtype_size(type);
  }
  // One panel with the images from `first_image` on, whose input is `lines`. extremes: of each
  // image, or null.
  void panel(int64_t index, const Work::Piece& piece, int64_t first_image,
             std::span<const InputLines> lines, Extremes* extremes) const;
};

InputLines Run::lines(const Work::Piece& piece, int64_t image, uint8_t* copy) const {
  if (work.by_columns) return input.pixels(image, piece.column, piece.columns, copy);
  return input.lines(image, piece.line * weights.stride - weights.padding, input_lines(piece.lines),
                     copy);
}

void Run::task(int worker, int64_t index) const {
  const int64_t group = index % work.groups, block = index / work.groups;
  const Work::Piece piece = work.piece(block % work.pieces);
  const int64_t first_image = block / work.pieces * work.together;
  const int64_t images = std::min(work.together, work.images - first_image);
  InputLines inputs[kMostTogether];
  for (int64_t i = 0; i < images; ++i) {
    uint8_t* const copy = scratch + static_cast<size_t>(worker * work.together + i) * image_bytes;
    inputs[i] = lines(piece, first_image + i, copy);
  }
  const int64_t count = weights.panels.count();
  Extremes extremes[kMostTogether];
  for (int64_t at = count * group / work.groups; at < count * (group + 1) / work.groups; ++at) {
    panel(at, piece, first_image, {inputs, static_cast<size_t>(images)},
          ranges != nullptr && finds_extremes ? extremes : nullptr);
  }
  if (ranges == nullptr) return;
  for (int64_t i = 0; i < images; ++i) {
    // Else in another pass, while the results are in the cache.
    ranges[(first_image + i) * work.pieces + block % work.pieces] =
        finds_extremes ? range_of_numbers(type, extremes[i].numbers, 2 * kPanelColumns)
                       : range_of_numbers(type, out + place(piece, first_image + i),
                                          piece.lines * piece.columns * channels);
  }
}

void Run::panel(int64_t index, const Work::Piece& piece, int64_t first_image,
                std::span<const InputLines> lines, Extremes* extremes) const {
  PanelProduct part = whole;
  part.rows = piece.columns;
  part.lines = piece.lines;
  weights.panels.put(index, part);
  for (size_t i = 0; i < lines.size(); ++i) {
    const int64_t image = first_image + static_cast<int64_t>(i);
    if (weights.panels.precision == Precision::int8) {
      part.row_scale = &input.quantization(image).scale;
      part.row_zero = &input.quantization(image).zero;
    }
    part.segment_stride = lines[i].pitch;
    part.a_line = weights.stride * lines[i].pitch;
    part.a = lines[i].first;
    const size_t at =
        place(piece, image) + static_cast<size_t>(index * kPanelColumns) * dtype_size(type);
    part.out = out + at;
    if (extremes != nullptr) part.extremes = extremes[i].numbers;
    if (added != nullptr) part.residual = added + at;
    multiply(part);
  }
}

// The ranges of images from those of their pieces.
std::vector<NumberRange> ranges_of_images(const std::vector<NumberRange>& pieces, int64_t images) {
  std::vector<NumberRange> result(static_cast<size_t>(images));
  for (size_t i = 0; i < pieces.size(); ++i)
    result[i * result.size() / pieces.size()].include(pieces[i]);
  return result;
}

}  // namespace

ChannelNorm channel_norm(const ConvolutionSpec& spec, int64_t channel) {
  ChannelNorm result;
  if (spec.bias.defined()) result.offset = spec.bias.data<float>()[channel];
  const BatchNorm& norm = spec.norm;
  if (!norm.gamma.defined()) return result;
  const double variance = norm.variance.data<float>()[channel];
  result.scale =
      norm.gamma.data<float>()[channel] / std::sqrt(variance + static_cast<double>(norm.eps));
  result.offset = (result.offset - norm.mean.data<float>()[channel]) * result.scale +
                  norm.beta.data<float>()[channel];
  return result;
}

std::shared_ptr<const PackedConvolution> pack_convolution(const std::string& name,
                                                          const ConvolutionSpec& spec,
                                                          Precision precision, Arena& arena) {
  auto packed = std::make_shared<PackedConvolution>();
  packed->out_channels = spec.weight.dim(0);
  packed->in_channels = spec.weight.dim(1);
  packed->kernel = spec.weight.dim(2);
  packed->stride = spec.stride;
  packed->padding = spec.padding;
  if (precision == Precision::int8 && !fits_int8(*packed)) precision = Precision::bf16;
  const int64_t per_unit = elements_per_unit(precision);
  packed->units = (packed->in_channels + per_unit - 1) / per_unit;
  const Folded folded = fold(spec, packed->units * per_unit);
  if (precision == Precision::int8)
    require_finite(folded.rows, "convolution_weights", name.c_str());
  packed->panels = pack_panels(folded.rows, folded.bias, precision, arena);
  return packed;
}

Tensor run_convolution(const PackedConvolution& weights, const Tensor& x, Activation activation,
                       Tensor residual, DType type, bool find_ranges) {
  const int64_t channels = weights.out_channels;
  const auto output_side = [&](int64_t side) {
    return (side + 2 * weights.padding - weights.kernel) / weights.stride + 1;
  };
  // Overwriting the residual halves the memory traffic: each line is in the cache when it is
  // written.
  Tensor y = residual.exclusive()
                 ? Tensor(residual.shape(), residual.dtype(), residual.storage())
                 : Tensor({x.dim(0), output_side(x.dim(1)), output_side(x.dim(2)), channels}, type);
  ConvolutionInput input(weights, x);
  const Work work = divide(weights, input.contiguous(), x.shape(), y.shape(),
                           static_cast<int64_t>(dtype_size(type)));
  if (work.groups > 1 && weights.panels.precision == Precision::int8) input.quantize_images();
  Run run{weights,
          input,
          work,
          {},
          panel_kernel(weights.panels.precision),
          channels,
          type,
          static_cast<uint8_t*>(const_cast<void*>(y.raw())),
          static_cast<const uint8_t*>(residual.raw()),
          nullptr,
          0,
          nullptr,
          type == DType::bf16 && finds_extremes(weights.panels.precision)};
  run.image_bytes = (run.scratch_bytes() + 63) / 64 * 64;
  const int64_t workers = in_parallel_loop() ? 1 : thread_count();
  Tensor scratch({workers * work.together * static_cast<int64_t>(run.image_bytes) + 1}, DType::u8);
  run.scratch = scratch.data<uint8_t>();
  std::vector<NumberRange> ranges;
  // A task with some of the panels writes parts of pixels only.
  if (find_ranges && work.groups == 1) {
    ranges.resize(static_cast<size_t>(work.images * work.pieces));
    run.ranges = ranges.data();
  }

  run.whole.a_stride = weights.stride * weights.units;
  run.whole.readable_units = input.readable_units();
  run.whole.segments = weights.kernel;
  run.whole.depth = weights.kernel * weights.units;
  run.whole.activation = activation;
  run.whole.residual_stride = run.whole.out_stride = channels;
  run.whole.residual_line = run.whole.out_line = work.width * channels;
  run.whole.residual_first = true;
  run.whole.out_bf16 = run.whole.residual_bf16 = type == DType::bf16;
  run.whole.row_step = 0;
  // The last results of a convolution with residual are still in the cache for the next one.
  const int64_t tasks = work.tasks();
  parallel_each(tasks, [&](int worker, int64_t task) {
    run.task(worker, residual.defined() ? task : tasks - 1 - task);
  });
  if (!ranges.empty()) y.set_ranges(ranges_of_images(ranges, work.images));
  return y;
}

}  // namespace sightline
