#include <lcms2.h>
#include <sightline/error.h>

#include <memory>
#include <type_traits>

namespace sightline {
namespace {

struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
struct DeleteTransform {
  void operator()(void* transform) const { cmsDeleteTransform(transform); }
};
using Profile = std::unique_ptr<std::remove_pointer_t<cmsHPROFILE>, CloseProfile>;
using Transform = std::unique_ptr<std::remove_pointer_t<cmsHTRANSFORM>, DeleteTransform>;

constexpr cmsUInt32Number kLab8 = COLORSPACE_SH(PT_LabV2) | CHANNELS_SH(3) | BYTES_SH(1);

Transform make_transform() {
  const Profile lab(cmsCreateLab2Profile(nullptr));
  const Profile srgb(cmsCreate_sRGBProfile());
  return Transform(
      cmsCreateTransform(lab.get(), kLab8, srgb.get(), TYPE_RGB_8, INTENT_PERCEPTUAL, 0));
}

}  // namespace
}  // namespace sightline

// See image/lab.h.
extern "C" void sightline_cielab_to_rgb(const uint8_t* in, size_t count, uint8_t* out) {
  using namespace sightline;
  static const Transform transform = make_transform();  // thread-safe
  if (!transform) throw Error(ErrorCode::internal, "Little CMS cannot convert CIELAB to sRGB");
  constexpr size_t kChunk = size_t{1} << 20;  // pixels; Little CMS counts with 32 bits
  for (size_t done = 0; done < count; done += kChunk) {
    const size_t some = count - done < kChunk ? count - done : kChunk;
    cmsDoTransform(transform.get(), in + 3 * done, out + 3 * done,
                   static_cast<cmsUInt32Number>(some));
  }
}
