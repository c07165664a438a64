// Hubs among the candidates of both directions.
#pragma once

#include <sightline/failures.h>
#include <sightline/metrics.h>

namespace sightline {

// Returns the hubs among images, with texts as queries. Throws invalid_argument for k < 1.
Hubness image_hubness(const RetrievalSet& set, int k);

// Returns the hubs among captions, with the images that have a text as queries. Texts with equal
// RetrievalSet::text_identity are one candidate, which Hub::candidate names by the first of them.
Hubness caption_hubness(const RetrievalSet& set, int k);

}  // namespace sightline
