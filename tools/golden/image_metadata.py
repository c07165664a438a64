#!/usr/bin/env python3
"""Generates tests/golden/metadata: small images with metadata in each container, and what ExifTool reads.

    tools/golden/image_metadata.py [FOLDER]

The images are those of tests/golden/image, codecs and image_codecs. ExifTool writes the metadata, and exiv2 some.
expected.json has the fields that sightline::ImageMetadata should have, made from ExifTool's output by the rules
of docs/formats/metadata.md, independently of the C++ code. Debian packages: libimage-exiftool-perl 12.57, exiv2
0.27.6.
"""
import json
import pathlib
import shutil
import subprocess
import sys

GOLDEN = pathlib.Path(__file__).resolve().parent.parent.parent / "tests/golden"

EXIF = ["-EXIF:DateTimeOriginal=2019:07:01 12:30:05", "-EXIF:CreateDate=2019:07:02 01:02:03",
        "-EXIF:ModifyDate=2021:01:01 00:00:00", "-EXIF:Make=NIKON CORPORATION", "-EXIF:Model=NIKON D90",
        "-EXIF:LensModel=AF-S 35mm f/1.8G", "-EXIF:GPSLatitude=33.8568", "-EXIF:GPSLatitudeRef=S",
        "-EXIF:GPSLongitude=151.2153", "-EXIF:GPSLongitudeRef=E", "-EXIF:ImageDescription=Opera house"]
XMP = ["-XMP-dc:Title=Sydney", "-XMP-dc:Description=Straße am Hafen", "-XMP-dc:Subject=harbour",
       "-XMP-dc:Subject=Wärme", "-XMP-lr:HierarchicalSubject=Places|Australia|Sydney",
       "-XMP-lr:HierarchicalSubject=harbour", "-XMP-xmp:Rating=4"]
IPTC = ["-CodedCharacterSet=UTF8", "-IPTC:Keywords=harbour", "-IPTC:Keywords=boat", "-IPTC:ObjectName=Object",
        "-IPTC:Caption-Abstract=Caption", "-IPTC:DateCreated=2001:02:03", "-IPTC:TimeCreated=04:05:06+02:00"]
XMP_ONLY = ["-XMP-exif:DateTimeOriginal=2018:03:04 05:06:07.89+09:00", "-XMP-tiff:Make=SONY", "-XMP-tiff:Model=DSC-RX100",
            "-XMP-aux:Lens=28-100mm", "-XMP-exif:GPSLatitude=52.52", "-XMP-exif:GPSLongitude=-13.405",
            "-XMP-xmp:Rating=-1", "-XMP-digiKam:TagsList=People/Ada", "-XMP-photoshop:Headline=Head"]
WINDOWS = ["-EXIF:XPTitle=Grüße", "-EXIF:XPKeywords=snow;two dogs", "-EXIF:XPSubject=About", "-EXIF:RatingPercent=75",
           "-EXIF:CreateDate=2010:12:24 18:00:00"]

# name, source, arguments of ExifTool
FILES = [
    ("all.jpg", "image/grey.jpg", EXIF + XMP + IPTC),
    ("exif.jpg", "image/grey.jpg", EXIF),
    ("exif_big_endian.jpg", "image/grey.jpg", ["-ExifByteOrder=MM"] + EXIF),
    ("xmp.jpg", "image/grey.jpg", XMP_ONLY),
    ("iptc.jpg", "image/grey.jpg", IPTC),
    ("iptc_latin.jpg", "image/grey.jpg", ["-IPTC:Keywords=Wärme", "-IPTC:ObjectName=Straße", "-IPTC:City=Köln"]),
    ("windows.jpg", "image/grey.jpg", WINDOWS),
    ("no_position.jpg", "image/grey.jpg", ["-EXIF:GPSLatitudeRef=N", "-EXIF:Make=Canon", "-EXIF:Model=Canon EOS 5D",
                                           "-EXIF:DateTimeOriginal=0000:00:00 00:00:00",
                                           "-EXIF:ImageDescription=OLYMPUS DIGITAL CAMERA         "]),
    ("all.png", "image/grey8.png", EXIF + XMP),
    ("all.tif", "image/rgb_lzw.tif", EXIF + XMP + IPTC),
    ("all.heic", "codecs/yuv420.heic", EXIF + XMP),
    ("all.avif", "codecs/yuv420.avif", EXIF + XMP),
    ("all.jxl", "codecs/container.jxl", EXIF + XMP),
    ("all.jp2", "image_codecs/L.jp2", EXIF + XMP + IPTC),
    ("all.dng", "codecs/small_preview.dng", EXIF + XMP + IPTC),
]


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True).stdout


