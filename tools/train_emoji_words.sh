#!/bin/sh
# train_emoji_words.sh [PROGRAM [OUT]]: fetches pictures and pretrained weights, makes all data sets of
# recipes/emoji-words.json in build/, and trains emoji-words into OUT (build/emoji-words). Needs the packages
# of `make test` (libtorch) and a network for the first run; takes about half an hour on two cores.
set -eu
cd "$(dirname "$0")/.."
program=${1:-build/sightline} out=${2:-build/emoji-words}

tools/fetch_sentence_model.sh
tools/fetch_image_weights.sh
tools/fetch_pictures.sh

"$program" dataset emoji build/emoji
"$program" dataset drawings build/drawings
for artist in twemoji fluent-emoji-flat fluent-emoji-high-contrast noto-v1 emojione fxemoji; do
  "$program" dataset emoji "build/pictures/$artist" --pictures "build/deps/pictures/$artist"
done
for icons in game-icons streamline-kameleon-color flat-color-icons; do
  "$program" dataset icons "build/pictures/$icons" --from "build/deps/pictures/$icons"
done
"$program" train recipes/emoji-words.json --out "$out"
