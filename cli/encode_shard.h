// encode --shard: one part of an input.
#pragma once

#include "encode.h"

namespace sightline::cli {

// Encodes options.shard, unless it is finished, and prints a summary. Returns the exit code.
int encode_shard(EncodeFlags& options);

}  // namespace sightline::cli
