// Names of precisions, backends and devices.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/settings.h>

namespace sightline {
namespace {

template <typename Parse>
void expect_refused(const Parse& parse, const char* wrong, const char* expected) {
  try {
    parse(wrong);
    ADD_FAILURE() << "'" << wrong << "' was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
  }
}

TEST(Settings, NamesRoundTrip) {
  for (const Precision precision : kPrecisions)
    EXPECT_EQ(parse_precision(precision_name(precision)), precision);
  for (const Backend backend : kBackends) EXPECT_EQ(parse_backend(backend_name(backend)), backend);
  for (const char* name : {"cpu", "cuda:0", "cuda:12"})
    EXPECT_EQ(device_name(parse_device(name)), name);
  EXPECT_EQ(parse_device("cuda"), (Device{Device::Kind::cuda, 0}));
}

TEST(Settings, RefusesUnknownNamesAndListsTheKnown) {
  for (const char* wrong : {"", "fp4", "FP32", "fp32 ", "auto"})
    expect_refused(parse_precision, wrong, "fp32, bf16 or int8");
  for (const char* wrong : {"", "onednn", "abacus", "cuda"})
    expect_refused(parse_backend, wrong, "cpu or torch");
  for (const char* wrong : {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:1x", "cuda:+1",
                            "cuda:128", "cuda:99999999999999999999", "cpu:0", "cudaa"})
    expect_refused(parse_device, wrong, "cpu, cuda or cuda:N");
}

TEST(Settings, NameOfAComputation) {
  EXPECT_EQ(computation_name({}), "cpu fp32");
  EXPECT_EQ(computation_name({Backend::cpu, {}, Precision::int8}), "cpu int8");
  EXPECT_EQ(computation_name({Backend::torch, parse_device("cuda:1"), Precision::fp32}),
            "torch cuda:1 fp32");
}

}  // namespace
}  // namespace sightline
