#!/usr/bin/env python3
"""Tests the page of a report of several data sets in Chromium."""
import unittest
import urllib.parse

from page_case import HOSTILE, PageCase

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys


class OverviewTest(PageCase):
    def open_overview(self, state="", width=1280):
        self.open(state, width, "../overview/index.html", models=3)

    def test_it_fits_every_width_in_light_and_dark(self):
        for width in (360, 1280, 2560):
            for scheme in ("light", "dark"):
                self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                    "features": [{"name": "prefers-color-scheme", "value": scheme}]})
                self.open_overview(width=width)
                self.assertEqual(self.run_js("return document.documentElement.scrollWidth"), width)
                colours = self.run_js("const style = getComputedStyle(document.querySelector('.values tbody td:not(.best)'));"
                                      "return [style.color, getComputedStyle(document.body).color]")
                self.assertEqual(colours[0], colours[1])
            cut = self.run_js("""return [...document.querySelectorAll('.hits em, .hits .id')]
                .filter((part) => part.scrollWidth > part.offsetWidth + 1).map((part) => part.textContent)""")
            self.assertEqual(cut, [], width)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})

    def test_each_metric_has_a_table_of_models_and_data_sets(self):
        self.open_overview()
        captions = self.texts(".matrix caption")
        self.assertEqual(captions, ["score at K = 5", "R@1 %", "R@5 %", "R@10 %", "MRR", "median rank"])
        self.assertEqual(self.texts(".matrix:has(caption) thead th")[:3], ["model", "a", "b & c"])
        self.assertEqual(self.texts(".matrix[data-metric=recall_at_1] tbody th, .matrix[data-metric=recall_at_1] tfoot th"),
                         ["model 1", "model 2 <b>&amp;", "model 3", "chance"])
        ranks = self.ranks()
        values = self.data_values(".matrix[data-metric=recall_at_1] tbody td")
        for model in range(3):
            expected = sum(rank == 1 for rank in ranks[model]) / len(ranks[model])
            self.assertEqual(values[2 * model:2 * model + 2], [expected, expected])

    def test_links_lead_to_the_reports(self):
        self.open_overview()
        links = set(self.run_js("return [...document.querySelectorAll('main a:not(nav a)')].map((a) => a.getAttribute('href'))"))
        self.assertEqual(links, {"a/index.html", "b%20%26%20c/index.html", "results.json"})
        for link in links:
            self.assertTrue((self.report() / "overview" / urllib.parse.unquote(link)).exists(), link)
        self.find("#datasets tbody tr:nth-child(2) a").click()
        self.wait(lambda: self.all("#captions tr"))

    def test_hits_name_data_set_and_split(self):
        self.open_overview()
        self.assertEqual(self.texts("#queries .side:nth-of-type(1) > div:first-child em"),
                         ["a, novel", "b & c, novel", "a, novel", "b & c, novel", "a, novel"])
        self.assertIn(HOSTILE[:20], self.find("#queries h3").text)
        self.assertFalse(self.run_js("return 'hacked' in window"))

    def test_images_zoom_and_models_are_hidden(self):
        self.open_overview()
        image = self.find("#queries .pic[data-row]")
        self.run_js("arguments[0].scrollIntoView({block: 'center'})", image)
        image.click()
        self.assertTrue(self.find("dialog").is_displayed())
        self.assertEqual(self.find("dialog .id").text, "images/00000.png")
        ActionChains(self.browser).send_keys(Keys.ARROW_RIGHT).perform()
        self.assertEqual(self.find("dialog .id").get_property("textContent"), "images/写真  3.png")
        ActionChains(self.browser).send_keys(Keys.ESCAPE).perform()
        self.open_overview("models=0,2")
        self.assertEqual(self.texts(".matrix[data-metric=score] tbody th"), ["model 1", "model 3"])
        self.assertEqual(self.texts("#queries .side:nth-of-type(1) h4"), ["model 1", "model 3"])


if __name__ == "__main__":
    unittest.main()
