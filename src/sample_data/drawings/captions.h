// Makes English captions from the titles, file names and keywords of drawings.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "sample_data/drawings/drawing.h"
#include "sample_data/drawings/words.h"

namespace sightline {

// The origin of a caption.
enum class CaptionSource { title, file_name, translation, keyword };

struct Caption {
  std::string text;
  CaptionSource source = CaptionSource::title;
};

// Knows the dictionary, and how often titles and keywords occur in all drawings.
class Captions {
 public:
  // `dictionary` must outlive the object.
  Captions(const Dictionary& dictionary, std::span<const Drawing> drawings);

  // Returns the caption of a drawing, in lower case and of at most 8 words:
  // 1. Takes the title, or the file name if the title begins with "Clipart by NAME -", is empty, is
  //    one of a collection (kCollections), or is shared by 4 or more files.
  // 2. Removes the creator's names and words of one letter. A text with a translation becomes that.
  //    A text with foreign function words, or of a foreign creator with unknown words, has no
  //    words. Flags become "flag of PLACE" (flags.h).
  // 3. Corrects spellings, divides compounds, and keeps words that are in the dictionary, without
  //    those about the drawing (kAboutTheDrawing). A colour at the end moves to the front.
  // 4. Without a subject left, takes the rarest keyword that is neither a colour nor general.
  // Returns nothing if there is none. `keywords` are clean_keywords(drawing).
  std::optional<Caption> caption(const Drawing& drawing, const Words& keywords) const;

 private:
  bool named_by_file(const Drawing& drawing) const;
  std::optional<std::string> from_keywords(const Words& keywords) const;
  std::string english(const Words& words, const Words& keywords) const;

  const Dictionary& dictionary_;
  std::map<std::string, int, std::less<>> titles_;    // number of drawings with each title
  std::map<std::string, int, std::less<>> keywords_;  // and with each keyword
};

}  // namespace sightline
