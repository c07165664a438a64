"""Chromium for the tests of the page, through Debian's python3-selenium and chromium-driver."""
import os
import shutil
import sys

SYSTEM_PYTHON = "/usr/bin/python3"


def require():
    """Returns selenium's webdriver module. Ends the test as skipped where Chromium, its driver or selenium is missing.
    Debian's selenium belongs to Debian's Python, so another Python starts that one instead."""
    try:
        from selenium import webdriver
    except ImportError:
        if os.path.exists(SYSTEM_PYTHON) and not os.environ.get("WEB_TEST_RESTARTED"):
            os.environ["WEB_TEST_RESTARTED"] = "1"
            os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
        skip("python3-selenium")
    for program, package in (("chromium", "chromium"), ("chromedriver", "chromium-driver")):
        if not shutil.which(program):
            skip(package)
    return webdriver


def skip(package):
    print(f"skipped: no Chromium to test the page with (Debian package {package} is not installed)")
    sys.exit(0)


def start(webdriver):
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--lang=en"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    browser.set_script_timeout(20)
    return browser


def resize(browser, width, height=900):
    """Headless windows have a minimum width; the emulated screen has none."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