def stars(percent):
    """Windows stores 1, 25, 50, 75, 99."""
    return {0: 0, 1: 1, 25: 2, 50: 3, 75: 4, 99: 5}[percent]


def date(text):
    """2019:07:01 12:30:05.25+02:00 -> 2019-07-01T12:30:05"""
    if not text or text.startswith("0000"):
        return None
    return text[:10].replace(":", "-") + "T" + (text[11:19] or "00:00:00")


def as_list(value):
    return [str(part) for part in (value if isinstance(value, list) else [] if value is None else [value])]


def camera(make, model):
    if make and model and make.split()[0].lower() == model.split()[0].lower():
        return model
    return " ".join(part for part in (make, model) if part)


def first(*values):
    return next((value for value in values if value not in (None, "")), None)


def expected(path):
    """The rules, applied to ExifTool's values by group."""
    tags = json.loads(run("exiftool", "-j", "-n", "-G1", "-charset", "iptc=Latin", path))[0]

    def group(names, tag):
        return next((value for key, value in tags.items()
                     if key.split(":")[0] in names and key.split(":")[-1] == tag), None)

    exif = lambda tag: group(("IFD0", "ExifIFD", "GPS"), tag)
    iptc = lambda tag: group(("IPTC",), tag)
    xmp = lambda schema, tag: group(("XMP-" + schema,), tag)
    keywords = as_list(xmp("dc", "Subject"))
    keywords += [path.split("|")[-1] for path in as_list(xmp("lr", "HierarchicalSubject"))]
    keywords += [path.split("/")[-1] for path in as_list(xmp("digiKam", "TagsList"))]
    keywords += as_list(iptc("Keywords"))
    keywords += [tag for tag in (exif("XPKeywords") or "").split(";") if tag]
    latitude, longitude = exif("GPSLatitude"), exif("GPSLongitude")
    if latitude is not None and longitude is not None:  # without a sign in these groups
        latitude *= -1 if exif("GPSLatitudeRef") == "S" else 1
        longitude *= -1 if exif("GPSLongitudeRef") == "W" else 1
    else:
        latitude, longitude = xmp("exif", "GPSLatitude"), xmp("exif", "GPSLongitude")
    iptc_date = iptc("DateCreated") and f"{iptc('DateCreated')} {iptc('TimeCreated') or ''}"
    description = exif("ImageDescription")
    if description and description.strip().endswith("DIGITAL CAMERA"):
        description = None
    percent = exif("RatingPercent")
    return {
        "date": first(*map(date, (exif("DateTimeOriginal"), exif("CreateDate"), xmp("exif", "DateTimeOriginal"),
                                  xmp("xmp", "CreateDate"), iptc_date))),
        "camera": first(camera(exif("Make"), exif("Model")), camera(xmp("tiff", "Make"), xmp("tiff", "Model"))),
        "lens": first(exif("LensModel"), xmp("aux", "Lens")),
        "latitude": latitude, "longitude": longitude,
        "rating": first(xmp("xmp", "Rating"), stars(percent) if percent is not None else None),
        "title": first(xmp("dc", "Title"), xmp("photoshop", "Headline"), iptc("ObjectName"), exif("XPTitle")),
        "description": first(xmp("dc", "Description"), iptc("Caption-Abstract"), description, exif("XPSubject")),
        "tags": list(dict.fromkeys(keywords)),
    }


def main():
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN / "metadata"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name, source, arguments in FILES:
        run("exiftool", "-q", "-m", "-n", *arguments, "-o", out / name, GOLDEN / source)
    # The PNG of exiv2 has the IPTC block as a text chunk; ExifTool does not write WebP.
    for name, source in (("exiv2.png", "grey8.png"), ("exiv2.webp", "lossy_alpha.webp")):
        path = shutil.copy(GOLDEN / "image" / source, out / name)
        run("exiv2", "-M", "set Exif.Photo.DateTimeOriginal 2015:05:06 07:08:09",
            "-M", "set Iptc.Application2.Keywords tree", "-M", "set Xmp.dc.title lang=x-default A tree",
            "-M", "set Xmp.xmp.Rating 2", path)
    run("exiftool", "-q", "-m", "-n", "-XMP-dc:Title=From the sidecar", "-XMP-xmp:Rating=5", "-XMP-dc:Subject=sidecar", out / "sidecar.xmp")
    facts = {path.name: expected(path) for path in sorted(out.iterdir())}
    (out / "expected.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
