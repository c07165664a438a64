// Made by tools/golden/verify_builtin.py; not to be edited.
#include "verify/builtin_table.h"

namespace sightline::builtin_table {
namespace {

constexpr std::string_view kTextList[] = {"flying in the sky", "mouth open", "mouth dnaksjd xysopendasdas", "A yellow cat", "A red ball", "a photo of 2 dogs, running; it's 9:45!", "Caf\303\251 na\303\257ve \303\274ber stra\303\237e", "\345\260\217\347\214\253\345\222\214\347\213\227", "", "UPPER lower MiXeD  white\011space", "don't can't we'll they're I'm", "state-of-the-art (50% off) #1 @home"};
constexpr int32_t kClip0[] = {49406, 4610, 530, 518, 2390, 49407};
constexpr int32_t kClip1[] = {49406, 4932, 1488, 49407};
constexpr int32_t kClip2[] = {49406, 4932, 67, 9248, 7536, 323, 87, 1971, 28069, 587, 7359, 49407};
constexpr int32_t kClip3[] = {49406, 320, 4481, 2368, 49407};
constexpr int32_t kClip4[] = {49406, 320, 736, 1069, 49407};
constexpr int32_t kClip5[] = {49406, 320, 1125, 539, 273, 3255, 267, 2761, 282, 585, 568, 280, 281, 275, 276, 256, 49407};
constexpr int32_t kClip6[] = {49406, 15304, 1097, 35689, 563, 6522, 1516, 1894, 127, 253, 324, 49407};
constexpr int32_t kClip7[] = {49406, 34720, 237, 163, 234, 104, 161, 240, 234, 163, 233, 501, 49407};
constexpr int32_t kClip8[] = {49406, 49407};
constexpr int32_t kClip9[] = {49406, 7067, 4909, 6780, 1579, 2138, 49407};
constexpr int32_t kClip10[] = {49406, 847, 713, 753, 713, 649, 1342, 889, 982, 328, 880, 49407};
constexpr int32_t kClip11[] = {49406, 1295, 268, 539, 268, 518, 268, 794, 263, 276, 271, 260, 1007, 264, 258, 272, 287, 1137, 49407};
constexpr std::span<const int32_t> kClip[] = {kClip0, kClip1, kClip2, kClip3, kClip4, kClip5, kClip6, kClip7, kClip8, kClip9, kClip10, kClip11};
constexpr int32_t kBert0[] = {101, 3909, 1999, 1996, 3712, 102};
constexpr int32_t kBert1[] = {101, 2677, 2330, 102};
constexpr int32_t kBert2[] = {101, 2677, 6064, 5705, 3501, 2094, 1060, 7274, 26915, 8883, 8883, 102};
constexpr int32_t kBert3[] = {101, 1037, 3756, 4937, 102};
constexpr int32_t kBert4[] = {101, 1037, 2417, 3608, 102};
constexpr int32_t kBert5[] = {101, 1037, 6302, 1997, 1016, 6077, 1010, 2770, 1025, 2009, 1005, 1055, 1023, 1024, 3429, 999, 102};
constexpr int32_t kBert6[] = {101, 7668, 15743, 19169, 2358, 27807, 102};
constexpr int32_t kBert7[] = {101, 1829, 100, 1796, 100, 102};
constexpr int32_t kBert8[] = {101, 102};
constexpr int32_t kBert9[] = {101, 3356, 2896, 3816, 2317, 2686, 102};
constexpr int32_t kBert10[] = {101, 2123, 1005, 1056, 2064, 1005, 1056, 2057, 1005, 2222, 2027, 1005, 2128, 1045, 1005, 1049, 102};
constexpr int32_t kBert11[] = {101, 2110, 1011, 1997, 1011, 1996, 1011, 2396, 1006, 2753, 1003, 2125, 1007, 1001, 1015, 1030, 2188, 102};
constexpr std::span<const int32_t> kBert[] = {kBert0, kBert1, kBert2, kBert3, kBert4, kBert5, kBert6, kBert7, kBert8, kBert9, kBert10, kBert11};
using Resize = PreprocessSpec::Resize;
using Crop = PreprocessSpec::CropRounding;
constexpr BuiltinPixels kPixels[] = {
    {64, 64, Resize::shortest_edge, ResizeFilter::bicubic, Crop::floor,
     {"55a4c6012a9d751e6af551aadd5bb20073728349baa7af98b76dbc333e778c4b",
      "5c03522a3131c2b424265a3c36898cf4b3999104fa020a7df99bfc6ef31dcad9",
      "083379b881c7a713d6ae7ce869b84c6289d68d73c4d286dcd3d4505f7ca27406"}},
    {64, 64, Resize::shortest_edge, ResizeFilter::bicubic, Crop::half_even,
     {"aa6ccfd9f5f2170e8fc689fb2d694421656094d57ac57378f9dc466ca59e7367",
      "5c03522a3131c2b424265a3c36898cf4b3999104fa020a7df99bfc6ef31dcad9",
      "083379b881c7a713d6ae7ce869b84c6289d68d73c4d286dcd3d4505f7ca27406"}},
    {224, 224, Resize::shortest_edge, ResizeFilter::bicubic, Crop::floor,
     {"f4b8d8f7445ab943e092a81e3542b2b9b2b53a28e409c98f82fe89d4dd8ef6df",
      "b7f2e3cd29e702570c57dbfb7de1422013d01768c6e3e6ef6fb9ba93756e2552",
      "6ba1f1e006d6bddaa65b085d9924b529eceafc74da1957620f27a9847957b486"}},
    {224, 224, Resize::shortest_edge, ResizeFilter::bicubic, Crop::half_even,
     {"43ebde64fdf764eb1a47fdbb1ebbf5dabe4e6e5739866528a7dda14fda3787d9",
      "b7f2e3cd29e702570c57dbfb7de1422013d01768c6e3e6ef6fb9ba93756e2552",
      "6ba1f1e006d6bddaa65b085d9924b529eceafc74da1957620f27a9847957b486"}},
    {240, 240, Resize::shortest_edge, ResizeFilter::bicubic, Crop::floor,
     {"0dff4092ab5bad2fe4e4c8e4a6e2fd0cce6ce26b0f1166788258fb054f9393ba",
      "c93d06e8efcc4e95f4f81ec3afe7f79831fe2b2aa6682f01c2b601d62eedb63c",
      "098cc88a9bf697cb09c0e191df58a41d9644d5e80209a753157171b9b3b68817"}},
    {240, 240, Resize::shortest_edge, ResizeFilter::bicubic, Crop::half_even,
     {"de097a8de956029be51c986957cada8ce2c12e0c7f729a777622b09c63e454ff",
      "c93d06e8efcc4e95f4f81ec3afe7f79831fe2b2aa6682f01c2b601d62eedb63c",
      "098cc88a9bf697cb09c0e191df58a41d9644d5e80209a753157171b9b3b68817"}},
    {256, 256, Resize::shortest_edge, ResizeFilter::bicubic, Crop::floor,
     {"ba66df45f3bdbced48b5f783d6aa91b796b9735d1b3a77d17d556ccc60bc7735",
      "5b26d48c89e1d82d313508437c206202d452e27602f2f3f764ef2e5b347bfa9e",
      "70bd69575c3f17648e8b8f7af8abf2a5fea22406be67dc8becb8a7444ef65daf"}},
    {256, 256, Resize::shortest_edge, ResizeFilter::bicubic, Crop::half_even,
     {"515cb92047caf7e884e2887c7e967506fb528f01dcfbd174d366dda57bfdcdd6",
      "5b26d48c89e1d82d313508437c206202d452e27602f2f3f764ef2e5b347bfa9e",
      "b0115168f6eddfd57dbf8bb11943caca6808d25a8c49dc0d3196bcbda721f714"}},
    {288, 288, Resize::shortest_edge, ResizeFilter::bicubic, Crop::floor,
     {"b7e548dece2c59d68c6d4576dc4e880e444f83e2af74466f3172fa5c81e287a0",
      "047d5cc03aac97cbce5cf93a190f543376dd8068cb7d445d77a50d67aafb5219",
      "ba5c96763bde15fa114624a653502073bd3acdfa5956a28c334a7b613f3a580c"}},
    {288, 288, Resize::shortest_edge, ResizeFilter::bicubic, Crop::half_even,
     {"3521094bf7e50bb6b28bc9ff7474dbb96d8279c10e23d61fe38efd96aa36a14f",
      "047d5cc03aac97cbce5cf93a190f543376dd8068cb7d445d77a50d67aafb5219",
      "ba5c96763bde15fa114624a653502073bd3acdfa5956a28c334a7b613f3a580c"}},
    {336, 336, Resize::shortest_edge, ResizeFilter::bicubic, Crop::floor,
     {"759fc74f13326b16e1822d08dee9bb5fd7edb5096e77d79c18f62f1a88389da2",
      "7ed23fb7eeb91719749b7814c60d7952ac5a512bff8945da6e116d6b354838f0",
      "89ecd2bdda01a986c17d02e9cd13b8e1805b0c676509a0c351275a707ad65c76"}},
    {336, 336, Resize::shortest_edge, ResizeFilter::bicubic, Crop::half_even,
     {"1a35f055addb46085859c276d64ed1d2c3c7e32b6d4f20c6aa45ee719082d587",
      "7ed23fb7eeb91719749b7814c60d7952ac5a512bff8945da6e116d6b354838f0",
      "89ecd2bdda01a986c17d02e9cd13b8e1805b0c676509a0c351275a707ad65c76"}},
    {384, 384, Resize::shortest_edge, ResizeFilter::bicubic, Crop::floor,
     {"d372429379653823da4e26cd7ef21a0668f601991360d2c02a0f3c823601d3ac",
      "4642e6636f161280d4a5b47229231e4a44888f93a571dd91c3b7d4e4f6148756",
      "85cf01bc687a7b48f6b2fdc7f7e79afe6428aee0bb65cebff5a5e6b2b77f94db"}},
    {384, 384, Resize::shortest_edge, ResizeFilter::bicubic, Crop::half_even,
     {"7db719b67a92a7f2563815af7a470f669895190b9ebb3466ec986f7f96ee628e",
      "4642e6636f161280d4a5b47229231e4a44888f93a571dd91c3b7d4e4f6148756",
      "85cf01bc687a7b48f6b2fdc7f7e79afe6428aee0bb65cebff5a5e6b2b77f94db"}},
    {448, 448, Resize::shortest_edge, ResizeFilter::bicubic, Crop::floor,
     {"3ec739d7ddbc82d351995897d936fca73bf05e6579cf19a87c627da6a43c7f69",
      "a8209ae3ab50100e7a130f96b8b9102ab527ab5b1ae998bdcb41bc6addbedff7",
      "9d02ed9b351597f3924c679846ee90d68dd38fcbd64ae92fd94d2f280303c056"}},
    {448, 448, Resize::shortest_edge, ResizeFilter::bicubic, Crop::half_even,
     {"fe9034bddc8ad0100da5b45e5375c6bd50a6e6eba4718e7e0b8a3f3d37cf29c2",
      "a8209ae3ab50100e7a130f96b8b9102ab527ab5b1ae998bdcb41bc6addbedff7",
      "9d02ed9b351597f3924c679846ee90d68dd38fcbd64ae92fd94d2f280303c056"}},
    {256, 224, Resize::shortest_edge, ResizeFilter::bilinear, Crop::floor,
     {"2e7a35dcdd8f21268031d09532ae726adb6c5efaf347e982507098dbeb6d48d2",
      "ae761fb4de74310ebdc8fbb6ba925f252c12b6db8b94383933ed44d683bb4ad5",
      "4ffb92aadb7c2939a66af01238192f85d549b2b1e416c1e297564554bd31c049"}},
    {256, 224, Resize::shortest_edge, ResizeFilter::bilinear, Crop::half_even,
     {"01c202c916f429cec2b6b4914537864114aa3594084752a8e05ee1a61c4f2ed7",
      "ae761fb4de74310ebdc8fbb6ba925f252c12b6db8b94383933ed44d683bb4ad5",
      "1eaab1da9eb810e124ccf9cc3ea29ff6216d67b0ca8be02ae791487be2b5af74"}},
    {235, 224, Resize::shortest_edge, ResizeFilter::bicubic, Crop::half_even,
     {"86a3e4b1265c8b000d8a8805289423597e1d03750de6463239f2892ca08dc19c",
      "2aa9fdc51ef94f73fb0cf68656a0876f5bd1ccb70abdecb05ef9934be2c19775",
      "207da95e69a72b37918cc9e4c614befb6bd0a7aa64a38a1cad6c5f1b8b730eb1"}},
    {232, 224, Resize::shortest_edge, ResizeFilter::bilinear, Crop::half_even,
     {"2fa91b6947889316f70e5b004ec85c282b8ab6082ff2ac32d49f33f0b27cea2d",
      "4ea1b59b311da221c830492c997861d1c3edb9df57a33dcd89c71c905ed93beb",
      "03ca308f6c04d01c4cc0b9684a6dc62cf36fe23c8c39957bb22082009cda3a5e"}},
    {236, 224, Resize::shortest_edge, ResizeFilter::bicubic, Crop::half_even,
     {"d43581100a54722c4e16b62cb856917f1b6027b1dca6e17bfd941c0e12bc6a66",
      "d3804e59fe9a14bd2d8e80cc9af86da6bfc22a1e1b00af935364729e97dfa3c1",
      "c08970be6b7a0a555fabc6982217eb7fb5466102f6800c7b284d3d38d98fb2f4"}},
    {64, 64, Resize::shortest_edge, ResizeFilter::bilinear, Crop::half_even,
     {"22161eca2971639f1b14e9904d618a2afcbbb53c2ff2115bc0afe615d38897dd",
      "0ca96a0ea7a98ad0ebf807861ebfc17eb57e754d91b86bec902f3d1f78dfb560",
      "71fa01d87ae3e0a9721fa31552a4625b897a9187f654532b7b228fcf98e14b97"}},
    {73, 64, Resize::shortest_edge, ResizeFilter::bilinear, Crop::half_even,
     {"45ff11a35a971309b52e7403db293c4210e58e33b43a97fe3e1c1b44e684ce61",
      "b16b31f8822bc6ecaefcf3856f7abaa8a7396908ce3b8a42213524ed05c09299",
      "d0ed8e9f68167b45d51ae5914b8bb8f77b306eb73591b38b4690feb155758015"}},
    {224, 224, Resize::squash, ResizeFilter::bicubic, Crop::half_even,
     {"4760cc65cb092bb4ac0b441da642c304bd1a0e3d0b00b0f9d9b68317cb169164",
      "aa5529cfacc722cc9600236c8035af37bdee1cdc1c38b5e497231f5b59ddfecc",
      "5b34796a8ef99df2449ba4ae5660aa9b35bfc5992d5641370d450fb66d635b2b"}},
};

}  // namespace

const std::span<const std::string_view> kTexts = kTextList;
const int kLongestIds = 19;
const std::string_view kPixelsMadeWith = "Pillow 13.0.0";
const BuiltinIds& clip_ids() {
  static const BuiltinIds ids = {"CLIP", "tokenizers 0.23.1", kClip};
  return ids;
}
const BuiltinIds& bert_ids() {
  static const BuiltinIds ids = {"bert-base-uncased", "transformers 5.12.1", kBert};
  return ids;
}
std::span<const BuiltinPixels> pixels() { return kPixels; }

}  // namespace sightline::builtin_table
