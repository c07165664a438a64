"""Synthetic landscapes as SVG, a different one for each number."""
import random

PALETTES = {
    "beach": ("#f9c58d", "#f2836b", "#2f6f8f", "#e8d3a2"),
    "mountain": ("#bcd9ec", "#7fa8c9", "#52687d", "#34495a"),
    "forest": ("#dfeee0", "#8fb996", "#3f6b4b", "#24452f"),
    "city": ("#1d2a4d", "#40507d", "#141b2f", "#f5d76e"),
    "desert": ("#fbe3b5", "#f0b46c", "#c9783f", "#8d4f2a"),
    "snow": ("#e8f1f8", "#c5d9e8", "#f8fbfd", "#8aa4b8"),
    "lake": ("#cfe7f5", "#6fb1d6", "#3b7ea6", "#2b5b3c"),
    "flowers": ("#fdf1f4", "#f3a6bd", "#d2547c", "#4d8b57"),
    "dog": ("#efe6d8", "#caa87a", "#7b5530", "#3c2a1a"),
    "car": ("#d9dee2", "#9aa5ad", "#c0392b", "#2c3e50"),
}
THEMES = list(PALETTES)


def ridge(rng, width, base, height, color):
    points = [f"0,{base}"]
    steps = rng.randint(4, 9)
    for step in range(steps + 1):
        points.append(f"{width * step / steps:.0f},{base - rng.uniform(0.1, 1) * height:.0f}")
    return f'<polygon fill="{color}" points="{" ".join(points)} {width},1000 0,1000"/>'


def subject(rng, theme, width, colors):
    x, y = rng.uniform(0.25, 0.75) * width, rng.uniform(640, 760)
    if theme == "city":
        return "".join(
            f'<rect x="{width * i / 14:.0f}" y="{900 - h:.0f}" width="{width / 15:.0f}" height="{h:.0f}" fill="#0d1222"/>'
            f'<rect x="{width * i / 14 + 12:.0f}" y="{930 - h:.0f}" width="14" height="18" fill="{colors[3]}"/>'
            for i, h in enumerate(rng.uniform(150, 620) for _ in range(14)))
    if theme == "dog":
        return (f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="190" ry="120" fill="{colors[2]}"/><circle cx="{x + 190:.0f}" '
                f'cy="{y - 110:.0f}" r="90" fill="{colors[2]}"/><circle cx="{x + 220:.0f}" cy="{y - 125:.0f}" r="12" fill="#111"/>')
    if theme == "car":
        return (f'<rect x="{x - 230:.0f}" y="{y - 60:.0f}" width="460" height="120" rx="40" fill="{colors[2]}"/><rect x="{x - 120:.0f}" '
                f'y="{y - 150:.0f}" width="240" height="120" rx="50" fill="{colors[3]}"/><circle cx="{x - 130:.0f}" cy="{y + 60:.0f}" r="55"/>'
                f'<circle cx="{x + 130:.0f}" cy="{y + 60:.0f}" r="55"/>')
    if theme == "flowers":
        return "".join(f'<circle cx="{rng.uniform(0, width):.0f}" cy="{rng.uniform(520, 960):.0f}" r="{rng.uniform(18, 60):.0f}" '
                       f'fill="{rng.choice(colors[1:3])}"/>' for _ in range(26))
    if theme == "forest":
        return "".join(f'<polygon fill="{rng.choice(colors[2:])}" points="{tx - 60:.0f},900 {tx:.0f},{ty:.0f} {tx + 60:.0f},900"/>'
                       for tx, ty in ((rng.uniform(0, width), rng.uniform(300, 600)) for _ in range(16)))
    return ""


def scene(number, theme, width, height):
    """An SVG document of the given size in pixels."""
    rng = random.Random(number)
    colors = PALETTES[theme]
    across = 1000 * width / height
    horizon = rng.uniform(480, 680)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {across:.2f} 1000">'
        f'<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="{colors[0]}"/>'
        f'<stop offset="1" stop-color="{colors[1]}"/></linearGradient></defs><rect width="{across:.0f}" height="1000" fill="url(#s)"/>',
        f'<circle cx="{rng.uniform(0.1, 0.9) * across:.0f}" cy="{rng.uniform(120, horizon):.0f}" r="{rng.uniform(40, 110):.0f}" '
        f'fill="#fff" opacity="{rng.uniform(0.35, 0.9):.2f}"/>',
        ridge(rng, across, horizon, rng.uniform(60, 380), colors[2]),
        ridge(rng, across, horizon + 180, rng.uniform(40, 200), colors[3]),
        subject(rng, theme, across, colors), "</svg>"]
    return "".join(parts)
