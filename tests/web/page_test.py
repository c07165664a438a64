#!/usr/bin/env python3
"""Tests the page of a report in Chromium. WRITE_TEST_PAGE is the program that writes the reports."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import urllib.parse

import browser as chromium

webdriver = chromium.require()
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select, WebDriverWait  # noqa: E402

PROGRAM = os.environ.get("WRITE_TEST_PAGE", "build/tests/write_test_page")
HOSTILE = "</script><script>window.hacked = 1</script><!-- <img src=x onerror=\"hacked=1\"> & 'x'"


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="sl_web_")
        cls.browser = chromium.start(webdriver)
        cls.reports = {}

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()
        cls.scratch.cleanup()

    def report(self, models=3, images=60, captions=2):
        """The folder of a report, written once per size."""
        key = (models, images, captions)
        if key not in self.reports:
            folder = pathlib.Path(self.scratch.name) / "-".join(map(str, key))
            subprocess.run([PROGRAM, folder, *map(str, key)], check=True)
            self.reports[key] = folder
        return self.reports[key]

    def open(self, state="", width=1280, **size):
        chromium.resize(self.browser, width)
        self.browser.get("about:blank")
        self.browser.get((self.report(**size) / "report/index.html").as_uri() + ("#" + state if state else ""))

    def tearDown(self):
        errors = [entry for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        self.assertEqual(errors, [])

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def run_js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def wait(self, condition):
        return WebDriverWait(self.browser, 20, 0.02).until(lambda _: condition())

    def state(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlparse(self.browser.current_url).fragment))

    def texts(self, selector):
        """The texts of visible elements."""
        return self.run_js("return [...document.querySelectorAll(arguments[0])]"
                           ".filter((e) => e.offsetParent).map((e) => e.innerText.trim())", selector)

    def data_values(self, selector):
        return [float(v) for v in self.run_js(
            "return [...document.querySelectorAll(arguments[0])].filter((e) => e.offsetParent).map((e) => e.dataset.v)",
            selector)]

    def count(self):
        return self.find("#captions .count").text

    def captions(self):
        """The indices of the captions on the shown page of the table."""
        return [int(t) for t in self.run_js(
            "return [...document.querySelectorAll('#captions tr[data-text]')].map((r) => r.dataset.text)")]

    def search(self, text, selector="#captions .tools input[type=search]"):
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def ranks(self):
        """Per model: the strict ranks of all captions, from ranks.jsonl."""
        return [[line["models"][m]["rank"] for line in self.lines()] for m in range(3)]

    def lines(self):
        """The lines of ranks.jsonl."""
        text = (self.report() / "report/ranks.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def expected(self):
        return json.loads((self.report() / "expected.json").read_text(encoding="utf-8"))

    # --- tables ---

    def test_tables_sort_and_the_address_reproduces_it(self):
        self.open()
        column = "[data-name='results.texts'] tbody td:nth-child(3)"
        original = self.data_values(column)
        head = self.find("[data-name='results.texts'] th:nth-child(3) .sort")
        head.click()
        self.assertEqual(self.data_values(column), sorted(original))
        head.click()
        self.assertEqual(self.data_values(column), sorted(original, reverse=True))
        self.assertEqual(self.state(), {"sort.results.texts": "-2"})
        self.browser.refresh()
        self.assertEqual(self.data_values(column), sorted(original, reverse=True))
        self.assertEqual(self.find("[data-name='results.texts'] th:nth-child(3)").get_attribute("aria-sort"), "descending")
        self.find("[data-name='results.texts'] th:nth-child(3) .sort").click()
        self.assertEqual(self.data_values(column), original)
        self.assertEqual(self.state(), {})

    def test_every_table_with_several_rows_sorts_and_filters(self):
        self.open()
        tables = self.run_js(
            "return [...document.querySelectorAll('table.data')].filter((t) => t.tBodies[0].rows.length > 1).map((t) =>"
            "[t.dataset.name, t.querySelectorAll('th .sort').length == t.tHead.rows[0].cells.length,"
            " t.parentElement.previousElementSibling.querySelector('input') !== null])")
        self.assertGreater(len(tables), 8)
        self.assertEqual([name for name, sortable, filterable in tables if not (sortable and filterable)], [])

    def test_tables_filter_by_words_and_by_conditions(self):
        self.open()
        column = "[data-name='results.texts'] tbody td:nth-child(3)"
        values = sorted(self.data_values(column))
        limit = round(100 * (values[0] + values[1]) / 2, 2)
        box = "#results .tools input"
        for name in ("accuracy", "R@5", '"accuracy %"'):
            self.search(f"{name}>{limit}", box)
            self.assertEqual(sorted(self.data_values(column)), values[1:], name)
        self.search('"MODEL 2"', box)
        self.assertEqual(self.texts("[data-name='results.texts'] tbody th"), ["model 2 <b>&amp;"])
        self.browser.refresh()
        self.assertEqual(self.texts("[data-name='results.texts'] tbody th"), ["model 2 <b>&amp;"])

    def test_models_can_be_hidden_everywhere(self):
        self.open()
        self.find(".models input[value='1']").click()
        self.assertEqual(self.state(), {"models": "0,2"})
        for _ in range(2):
            self.assertEqual(self.texts("[data-name='results.texts'] tbody th"), ["model 1", "model 3"])
            self.assertEqual(len(self.texts("#queries .side h4")), 4)
            heads = self.texts("#captions thead th")
            self.assertFalse([head for head in heads if head.startswith("model 2")], heads)
            self.assertNotIn("model 2 <b>&amp;", self.texts("#breakdown tbody td"))
            self.browser.refresh()

    # --- captions ---

    def test_right_and_wrong_counts_equal_the_ranks(self):
        ranks = self.ranks()
        for a, b, k in ((0, 2, 1), (2, 0, 5), (1, 2, 3)):
            pairs = list(zip(ranks[a], ranks[b]))
            expected = {"a-not-b": sum(x <= k < y for x, y in pairs), "b-not-a": sum(y <= k < x for x, y in pairs),
                        "both": sum(max(x, y) <= k for x, y in pairs), "neither": sum(min(x, y) > k for x, y in pairs),
                        "disagree": sum(min(r) <= k < max(r) for r in zip(*ranks)),
                        "every": sum(max(r) <= k for r in zip(*ranks)), "none": sum(min(r) > k for r in zip(*ranks))}
            self.assertGreater(expected["a-not-b"], 0)
            for show, count in expected.items():
                self.open(f"a={a}&b={b}&k={k}&show={show}")
                self.assertEqual(self.count(), f"{count} of 120 captions", (show, a, b, k))

    def test_controls_choose_models_and_filter(self):
        ranks = self.ranks()
        self.open()
        for label, text in (("A", "model 3"), ("B", "model 1"), ("Show", "A right, B wrong")):
            field = next(f for f in self.all("#captions .tools .field") if f.text.split("\n")[0] == label)
            Select(field.find_element(By.TAG_NAME, "select")).select_by_visible_text(text)
        k = self.find("#captions .k")
        k.clear()
        k.send_keys("2")
        count = sum(x <= 2 < y for x, y in zip(ranks[2], ranks[0]))
        self.assertEqual(self.count(), f"{count} of 120 captions")
        self.assertEqual(self.state(), {"a": "2", "b": "0", "show": "a-not-b", "k": "2"})

    def test_captions_sort_by_the_difference_of_two_models(self):
        ranks = self.ranks()
        self.open("a=1&b=2&sort=-difference")
        order = sorted(range(120), key=lambda t: ranks[2][t] - ranks[1][t])
        self.assertEqual(self.captions(), order[:50])
        self.assertEqual(self.run_js("return document.querySelector('#captions tbody td:last-child').innerText"),
                         f"+{ranks[1][order[0]] - ranks[2][order[0]]}")
        self.find("#captions th:last-child .sort").click()
        order = sorted(range(120), key=lambda t: ranks[1][t] - ranks[2][t])
        self.assertEqual(self.captions(), order[:50])
        self.find("#captions .pager [aria-label='Last page']").click()
        self.assertEqual(self.captions(), order[100:])
        self.browser.refresh()
        self.assertEqual(self.captions(), order[100:])

    def test_search_reads_captions_ids_and_columns(self):
        rows = self.expected()["rows"]
        ranks = self.ranks()

        def count(condition):
            return sum(condition(row) for row in rows for _ in row["captions"])

        texts = [(row, caption) for row in rows for caption in row["captions"]]
        cases = {
            "00017": count(lambda r: "00017" in r["id"]),
            "写真": 2,
            "AGAIN": 60,
            "red again": sum("red" in c and "again" in c or r["fields"][0] == "red" and "again" in c for r, c in texts),
            "-again": 60,
            '"shared caption"': 2,
            "colour:red": count(lambda r: r["fields"][0] == "red"),
            "colour=green": count(lambda r: r["fields"][0] == "green"),
            '"weight in <b>">=50 "weight in <b>"<60': count(lambda r: 50 <= float(r["fields"][1]) < 60),
            "split:novel -colour:red": count(lambda r: r["fields"][0] != "red" and rows.index(r) % 3 == 0),
            '"model 1">3': sum(rank > 3 for rank in ranks[0]),
            "words=2": sum(len(c.split()) == 2 for _, c in texts),
            "</script>": 1,
            "nothing has this": 0,
        }
        self.open()
        for text, expected in cases.items():
            self.assertTrue(expected or text.startswith("nothing"))
            self.search(text)
            self.wait(lambda: self.state().get("q") == text)
            self.assertEqual(self.count(), f"{expected} of 120 captions", text)

    def test_the_address_reproduces_the_whole_state(self):
        self.open()
        self.search("colour:red")
        self.wait(lambda: "q" in self.state())
        self.find("#captions th:nth-child(1) .sort").click()
        self.find("#captions tbody tr:nth-child(3) .toggle").click()
        Select(self.all("#breakdown select")[0]).select_by_visible_text("colour")
        Select(self.all("#breakdown select")[1]).select_by_visible_text("MRR")
        self.find("#breakdown th:nth-child(3) .sort").click()
        self.find(".models input[value='2']").click()
        self.find("nav a[href='#breakdown']").click()
        self.assertEqual(set(self.state()), {"q", "sort", "row", "by", "metric", "sort.breakdown", "models", "at"})

        def shown():
            return self.run_js("return document.querySelector('main').innerText")

        before, link = shown(), self.browser.current_url
        self.assertIn("other caption", before)
        self.browser.get("about:blank")
        self.browser.get(link)
        self.assertEqual(shown(), before)
        self.assertEqual(self.find("#captions .tools input").get_attribute("value"), "colour:red")
        self.assertLess(abs(self.run_js("return document.getElementById('breakdown').getBoundingClientRect().top")), 120)
        self.run_js("location.hash = 'row=5'")  # a link that is opened in the same tab
        self.wait(lambda: self.count() == "120 captions")
        self.assertEqual(len(self.all("#captions tr.detail")), 1)

    def test_an_opened_row_shows_the_image_and_all_figures(self):
        line = self.lines()[6]
        self.open("row=6")
        self.assertIn(6, self.captions())  # on the page that has it
        self.assertEqual(self.texts("#captions .facts tbody td:nth-child(2)"), [str(m["rank"]) for m in line["models"]])
        self.assertEqual(self.texts("#captions .facts tbody td:nth-child(3)"),
                         [str(m["rank_caption_equivalent"]) for m in line["models"]])
        self.assertEqual(self.texts("#captions .facts tbody td:nth-child(4)"), [str(m["image_rank"]) for m in line["models"]])
        self.assertEqual(self.texts("#captions .facts tbody td:nth-child(5)"), [f"{m['similarity']:.4f}" for m in line["models"]])
        self.assertIn(HOSTILE, self.texts("#captions .detail dd"))
        self.open("row=12")  # row 6 of the data set has no image
        self.assertEqual(self.texts("#captions .detail .pic"), ["images/00006.png"])

    def test_the_definition_of_relevant_changes_ranks(self):
        lines = self.lines()
        for state, key in (("", "rank"), ("&def=equivalent", "rank_caption_equivalent")):
            self.open("q=%22shared+caption%22&sort=caption" + state)
            found = [line for line in lines if line["caption"] == "shared caption"]
            self.assertEqual(self.run_js("return [...document.querySelectorAll('#captions tbody td[data-model=\"0\"]')]"
                                         ".map((cell) => Number(cell.innerText))"),
                             [line["models"][0][key] for line in found])

    def test_large_tables_are_paged(self):
        self.open("sort=caption", models=2, images=700, captions=5)
        self.assertEqual(self.count(), "3,500 captions")
        self.assertEqual(len(self.captions()), 50)
        self.assertEqual(self.find("#captions .pager span").text, "1 / 70")
        self.search("number 699 again")
        self.wait(lambda: self.count() == "4 of 3,500 captions")
        self.assertEqual(self.captions(), [3496, 3497, 3498, 3499])
        self.assertEqual(self.all("#captions .pager button"), [])

    # --- breakdown ---

    def test_breakdown_equals_the_metrics_of_the_library(self):
        results = json.loads((self.report() / "report/results.json").read_text())
        self.open("by=0")
        shown = self.run_js("return [...document.querySelectorAll('#breakdown tbody tr')].map((row) =>"
                            "[row.cells[0].dataset.v, row.cells[1].innerText, Number(row.cells[2].innerText),"
                            " ...[...row.cells].slice(3).map((cell) => Number(cell.dataset.v))])")
        self.assertEqual(len(shown), 2 * 3)
        for split, label, count, *values in shown:
            model = next(m for m in results["models"] if m["label"] == label)
            metrics = model["metrics_by_split"][split]["text_to_image"]
            self.assertEqual(count, metrics["queries"])
            expected = [100 * metrics["recall_at_1"], 100 * metrics["recall_at_5"], 100 * metrics["recall_at_10"],
                        metrics["mean_reciprocal_rank"], metrics["median_rank"]]
            for value, other in zip(values, expected):
                self.assertAlmostEqual(value, other, places=10)

    def test_breakdown_by_a_column_of_the_data_set(self):
        expected = self.expected()["colour"]
        self.open("by=1&metric=r5")
        rows = self.run_js("return [...document.querySelectorAll('#breakdown tbody tr')].map((row) =>"
                           "[row.cells[0].dataset.v, ...[...row.cells].slice(1).map((cell) => cell.dataset.v ?? cell.innerText)])")
        self.assertEqual({row[0] for row in rows}, {value or "(empty)" for value in expected})
        for value, count, *figures in rows:
            models = expected["" if value == "(empty)" else value]
            self.assertEqual(int(count), models[0][0])
            for figure, model in zip(figures, models):
                self.assertAlmostEqual(float(figure), 100 * model[2], places=10)

    def test_breakdown_divides_numbers_into_ranges_and_opens_their_captions(self):
        self.open("by=2&metric=mrr")
        counts = [int(text) for text in self.texts("#breakdown tbody td:nth-child(2)")]
        self.assertEqual((len(counts), sum(counts)), (5, 120))
        self.assertGreaterEqual(min(counts), 20)
        self.find("#breakdown tbody tr:nth-child(2) .go").click()
        self.assertEqual(self.count(), f"{counts[1]} of 120 captions")

    # --- images and copying ---

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

    def test_ids_are_copied_unchanged(self):
        self.open("q=写真")
        for selector in ("#captions td .copy", "#queries li:nth-child(2) .copy"):
            self.run_js("arguments[0].scrollIntoView({block: 'center'})", self.find(selector))
            self.find(selector).click()
            self.wait(lambda: "done" in self.find(selector).get_attribute("class"))
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
        self.assertRegex(self.find("p.run").text, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ · sightline [\d.]+ · .* cores? ")
        self.find("details.run summary").click()
        self.assertEqual(self.find("details.run pre").get_property("textContent"),
                         "sightline eval --query 'two  blanks' --out report")

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
                self.run_js("for (const d of document.querySelectorAll('details')) d.open = true")
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
