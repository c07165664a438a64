#!/usr/bin/env python3
"""Tests images, copying and the page as a whole in Chromium."""
import json
import unittest

from page_case import HOSTILE, PageCase, chromium

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys


class PageTest(PageCase):
    def test_images_zoom_with_mouse_and_keyboard(self):
        self.open()
        image = self.find("#queries .pic[data-row='0']")
        self.run_js("arguments[0].scrollIntoView({block: 'center'})", image)
        width = image.rect["width"]
        image.click()
        self.assertTrue(self.find("dialog").is_displayed())
        self.assertGreater(self.find("dialog .pic").rect["width"], 3 * width)
        self.assertEqual(self.find("dialog .id").text, "images/00000.png")
        keys = ActionChains(self.browser)
        keys.send_keys(Keys.ARROW_RIGHT).perform()
        self.assertEqual(self.find("dialog .id").get_property("textContent"), "images/写真  3.png")
        self.assertEqual(len(self.all("dialog .p3")), 1)
        keys.send_keys(Keys.ESCAPE).perform()
        self.assertFalse(self.find("dialog").is_displayed())
        self.assertTrue(self.run_js("return document.activeElement === arguments[0]", image))
        keys.send_keys(Keys.ENTER).perform()
        self.assertTrue(self.find("dialog").is_displayed())
        self.find("dialog .close").click()
        self.assertFalse(self.find("dialog").is_displayed())

    def test_tiles_show_whole_ids_and_are_aligned(self):
        for width in (360, 1280, 2560):
            self.open(width=width)
            self.open_details()
            cut = self.run_js("""return [...document.querySelectorAll('.hits .id')].filter((id) => id.scrollWidth > id.offsetWidth + 1
                || id.getBoundingClientRect().right > id.closest('li').getBoundingClientRect().right + 1).map((id) => id.textContent)""")
            self.assertEqual(cut, [], width)
            self.assertIn("nnnn of a photo with a long name.png", " ".join(self.texts(".hits .id")))
            uneven = self.run_js("""
                const uneven = [];
                for (const group of document.querySelectorAll('.side, .kinds .hits')) {
                  const tops = new Map();  // of the images -> of the other parts
                  for (const tile of group.querySelectorAll('li')) {
                    const top = (part) => tile.querySelector(part).getBoundingClientRect().top;
                    const others = ['b', '.name', '.caption'].map(top).join(' '), first = top('.pic');
                    if ((tops.get(first) ?? others) !== others) uneven.push(tile.innerText);
                    tops.set(first, others);
                  }
                }
                return uneven""")
            self.assertEqual(uneven, [], width)

    def test_ids_are_copied_unchanged(self):
        self.open("q=写真")
        for selector in ("#captions td .copy", "#queries li:nth-child(2) .copy"):
            self.run_js("arguments[0].scrollIntoView({block: 'center'})", self.find(selector))
            self.find(selector).click()
            self.wait(lambda: "done" in self.find(selector).get_attribute("class"))
            self.assertEqual(self.run_js("return ['::before', '::after'].map((part) => getComputedStyle(arguments[0], part).content)",
                                         self.find(selector)), ['""', '"copied"'])
            box = self.find("#results .tools input")
            box.clear()
            box.send_keys(Keys.CONTROL + "v")
            self.assertEqual(box.get_property("value"), "images/写真  3.png")
        selected = self.run_js("const r = document.createRange(); r.selectNodeContents(document.querySelector('#captions td .id'));"
                               "getSelection().removeAllRanges(); getSelection().addRange(r); return getSelection().toString()")
        self.assertEqual(selected, "images/写真  3.png")

    def test_the_command_line_is_shown_unchanged(self):
        self.open()
        self.assertIn("sightline", self.find("p.run").text)
        self.assertRegex(self.find("p.run").text, r"^\d{4}-\d\d-\d\d \d\d:\d\d UTC · sightline [\d.]+ · .* cores? ")
        self.find("details.run summary").click()
        self.assertEqual(self.find("details.run pre").get_property("textContent"),
                         "sightline eval --query 'two  blanks' --out report")

    def test_files_of_the_report_are_linked(self):
        self.open()
        self.assertEqual(self.browser.title, "data – retrieval")
        targets = self.run_js("return [...document.querySelectorAll('p.end a')].map((link) => link.getAttribute('href'))")
        self.assertEqual(len(targets), 10)
        for target in targets:
            self.assertTrue((self.report() / "report" / target).exists(), target)

    def test_figures_tell_that_they_show_hidden_models(self):
        note = ".figures-note"
        for width in (360, 1280):
            self.open(page="figures.html", width=width)
            self.assertEqual((len(self.all(note)), self.texts(note)), (2, []))
            self.find(".models input[value='1']").click()
            expected = "The figures show all models, including the hidden: model 2 <b>&amp;."
            self.assertEqual(self.texts(note), [expected] * 2)
            self.assertEqual(self.run_js("return document.documentElement.scrollWidth"), width)
            self.find(".models input[value='2']").click()
            self.assertEqual(self.texts(note), [expected[:-1] + ", model 3."] * 2)
            self.find(".models input[value='1']").click()
            self.find(".models input[value='2']").click()
            self.assertEqual(self.texts(note), [])

    def test_back_returns_from_a_section(self):
        self.open()
        self.wait(lambda: self.run_js("return document.readyState") == "complete")
        entries = self.run_js("return history.length")
        self.find("nav a[href='#captions']").click()
        self.assertEqual(self.state(), {"at": "captions"})
        self.find("nav a[href='#breakdown']").click()
        self.find("nav a[href='#breakdown']").click()  # the same address: no further entry
        self.find("#breakdown th:nth-child(3) .sort").click()  # replaces the entry
        self.assertEqual(self.run_js("return history.length"), entries + 2)
        self.browser.back()
        self.wait(lambda: self.state() == {"at": "captions"})
        self.wait(lambda: abs(self.top("#captions")) < 120)
        self.assertEqual(self.all("#breakdown th[aria-sort]"), [])
        self.browser.back()
        self.wait(lambda: self.state() == {})
        self.wait(lambda: self.run_js("return scrollY") == 0)
        self.browser.forward()
        self.browser.forward()
        self.wait(lambda: "sort.breakdown" in self.state())
        self.assertEqual(len(self.all("#breakdown th[aria-sort]")), 1)

    # --- the page as a whole ---

    def test_text_from_data_is_text(self):
        self.open("row=6&q=script")
        self.assertIsNone(self.run_js("return window.hacked ?? null"))
        self.assertEqual(len(self.all("script")), 2)
        self.assertEqual(len(self.all("img")), 0)
        self.assertEqual(self.texts("#captions tbody th.caption")[0].lstrip("▾ \n"), HOSTILE)
        self.assertIn("weight in <b>", [text.split("\n")[0] for text in self.texts("#captions thead th")])

    def test_nothing_is_loaded_from_elsewhere(self):
        self.open()
        names = self.run_js("return performance.getEntriesByType('resource').map((entry) => entry.name)")
        self.assertEqual([name for name in names if not name.startswith("data:")], [])
        self.assertEqual(self.run_js("return eval.name"), "eval")
        self.assertTrue(self.run_js(  # the policy stops scripts that are not the page's
            "const s = document.createElement('script'); s.textContent = 'window.added = 1'; document.body.append(s);"
            "return window.added === undefined"))
        self.browser.get_log("browser")  # the report of the refusal

    def test_nothing_is_cut_off(self):
        for models in (1, 4, 8):
            for width in (360, 1280, 2560):
                self.open("row=0&k=3", width=width, models=models, images=60, captions=2)
                self.open_details()
                self.assertEqual(self.run_js("return document.documentElement.scrollWidth"), width, (models, width))
                outside = self.run_js("""
                    const scrolls = (e) => e && (/auto|scroll|hidden/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
                    return [...document.querySelectorAll('main *')].filter((e) => e.offsetParent && !e.closest('.offscreen')
                      && e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e)).map((e) => e.outerHTML.slice(0, 200))""")
                self.assertEqual(outside, [], (models, width))
        self.assertGreater(self.run_js("return document.querySelector('main table').getBoundingClientRect().width"), 1000)

    def test_static_parts_are_readable_without_javascript(self):
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            self.open()
            self.assertEqual(self.find("[data-name='results.texts'] tbody th").text, "model 1")
            self.assertIn("needs JavaScript", self.find("#captions noscript").text)
            self.assertTrue(self.find("#queries .pic").is_displayed())
        finally:
            self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    def test_colours_follow_the_system(self):
        backgrounds = []
        for scheme in ("light", "dark"):
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            self.open()
            backgrounds.append(self.run_js("return getComputedStyle(document.body).backgroundColor"))
        self.assertEqual(backgrounds[0], "rgb(255, 255, 255)")
        self.assertLess(max(int(v) for v in backgrounds[1][4:-1].split(",")), 64)

    def test_differences_are_visible_with_their_tests(self):
        results = json.loads((self.report() / "report/results.json").read_text())
        pair = next(c for c in results["comparisons"] if c["view"] == "text_to_image" and c["metric"] == "recall_at_1"
                    and (c["a"], c["b"]) == ("model 1", "model 3"))
        self.open()
        cell = self.texts("#results .matrices .wide:nth-child(2) tbody tr:first-child td:last-child")[0]
        figure, p = cell.split("\n")
        self.assertAlmostEqual(float(figure.rstrip(" *")), 100 * pair["difference"], delta=0.0051)
        self.assertEqual(figure.endswith("*"), pair["p_corrected"] < 0.05)
        self.assertEqual(p, f"p {pair['p_corrected']:.4f}")


if __name__ == "__main__":
    unittest.main()
