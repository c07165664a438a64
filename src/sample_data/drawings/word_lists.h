// Word lists of the captions of drawings. They were written for openclipart-svg 0.18 from its
// titles and keywords, read in order of their frequency, and from captions that came out wrong.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace sightline {

template <size_t N>
bool contains(const std::string_view (&list)[N], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

// Words that Debian's dictionary lists, but which in the titles belong to another language, a
// person or a file format.
inline constexpr std::string_view kNotWords[] = {
    "cavallo", "casa", "cane",  "sole", "mare",  "pesce", "tango", "ce",   "de",  "la",  "le",
    "el",      "il",   "un",    "et",   "di",    "al",    "del",   "ii",   "iii", "iv",  "vi",
    "svg",     "png",  "eps",   "jpg",  "jon",   "ben",   "alan",  "mike", "re",  "les", "non",
    "mi",      "ti",   "th",    "st",   "nd",    "bw",    "aj",    "ab",   "ac",  "ad",  "da",
    "du",      "en",   "es",    "si",   "fr",    "pa",    "ma",    "na",   "os",  "ale", "verdi",
    "donna",   "pace", "scala", "lope", "verde", "gimp",  "silvia"};

// The words of one or two letters that are English in the titles.
inline constexpr std::string_view kShortWords[] = {"ox", "tv", "pc", "cd", "go", "do",
                                                   "up", "no", "of", "in", "on", "to",
                                                   "at", "by", "my", "an", "a"};

inline constexpr std::string_view kFunctionWords[] = {"the", "with", "and", "a",   "an",
                                                      "of",  "in",   "on",  "for", "to",
                                                      "at",  "from", "my",  "by",  "its"};

// The function words that end the part of a caption that names its subject: "dog with hat".
inline constexpr std::string_view kPrepositions[] = {"of",  "in",   "on", "with", "and",
                                                     "for", "from", "to", "at",   "by"};

inline constexpr std::string_view kColours[] = {
    "red",  "green", "blue", "yellow", "orange", "purple", "pink",  "brown",
    "gray", "grey",  "gold", "golden", "silver", "black",  "white", "violet"};

// Words about the drawing, not its subject: left out of captions.
inline constexpr std::string_view kAboutTheDrawing[] = {
    "clipart",    "cliparts",    "icon",      "icons",    "theme",       "collection",
    "example",    "image",       "vector",    "version",  "outline",     "outlined",
    "bw",         "px",          "contour",   "pattern",  "submission",  "various",
    "drawing",    "drawn",       "simple",    "plain",    "basic",       "untitled",
    "unsorted",   "advertising", "draft",     "test",     "remix",       "sample",
    "lines",      "straight",    "style",     "stylized", "stylised",    "illustration",
    "draw",       "colour",      "colored",   "coloured", "color",       "sketch",
    "silhouette", "author",      "generic",   "clean",    "shaded",      "openclipart",
    "svg",        "another",     "etiquette", "elements", "transparent", "fix"};

// Colours that are also things: a keyword of the same name says which is meant.
inline constexpr std::string_view kColoursAndThings[] = {"orange", "violet", "gold", "silver"};

// Words that are removed from the end of a caption.
inline constexpr std::string_view kNotAtEnd[] = {"old",  "big", "small", "large", "new",
                                                 "line", "one", "two",   "three", "alternate"};

// Words that stay in captions, but do not make one alone.
inline constexpr std::string_view kNotAlone[] = {
    "art",   "part",    "small",  "big",     "large", "new",       "old",    "line",   "set",
    "one",   "two",     "three",  "hand",    "clip",  "alternate", "left",   "right",  "both",
    "shape", "general", "symbol", "symbols", "no",    "free",      "modern", "double", "back"};

// Words of other languages that end the attempt to read a title as English.
inline constexpr std::string_view kForeignWords[] = {
    "ne",  "pas", "di",  "il",  "lo",   "gli", "del", "della", "con", "per", "una", "uno",
    "les", "des", "du",  "aux", "avec", "el",  "los", "las",   "und", "der", "das", "die",
    "mit", "ein", "van", "het", "een",  "por", "sul", "sulla", "non", "al",  "dei", "nella"};

// Creators whose titles are in Italian or French: a title is read as English only if all its words
// are known. Matched with the words of the creator's name.
inline constexpr std::string_view kForeignCreators[] = {"rollandin", "guillou", "clemente"};

// Names of creators that are also subjects, and are therefore not removed from titles.
inline constexpr std::string_view kNamesThatAreWords[] = {"wolf", "fox",  "king", "bird",
                                                          "hand", "rose", "wood"};

// Titles of whole collections, in lower case: their drawings are named by their files.
inline constexpr std::string_view kCollections[] = {"svg road signs",
                                                    "aiga_symbol_signs",
                                                    "lemon svg theme",
                                                    "etiquette icons",
                                                    "various cliparts",
                                                    "r16 sibmission",
                                                    "r16 submission",
                                                    "people",
                                                    "australian maps",
                                                    "map symbols",
                                                    "homes clipart",
                                                    "simple arrows",
                                                    "blueberry - iconset",
                                                    "gold-theme",
                                                    "sallite",
                                                    "plastik-icon-theme",
                                                    "advertising",
                                                    "stick man",
                                                    "boating rules illustration",
                                                    "chess pieces",
                                                    "pc connectors",
                                                    "candy",
                                                    "dino",
                                                    "balloons-aj",
                                                    "untitled"};

// Drawings with these words in title or keywords are left out.
inline constexpr std::string_view kNotForEveryone[] = {"sexy", "stripper", "nude", "naked",
                                                       "pantyhose"};

// Keywords that say nothing about the subject: the folder, the kind of file, leftovers of programs.
inline constexpr std::string_view kNotKeywords[] = {
    "hash",       "icon",      "icons",     "computer",   "theme",
    "unsorted",   "symbol",    "shape",     "special",    "work",
    "color",      "colour",    "mapsym",    "sign",       "signs and symbols",
    "clip art",   "clipart",   "template",  "webpage",    "office",
    "recreation", "geography", "tool",      "tools",      "home",
    "hardware",   "education", "transport", "equipment",  "device",
    "menu",       "title",     "action",    "application"};

// Keywords that are right, but too general to be a caption.
inline constexpr std::string_view kGeneralKeywords[] = {"people",
                                                        "sports",
                                                        "holiday",
                                                        "entertainment",
                                                        "united nations member",
                                                        "food",
                                                        "animal",
                                                        "plant",
                                                        "transportation",
                                                        "europe",
                                                        "asia",
                                                        "africa",
                                                        "america",
                                                        "cartoon",
                                                        "activities",
                                                        "protein",
                                                        "carbohydrate",
                                                        "symbols",
                                                        "pretty",
                                                        "point",
                                                        "place",
                                                        "time",
                                                        "joint",
                                                        "commercial",
                                                        "logo",
                                                        "software",
                                                        "design",
                                                        "north",
                                                        "south",
                                                        "australian",
                                                        "african",
                                                        "architectural",
                                                        "alcohol",
                                                        "caution",
                                                        "warning",
                                                        "games",
                                                        "party",
                                                        "illusion",
                                                        "openoffice",
                                                        "go",
                                                        "saint",
                                                        "studio",
                                                        "traffic",
                                                        "windows",
                                                        "space",
                                                        "toy",
                                                        "desktop",
                                                        "container",
                                                        "decoration",
                                                        "music",
                                                        "religion",
                                                        "television",
                                                        "hot",
                                                        "cool"};

struct Spelling {
  std::string_view from;
  std::string_view to;  // one or more words
};

// Words that the dictionary lacks, as it spells them: British and wrong spellings, names of
// subjects, and compounds whose shortest division is wrong.
inline constexpr Spelling kSpellings[] = {
    {"baloon", "balloon"},          {"saphire", "sapphire"},   {"silhouet", "silhouette"},
    {"paperclip", "paper clip"},    {"armour", "armor"},       {"grey", "gray"},
    {"lighthouses", "lighthouse"},  {"southen", "southern"},   {"tatoo", "tattoo"},
    {"icecube", "ice cube"},        {"seahorse", "sea horse"}, {"handphone", "mobile phone"},
    {"gumnut", "eucalyptus fruit"}, {"packman", "pacman"},     {"hearth", "heart"},
    {"xmas", "christmas"},          {"wc", "toilet"},          {"oneway", "one way"}};

// Words that are not in the dictionary, but name subjects.
inline constexpr std::string_view kMoreWords[] = {
    "kanji",   "echidna", "orca", "katana",  "nunchaku",  "gourami", "cichlid", "loach",  "pacman",
    "bowline", "tetris",  "usb",  "gamepad", "biohazard", "gnu",     "tux",     "origami"};

// Words in names of flags that are not part of the place.
inline constexpr std::string_view kNotPlaces[] = {
    "flag",        "flags",   "national",  "official",   "correct", "format",
    "svg",         "clipart", "alternate", "flying",     "the",     "waving",
    "openclipart", "big",     "historic",  "historical", "state",   "region",
    "union",       "split",   "icon",      "plain"};

// Words of flags' names as English names of places. In titles and files of flags only.
inline constexpr Spelling kPlaces[] = {{"israeli", "israel"},
                                       {"iraqi", "iraq"},
                                       {"chinese", "china"},
                                       {"pakistani", "pakistan"},
                                       {"ukrainian", "ukraine"},
                                       {"norwegian", "norway"},
                                       {"finnish", "finland"},
                                       {"uk", "united kingdom"},
                                       {"usa", "united states"},
                                       {"kernow", "cornwall"},
                                       {"suisse", "switzerland"},
                                       {"andorre", "andorra"},
                                       {"bretagne", "brittany"},
                                       {"normandie", "normandy"},
                                       {"missisipi", "mississippi"},
                                       {"tenessee", "tennessee"},
                                       {"saskatuan", "saskatchewan"},
                                       {"kansasflag", "kansas"},
                                       {"newmexico", "new mexico"},
                                       {"northcarolina", "north carolina"},
                                       {"southcarolina", "south carolina"},
                                       {"europeanunion", "european union"},
                                       {"unitednations", "united nations"},
                                       {"papaua", "papua"},
                                       {"maledives", "maldives"},
                                       {"catalunya", "catalonia"},
                                       {"piemonte", "piedmont"},
                                       {"bbourgogne", "burgundy"},
                                       {"gascogne", "gascony"},
                                       {"picardie", "picardy"},
                                       {"savoie", "savoy"},
                                       {"corse", "corsica"},
                                       {"st", "saint"},
                                       {"secondrepublic", "second republic"},
                                       {"aboriginies", "aborigines"},
                                       {"streight", "strait"},
                                       {"asturies", "asturias"},
                                       {"spanish", "spain"},
                                       {"dannebrog", "denmark"},
                                       {"taegeukgi", ""},
                                       {"eu", "european union"}};

// The same, if it is the only word: "british columbia" stays.
inline constexpr Spelling kPlaceAlone = {"british", "united kingdom"};

// Countries that are named before their regions in titles of flags.
inline constexpr std::string_view kCountries[] = {
    "australia", "belgium", "canada", "china", "denmark",        "finland",
    "france",    "germany", "italy",  "spain", "united kingdom", "united states"};

}  // namespace sightline
