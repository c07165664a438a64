"""The base of the tests of the web page: Chromium through Playwright, against the mock server of web/mock.

PAGE_TEST_DEPS is the folder that tools/fetch_page_tests.sh writes; PAGE_SHOTS, if set, the folder for screenshots."""
import os
import pathlib
import shutil
import sys
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEPS = pathlib.Path(os.environ.get("PAGE_TEST_DEPS", ROOT / "build/deps/page_tests"))
AXE = DEPS / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TIMEOUT_S = 30  # test machines are busy
RUN_AXE = """tags => axe.run(document, {runOnly: tags}).then(result => result.violations.map(
    violation => `${violation.id} (${violation.nodes.length}): ` +
        violation.nodes.slice(0, 3).map(node => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(' | ')))"""

sys.path.insert(0, str(DEPS / "python"))
sys.path.insert(0, str(ROOT / "web/mock"))


def require():
    """Returns Playwright's entry point. Ends the test as skipped where Playwright, axe-core or Chromium is missing."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        skip("Playwright is missing; tools/fetch_page_tests.sh downloads it")
    if not AXE.exists():
        skip("axe-core is missing; tools/fetch_page_tests.sh downloads it")
    if not shutil.which("chromium"):
        skip("the Debian package chromium is not installed")
    return sync_playwright


def skip(reason):
    print(f"skipped: the web page is not tested: {reason}")
    sys.exit(0)


sync_playwright = require()
import server as mock  # noqa: E402


class PageCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.playwright = sync_playwright().start()
        cls.browser = cls.playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--lang=en"])

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()

    def run(self, result=None):
        """Runs a test that fails once more, and says so: on a busy machine a browser may take longer than any test expects. A test
        that fails twice has failed."""
        first = unittest.TestResult()
        super().run(first)
        if first.skipped or not first.wasSuccessful():
            for _, text in first.failures + first.errors:
                print(f"{self.id()} failed, and runs again: {text.strip().splitlines()[-1]}", file=sys.stderr)
            return super().run(result)
        result.startTest(self)
        result.addSuccess(self)
        result.stopTest(self)
        return result

    def setUp(self):
        self.context = self.server = None
        self.problems = []

    def open(self, path="/", state="", width=1280, height=900, theme="light", **options):
        """Opens a page in a new context; `state` names states of the mock server."""
        self.close()
        self.start_server(state)
        self.context = self.browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce",
                                                has_touch=width < 500, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(TIMEOUT_S * 1000)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self.listen)
        self.page.goto(self.base + path)
        self.page.wait_for_selector("main > *", state="attached")
        return self.page

    def start_server(self, state):
        """Starts a mock server for this page alone, so that late requests of the page before change nothing."""
        self.server = mock.start(states=filter(None, state.split(",")))
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def listen(self, message):
        # The browser itself reports each answer that is an error; tests of errors look at what the page shows.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.problems.append(message.text)

    def close(self):
        if self.context:
            self.context.close()
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.context = self.server = None

    def tearDown(self):
        self.close()
        self.assertEqual(self.problems, [])

    def js(self, script, argument=None):
        return self.page.evaluate(script, argument)

    def text(self, selector):
        return self.page.locator(selector).first.inner_text()

    def wait_text(self, selector, text):
        self.page.locator(selector, has_text=text).first.wait_for()

    def wait_hits(self):
        self.wait("!document.body.classList.contains('busy')")
        self.wait("document.querySelector('.grid .tile img.loaded') !== null")

    def wait(self, script, argument=None):
        """Waits until a script is true. Playwright's own wait evaluates texts in the page, which its policy forbids."""
        deadline = time.monotonic() + TIMEOUT_S
        while not self.js(script, argument):
            if time.monotonic() > deadline:
                self.fail(f"not true after {TIMEOUT_S} seconds: {script} {argument or ''}")
            time.sleep(0.02)

    def wait_server(self, get, expected):
        """Waits until get(api) of the mock server is as expected: the page shows judgements before they are stored."""
        deadline = time.monotonic() + TIMEOUT_S
        while get(self.server.api) != expected and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(get(self.server.api), expected)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def search(self, text):
        self.page.locator("#q").fill(text)
        self.wait("text => new URLSearchParams(location.search).get('q') === text", text)

    def parameter(self, name):
        return self.js("name => new URLSearchParams(location.search).get(name)", name)

    def focused(self):
        """The id of the image whose tile has the focus."""
        return self.js("document.activeElement.closest('.tile')?.dataset.id")

    def axe(self):
        """What axe-core objects to on the page."""
        if not self.js("typeof axe !== 'undefined'"):
            self.js(AXE.read_text(encoding="utf-8"))
        return self.js(RUN_AXE, AXE_TAGS)

    def shoot(self, name):
        folder = os.environ.get("PAGE_SHOTS")
        if folder:
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(pathlib.Path(folder) / f"{name}.png"))
