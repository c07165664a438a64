"""Tests the reverse proxy of docs/server.md: nginx with TLS in front of a server."""
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import time
import unittest

from served_library import ROOT, Library, Server, form

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
OPENSSL = shutil.which("openssl")
TOKEN = "a-token-of-the-tests-0123456789"
NAME = "photos.example"


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def documented(folder, port, server_port):
    """Returns the configuration of the document with other ports and files."""
    text = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    block = re.search(r"```text\n(server \{.*?)```", text, re.DOTALL)[1]
    for old, new in (("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
                     ("/etc/ssl/photos.example.pem", str(folder / "cert.pem")),
                     ("/etc/ssl/photos.example.key", str(folder / "cert.key")),
                     ("127.0.0.1:8765", f"127.0.0.1:{server_port}")):
        assert old in block, old
        block = block.replace(old, new)
    return (f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
            f"events {{}}\nhttp {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
            f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{block}}}\n")


@unittest.skipUnless(NGINX and OPENSSL, "skipped: nginx or openssl is not installed")
class Proxy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = Library(30)
        cls.server = cls.enterClassContext(Server(cls.library, "--allow-host", NAME,
                                                  variables={"SIGHTLINE_TOKEN": TOKEN}))
        folder = cls.library.folder / "nginx"
        folder.mkdir()
        subprocess.run([OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}",
                        "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", folder / "cert.key", "-out",
                        folder / "cert.pem"], check=True, capture_output=True)
        cls.context = ssl.create_default_context(cafile=str(folder / "cert.pem"))
        cls.port = free_port()
        (folder / "nginx.conf").write_text(documented(folder, cls.port, cls.server.port))
        cls.nginx = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.PIPE)
        cls.addClassCleanup(cls.end_nginx)
        cls.wait_for_nginx()

    @classmethod
    def end_nginx(cls):
        cls.nginx.terminate()
        cls.nginx.communicate(timeout=10)

    @classmethod
    def wait_for_nginx(cls):
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", cls.port)) == 0:
                    return
            if cls.nginx.poll() is not None:
                raise AssertionError(cls.nginx.stderr.read().decode())
            time.sleep(0.05)
        raise AssertionError("nginx does not listen")

    def request(self, method, target, body=None, headers=None):
        connection = http.client.HTTPSConnection(NAME, self.port, context=self.context, timeout=30)
        connection._create_connection = lambda address, *rest: socket.create_connection(("127.0.0.1", self.port), *rest)
        connection.request(method, target, body, {"Host": NAME, "Authorization": f"Bearer {TOKEN}", **(headers or {})})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content

    def test_search(self):
        response, content = self.request("GET", "/v1/search?q=a+red+square&k=3")
        self.assertEqual(response.status, 200)
        self.assertEqual(len(json.loads(content)["hits"]), 3)

    def test_page(self):
        response, content = self.request("GET", "/")
        self.assertEqual(response.status, 200)
        self.assertIn(b"<title>Sightline</title>", content)

    def test_cookies_need_tls(self):
        response, _ = self.request("POST", "/v1/session")
        self.assertEqual(response.status, 204)
        cookies = response.headers.get_all("Set-Cookie")
        self.assertEqual(len(cookies), 2)
        self.assertTrue(all(cookie.endswith("; Secure") for cookie in cookies), cookies)
        session = cookies[0].split(";")[0]
        response, _ = self.request("GET", "/v1/models", headers={"Authorization": "", "Cookie": session})
        self.assertEqual(response.status, 200)

    def test_upload(self):
        image = self.library.large.read_bytes()
        headers, body = form([("image", "large.jpg", image)])
        response, content = self.request("POST", "/v1/search", body, headers)
        self.assertEqual(response.status, 200, content)
        self.assertEqual(json.loads(content)["hits"][0]["name"], "large.jpg")

    def test_judgement_of_the_page(self):
        response, content = self.request("POST", "/v1/feedback",
                                         json.dumps({"query": "square", "id": "1", "judgement": "none"}),
                                         {"Content-Type": "application/json", "Origin": f"https://{NAME}"})
        self.assertEqual(response.status, 201, content)

    def test_other_names_and_missing_tokens(self):
        response, _ = self.request("GET", "/v1/search?q=a", headers={"Host": "evil.example"})
        self.assertEqual(response.status, 421)
        response, _ = self.request("GET", "/v1/search?q=a", headers={"Authorization": "Bearer wrong"})
        self.assertEqual(response.status, 401)


if __name__ == "__main__":
    unittest.main()
