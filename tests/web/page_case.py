"""The base of the tests of the page of a report in Chromium. WRITE_TEST_PAGE is the program that writes the reports."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import urllib.parse

import browser as chromium

webdriver = chromium.require()
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

PROGRAM = os.environ.get("WRITE_TEST_PAGE", "build/tests/write_test_page")
HOSTILE = "</script><script>window.hacked = 1</script><!-- <img src=x onerror=\"hacked=1\"> & 'x'"


class PageCase(unittest.TestCase):
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

    def open(self, state="", width=1280, page="index.html", **size):
        chromium.resize(self.browser, width)
        self.browser.get("about:blank")
        self.browser.get((self.report(**size) / "report" / page).as_uri() + ("#" + state if state else ""))

    def tearDown(self):
        errors = [entry for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        self.assertEqual(errors, [])

    def open_details(self):
        self.run_js("for (const d of document.querySelectorAll('details')) d.open = true")

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def run_js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def wait(self, condition):
        return WebDriverWait(self.browser, 20, 0.02).until(lambda _: condition())

    def top(self, selector):
        """The distance of an element from the top of the window, in pixels."""
        return self.run_js("return document.querySelector(arguments[0]).getBoundingClientRect().top", selector)

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
