#include "text/cleaning.h"
#include "text/unicode.h"
namespace sightline {
std::u32string clean_openai(std::u32string text) { return clean_hf(std::move(text), kHfSteps); }
}
