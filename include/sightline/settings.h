// Settings of a computation: which backend computes, on which device, in which precision.
//
// Every enumerator has a name, which options, JSON and cache keys use: NAME_name returns it and
// parse_NAME reads it. The parsers throw invalid_argument, with the accepted names in the message.
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
  cpu,    // oneDNN and own kernels; every precision
  torch,  // libtorch, where built with it; fp32; the only backend with the device cuda
};
inline constexpr std::array kBackends = {Backend::cpu, Backend::torch};

std::string_view backend_name(Backend backend);  // "cpu", "torch"
Backend parse_backend(std::string_view name);

struct Device {
  enum class Kind { cpu, cuda };
  Kind kind = Kind::cpu;
  int index = 0;  // of cuda: the GPU's number from 0; of cpu always 0

  friend bool operator==(const Device&, const Device&) = default;
};

std::string device_name(const Device& device);  // "cpu", "cuda:0"
// Accepts "cpu", "cuda" (the first GPU) and "cuda:N". Whether that device exists is checked where a
// backend is created.
Device parse_device(std::string_view name);

// How vectors were computed. Vectors of different computations differ in the last places, or more.
struct Computation {
  Backend backend = Backend::cpu;
  Device device;
  Precision precision = Precision::fp32;

  friend bool operator==(const Computation&, const Computation&) = default;
};

// "cpu fp32", "torch cuda:0 fp32": the device only where it is not the CPU.
std::string computation_name(const Computation& computation);

}  // namespace sightline
