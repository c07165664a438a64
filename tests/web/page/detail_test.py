#!/usr/bin/env python3
"""Tests the dialog of one image."""
import unittest

from page_case import PageCase

TRANSFORM = "new DOMMatrix(getComputedStyle(document.querySelector('.zoom img')).transform).toFloat64Array()[{}]"


class DetailTest(PageCase):
    def open_first(self, path="/?q=lake"):
        self.open(path)
        self.wait_hits()
        self.page.locator(".tile .open").first.focus()
        self.press("Enter")
        self.page.wait_for_selector("dialog.detail .terms")
        return self.js("[...document.querySelectorAll('.tile')].map((tile) => tile.dataset.id)")

    def scale(self):
        return self.js(TRANSFORM.format(0))

    def test_it_opens_and_back_closes_it(self):
        ids = self.open_first()
        self.assertEqual(self.parameter("item"), ids[0])
        self.page.go_back()
        self.wait("!document.querySelector('dialog.detail').open")
        self.assertEqual(self.focused(), ids[0])

    def test_escape_closes_and_the_focus_returns_to_the_last_image(self):
        ids = self.open_first()
        self.press("ArrowRight", "ArrowRight")
        self.wait("id => new URLSearchParams(location.search).get('item') === id", ids[2])
        self.press("ArrowLeft")
        self.wait("id => new URLSearchParams(location.search).get('item') === id", ids[1])
        self.press("Escape")
        self.wait("!document.querySelector('dialog.detail').open")
        self.wait("id => document.activeElement.closest('.tile')?.dataset.id === id", ids[1])
        self.assertIsNone(self.parameter("item"))

    def test_an_address_opens_it_and_closing_stays_on_the_page(self):
        self.open("/?q=lake&item=81")
        self.wait_text("#detail-title", "IMG_00081.jpg")
        self.page.get_by_role("button", name="Close").click()
        self.wait("location.search === '?q=lake'")
        self.wait_hits()

    def test_buttons_turn_pages_and_know_the_ends(self):
        ids = self.open_first()
        self.press("ArrowLeft")
        self.page.get_by_role("button", name="Next image").click()
        self.wait("id => new URLSearchParams(location.search).get('item') === id", ids[1])
        self.page.get_by_role("button", name="Previous image").click()
        self.wait("id => new URLSearchParams(location.search).get('item') === id", ids[0])

    def test_the_whole_image_is_shown(self):
        self.open("/?q=lake&item=81", height=600)
        self.page.wait_for_selector(".zoom:not(.loading) img")
        inside = self.js("""() => {
            const [image, box] = [document.querySelector('.zoom img'), document.querySelector('.zoom')];
            const [inner, outer] = [image.getBoundingClientRect(), box.getBoundingClientRect()];
            return getComputedStyle(image).objectFit === 'contain' && inner.height <= outer.height && inner.width <= outer.width;
        }""")
        self.assertTrue(inside)

    def test_zoom_and_move_by_keys(self):
        self.open_first()
        self.press("+", "+")
        self.assertAlmostEqual(self.scale(), 2.25)
        self.assertIn("225 %", self.text(".percent"))
        self.press("ArrowRight")
        self.assertAlmostEqual(self.js(TRANSFORM.format(12)), -80)
        self.press("-")
        self.assertAlmostEqual(self.scale(), 1.5)
        self.press("0")
        self.assertEqual(self.scale(), 1)
        self.assertEqual(self.js(TRANSFORM.format(12)), 0)

    def test_zoom_and_move_by_mouse(self):
        self.open_first()
        box = self.page.locator(".zoom").bounding_box()
        x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 4
        self.page.mouse.move(x, y)
        self.page.mouse.wheel(0, -400)
        self.wait("() => new DOMMatrix(getComputedStyle(document.querySelector('.zoom img')).transform).a > 2")
        # The point below the mouse stays: a quarter left of the centre moves right by (scale - 1) quarters.
        self.assertAlmostEqual(self.js(TRANSFORM.format(12)), (self.scale() - 1) * box["width"] / 4, delta=2)
        before = self.js(TRANSFORM.format(12))
        self.page.mouse.down()
        self.page.mouse.move(x - 50, y)
        self.page.mouse.up()
        self.assertAlmostEqual(self.js(TRANSFORM.format(12)), before - 50, delta=1)
        self.page.mouse.dblclick(x, y)
        self.wait("() => new DOMMatrix(getComputedStyle(document.querySelector('.zoom img')).transform).a === 1")

    def test_the_original_is_loaded_for_zooming(self):
        self.open_first()
        with self.page.expect_request(lambda request: request.url.endswith(self.parameter("item"))):
            self.press("+", "+")

    def test_scores_of_terms(self):
        self.open_first("/?q=lake*2+-snow")
        rows = self.page.locator(".terms tr").all_inner_texts()
        self.assertEqual(len(rows), 3)
        self.assertRegex(rows[0], r"lake\s*×2\s+0\.3")
        self.assertRegex(rows[1], r"snow\s*−1")
        self.assertRegex(rows[2], r"Query\s+0\.\d+\s+sure \(q < 0\.001\)")

    def test_metadata_and_captions(self):
        self.open("/?q=lake&item=81")
        self.page.wait_for_selector("dialog.detail dl")
        text = self.text("dialog.detail .facts")
        for expected in ("File\nPictures/", "Copies\nPictures/backup/", " × ", "JPEG", "artist\nsomebody"):
            self.assertIn(expected, text)
        self.page.locator("dialog.detail dl button", has_text="Pictures/").click()
        self.wait("/^in:Pictures/.test(new URLSearchParams(location.search).get('q'))")
        self.wait("!document.querySelector('dialog.detail').open")

    def test_neighbours_open(self):
        self.open_first()
        neighbour = self.page.locator(".neighbours button").first
        neighbour.wait_for()
        self.assertEqual(self.page.locator(".neighbours button").count(), 18)
        before = self.parameter("item")
        neighbour.click()
        self.wait("id => new URLSearchParams(location.search).get('item') !== id", before)

    def test_judging(self):
        ids = self.open_first()
        self.press("y")
        self.wait("document.querySelector('.stage .relevant').getAttribute('aria-pressed') === 'true'")
        self.page.locator(".stage .irrelevant").click()
        self.wait("document.querySelector('.stage .irrelevant').getAttribute('aria-pressed') === 'true'")
        self.press("Escape")
        self.wait_text(".refine", "Refine with 1 judgement")
        self.wait_server(lambda api: api.judgements.get(("lake", ids[0])), "irrelevant")

    def explain(self):
        self.page.get_by_role("button", name="Why this image?").click()
        self.page.wait_for_selector(".explanation .words")

    def test_explanation(self):
        self.open("/?q=calm+lake&item=81")
        self.page.wait_for_selector("dialog.detail .terms")
        self.explain()
        rows = self.page.locator(".words tr").all_inner_texts()
        self.assertRegex(rows[0], r"calm\s*\+0\.140")
        self.assertRegex(rows[1], r"lake\s*\+0\.055")
        self.assertIn("did not see", self.text(".explanation"))
        self.assertRegex(self.text(".near-captions"), r"0\.340\s*.+ \(of this image\)")
        self.assertEqual(self.js("document.querySelector('.cover image').getAttribute('href')"),
                         "/v1/items/81/explanation/map?q=calm+lake")
        self.assertEqual(self.page.get_by_role("button", name="Why this image?").get_attribute("aria-expanded"), "true")
        self.page.get_by_role("button", name="Why this image?").click()
        self.wait("!document.querySelector('.cover, .explanation .words')")

    def test_the_map_lies_on_the_image(self):
        self.open("/?q=lake&item=81", height=600)
        self.page.wait_for_selector("dialog.detail .terms")
        self.explain()
        gaps = """() => {
            const image = document.querySelector('.zoom img');
            const box = image.getBoundingClientRect();
            const map = document.querySelector('.cover image').getBoundingClientRect();
            const scale = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight);
            const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale];
            return [map.width - width, map.height - height, map.left - box.left - (box.width - width) / 2,
                    map.top - box.top - (box.height - height) / 2].map(Math.abs);
        }"""
        self.page.wait_for_selector(".zoom:not(.loading) img")
        self.assertLess(max(self.js(gaps)), 3)
        self.press("+", "+")
        self.assertLess(max(self.js(gaps)), 6)

    def test_explanation_by_keys(self):
        ids = self.open_first()
        self.press("w")
        self.page.wait_for_selector(".explanation .words")
        self.page.get_by_label("Opacity of the heat map").focus()
        self.press("End", "ArrowLeft")
        self.assertEqual(self.js("document.querySelector('.cover image').style.opacity"), "0.99")
        self.assertEqual(self.parameter("item"), ids[0])
        self.page.locator(".zoom").focus()
        self.press("ArrowRight")
        self.wait("id => new URLSearchParams(location.search).get('item') === id", ids[1])
        self.wait("!document.querySelector('.cover, .explanation .words')")

    def test_no_explanation_without_terms(self):
        self.open("/?q=tag%3Aholiday")
        self.wait_hits()
        self.page.locator(".tile .open").first.focus()
        self.press("Enter")
        self.page.wait_for_selector("dialog.detail dl")
        self.press("w")
        self.assertFalse(self.page.get_by_role("button", name="Why this image?").is_visible())

    def test_a_refused_explanation_is_said(self):
        self.open("/?q=lake&item=81", "noexplanation")
        self.page.wait_for_selector("dialog.detail .terms")
        self.press("w")
        self.wait_text(".explanation .notice", "is busy")

    def test_leaving_cancels_the_explanation(self):
        self.open("/?q=lake&item=81", "slowexplanation")
        self.page.wait_for_selector("dialog.detail .terms")
        self.press("w")
        with self.page.expect_event("requestfailed", lambda request: "/explanation" in request.url):
            self.press("Escape")

    def test_more_like_this(self):
        ids = self.open_first()
        self.press("m")
        self.wait("q => new URLSearchParams(location.search).get('q') === q", f"like:{ids[0]}")
        self.wait("!document.querySelector('dialog.detail').open")


if __name__ == "__main__":
    unittest.main(verbosity=2)
