"""A synthetic library: image number i always has the same name, caption, date, camera and place."""
import functools
import random

from scenes import THEMES

CAPTIONS = {
    "beach": ["sunset over the sea", "a beach with waves", "evening on the beach"],
    "mountain": ["mountains above a valley", "a mountain ridge in the morning", "peaks and clouds"],
    "forest": ["a path in the forest", "tall trees in a forest", "morning fog between trees"],
    "city": ["a city at night", "lights of the city", "towers and windows at night"],
    "desert": ["dunes in the desert", "a desert under the sun", "sand and rocks"],
    "snow": ["snow on the hills", "a white winter morning with snow", "fresh snow"],
    "lake": ["a lake between mountains", "a calm lake", "the shore of a lake"],
    "flowers": ["a meadow of flowers", "pink flowers in spring", "flowers in the garden"],
    "dog": ["a dog on the lawn", "a brown dog running", "our dog"],
    "car": ["a red car on the road", "an old red car", "a car in the city"],
}
CAMERAS = ["Canon EOS 5D", "NIKON D750", "iPhone 12", "Pixel 6", "FUJIFILM X-T4"]
LENSES = ["EF 24-105mm f/4", "50mm f/1.8", "XF 35mm f/2", "wide 26mm"]
TAGS = ["holiday", "family", "friends", "hiking", "garden", "print"]
SHAPES = [(6000, 4000), (4032, 3024), (3024, 4032), (4000, 6000), (3840, 2160), (3000, 3000), (9000, 3000)]
PLACES = [(52.5, 13.5), (48.5, 2.5), (41.5, 2.5), (46.5, 8.5), (60.5, 5.5), (35.5, 139.5), (40.5, -73.5), (37.5, -122.5),
          (-33.5, 18.5), (-33.5, 151.5), (64.5, -18.5), (38.5, -9.5), (45.5, 12.5), (55.5, 37.5), (-22.5, -43.5)]


def look(number):
    """The number of the image that this one looks like: near-duplicates look like the image before them."""
    return number - number % 9 if is_duplicate(number) else number


PERIOD = 3654  # images from here on repeat those before; a multiple of 9, so that near-duplicates do too


def item(number):
    if number < PERIOD:
        return made(number)
    name = f"IMG_{number:05}.jpg"
    first = made(number % PERIOD)
    return {**first, "id": str(number), "name": name, "path": first["path"].rpartition("/")[0] + "/" + name}


@functools.lru_cache(maxsize=PERIOD)
def made(number):
    rng = random.Random(f"image {look(number)}")
    theme = THEMES[rng.randrange(len(THEMES))]
    width, height = rng.choices(SHAPES, (8, 6, 4, 2, 3, 2, 1))[0]
    year, month, day = rng.randint(2009, 2023), rng.randint(1, 12), rng.randint(1, 28)
    dated = rng.random() < 0.92
    latitude, longitude = rng.choice(PLACES)
    result = {
        "id": str(number), "theme": theme, "name": f"IMG_{number:05}.jpg", "width": width, "height": height,
        "path": f"Pictures/{year}/{theme}/IMG_{number:05}.jpg", "captions": [rng.choice(CAPTIONS[theme])],
        "date": f"{year}-{month:02}-{day:02}T{rng.randint(6, 21):02}:{rng.randint(0, 59):02}:05" if dated else None,
        "camera": rng.choice(CAMERAS) if rng.random() < 0.8 else None, "lens": rng.choice(LENSES) if rng.random() < 0.6 else None,
        "rating": rng.choice([None, None, 1, 2, 3, 4, 5]), "tags": sorted(rng.sample(TAGS, rng.choice([0, 0, 1, 2]))),
        "location": {"latitude": latitude, "longitude": longitude} if rng.random() < 0.6 else None,
        "size_bytes": rng.randint(200_000, 9_000_000), "format": "JPEG",
    }
    return result


def is_duplicate(number):
    """Each 9th image has three near-duplicates, the images after it."""
    return number > 8 and number % 9 in (1, 2, 3)


def duplicates(number, count):
    return [n for n in range(number + 1, number + 4) if n < count] if number % 9 == 0 and number else []
