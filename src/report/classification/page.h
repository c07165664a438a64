// The page of a classification.
#pragma once

#include <sightline/classification.h>
#include <sightline/report.h>

#include <optional>
#include <span>
#include <string>

#include "report/page/page.h"

namespace sightline {

// Returns HTML without external resources. `thumbnails`: by index of the image.
std::string classification_page(const ClassificationResult& result, const RunInfo& run,
                                std::span<const PageImage> figures, const PageImages& thumbnails,
                                const std::optional<Deployment>& deployment);

}  // namespace sightline
