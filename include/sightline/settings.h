// Settings of a computation: backend, device and precision.
//
// Every value has a name, which is used in options, JSON and cache keys. NAME_name returns it and
// parse_NAME parses it. parse_NAME throws invalid_argument for other names; the message lists the
// accepted ones.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace sightline {

enum class Precision {
  fp32,
  bf16,  // products of bf16 elements, everything else in f32
  int8,  // products of int8 elements, everything else in f32
};
inline constexpr std::array kPrecisions = {Precision::fp32, Precision::bf16, Precision::int8};

std::string_view precision_name(Precision precision);  // "fp32", "bf16", "int8"
Precision parse_precision(std::string_view name);

enum class Backend {
  cpu,    // oneDNN and hand-written kernels; every precision
  torch,  // libtorch, if built with it; fp32 only; the only backend with the device cuda
};
inline constexpr std::array kBackends = {Backend::cpu, Backend::torch};

std::string_view backend_name(Backend backend);  // "cpu", "torch"
Backend parse_backend(std::string_view name);

struct Device {
  enum class Kind { cpu, cuda };
  Kind kind = Kind::cpu;
  int index = 0;  // cuda: index of the GPU; cpu: always 0

  friend bool operator==(const Device&, const Device&) = default;
};

std::string device_name(const Device& device);  // "cpu", "cuda:0"
// Accepts "cpu", "cuda" (the first GPU) and "cuda:N". Does not check that the device exists;
// loading a model does.
Device parse_device(std::string_view name);

// Backend, device and precision of a computation. Vectors of different computations differ
// at least in the last bits.
struct Computation {
  Backend backend = Backend::cpu;
  Device device;
  Precision precision = Precision::fp32;

  friend bool operator==(const Computation&, const Computation&) = default;
};

// Returns a description: "cpu fp32", "torch cuda:0 fp32". The device is omitted if it is the CPU.
std::string computation_name(const Computation& computation);

}  // namespace sightline
