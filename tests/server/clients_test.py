"""Runs clients of other programs against a server: OpenAI's, clip-retrieval's ClipClient, and the requests of immich.

tools/fetch_client_tests.sh downloads the first two. Their vectors must equal those of `sightline encode`.
"""
import asyncio
import base64
import importlib.util
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import unittest

from served_library import MODEL, PROGRAM, Client, Library, Server

FOLDER = PROGRAM.resolve().parent / "deps" / "client_tests"
NODE = shutil.which("node")
TEXTS = ["a red heart", "zwei Hunde im Schnee", "日の出"]

if (FOLDER / "complete").exists():
    sys.path.insert(0, str(FOLDER / "python"))
    try:
        import openai
        import requests
    except ImportError as error:  # of another version of Python
        sys.exit(f"skipped: the clients cannot be imported: {error}")
else:
    print("skipped: the clients are absent; tools/fetch_client_tests.sh downloads them")
    sys.exit(0)


def load_clip_client():
    """Returns the module clip_client, without the package around it, which needs much more."""
    path = FOLDER / "python" / "clip_retrieval" / "clip_client.py"
    spec = importlib.util.spec_from_file_location("clip_client", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def setUpModule():
    global library, server, client, text_vectors, image_vector
    library = Library(40)
    server = unittest.enterModuleContext(Server(library))
    client = Client(server)
    (library.folder / "texts.txt").write_text("\n".join(TEXTS) + "\n")
    text_vectors = vectors("--texts", library.folder / "texts.txt")
    image_vector = vectors("--images", library.large)[0]


def vectors(*arguments):
    """Returns the vectors of `sightline encode`, as packed floats."""
    path = library.folder / "encoded.npy"
    library.run("encode", "--model", MODEL, "--no-cache", "--out", path, *arguments)
    data = path.read_bytes()
    data = data[10 + struct.unpack("<H", data[8:10])[0]:]
    return [data[at:at + 1024] for at in range(0, len(data), 1024)]


def packed(vector):
    return struct.pack(f"<{len(vector)}f", *vector)


class OpenAi(unittest.TestCase):
    def setUp(self):
        url = f"http://{server.host}/v1"
        self.openai = self.enterContext(openai.OpenAI(base_url=url, api_key="any", max_retries=0))

    def test_one_text(self):
        answer = self.openai.embeddings.create(model="text-embedding-3-small", input=TEXTS[0])
        self.assertEqual(packed(answer.data[0].embedding), text_vectors[0])
        self.assertGreater(answer.usage.prompt_tokens, 0)
        self.assertEqual(answer.model, "text-embedding-3-small")

    def test_both_encodings(self):
        for encoding in ("float", "base64"):
            answer = self.openai.embeddings.create(model="emoji-vit-8", input=TEXTS, encoding_format=encoding)
            found = [base64.b64decode(one.embedding) if isinstance(one.embedding, str) else packed(one.embedding)
                     for one in answer.data]
            self.assertEqual(found, text_vectors)
            self.assertEqual([one.index for one in answer.data], [0, 1, 2])

    def test_image_as_data_url(self):
        url = "data:image/jpeg;base64," + base64.b64encode(library.large.read_bytes()).decode()
        answer = self.openai.embeddings.create(model="emoji-vit-8", input=[TEXTS[1], url])
        self.assertEqual([packed(one.embedding) for one in answer.data], [text_vectors[1], image_vector])

    def test_many_at_once(self):
        async def ask():
            async with openai.AsyncOpenAI(base_url=f"http://{server.host}/v1", api_key="any", max_retries=0) as many:
                return await asyncio.gather(*(many.embeddings.create(model="m", input=TEXTS[i % 3]) for i in range(60)))

        for i, answer in enumerate(asyncio.run(ask())):
            self.assertEqual(packed(answer.data[0].embedding), text_vectors[i % 3])

    def test_errors(self):
        for arguments, kind in (({"input": ""}, openai.BadRequestError), ({"input": []}, openai.BadRequestError),
                                ({"input": "a", "dimensions": 3}, openai.BadRequestError),
                                ({"input": "data:image/png;base64,AAAA"}, openai.UnprocessableEntityError),
                                ({"input": "https://example.org/a.png"}, openai.BadRequestError)):
            with self.assertRaises(kind):
                self.openai.embeddings.create(model="m", **arguments)

    def test_key_is_the_token(self):
        token = "a-token-of-the-tests-0123456789"
        with Server(library, variables={"SIGHTLINE_TOKEN": token}) as guarded:
            for key in (token, "wrong"):
                with openai.OpenAI(base_url=f"http://{guarded.host}/v1", api_key=key, max_retries=0) as user:
                    if key == token:
                        self.assertEqual(packed(user.embeddings.create(model="m", input=TEXTS[0]).data[0].embedding),
                                         text_vectors[0])
                    else:
                        self.assertRaises(openai.AuthenticationError, user.embeddings.create, model="m", input="a")


class ClipRetrieval(unittest.TestCase):
    def setUp(self):
        self.module = load_clip_client()
        self.clip = self.module.ClipClient(url=f"http://{server.host}/knn-service", indice_name="laion5B",
                                           num_images=10, deduplicate=False)

    def expected(self, **parameters):
        hits = client.get("/v1/search", k=10, judge=0, **parameters)["hits"]
        return [(int(hit["id"]), hit["similarity"], hit["path"]) for hit in hits]

    def found(self, **arguments):
        return [(hit["id"], hit["similarity"], hit["image_path"]) for hit in self.clip.query(**arguments)]

    def test_text(self):
        self.assertEqual(self.found(text="a red heart"), self.expected(q="a red heart"))

    def test_image(self):
        found = self.found(image=str(library.large))
        self.assertEqual(found[0][2], "Pictures/large.jpg")
        self.assertAlmostEqual(found[0][1], 1, 5)

    def test_vector(self):
        found = self.found(embedding_input=list(struct.unpack("<256f", text_vectors[0])))
        self.assertEqual([one[0] for one in found], [one[0] for one in self.expected(q=TEXTS[0])])

    def test_captions_and_files(self):
        self.clip.num_images = 100
        hits = self.clip.query(text="drawing")
        self.assertEqual(sum(hit.get("caption", "").startswith("drawing number") for hit in hits), 20)
        file = requests.get(f"http://{server.host}{hits[0]['url']}", timeout=30)
        self.assertEqual(file.content, (library.folder / hits[0]["image_path"]).read_bytes())

    def test_addresses_are_not_fetched(self):
        answer = self.clip.query(image="http://127.0.0.1:1/a.png")
        self.assertIn("fetches none", answer["detail"])


@unittest.skipIf(NODE is None, "node is not installed")
class Immich(unittest.TestCase):
    def test_requests_of_its_server(self):
        script = pathlib.Path(__file__).with_name("immich_client.mjs")
        done = subprocess.run([NODE, script, f"http://{server.host}", library.large, TEXTS[1]],
                              capture_output=True, text=True, timeout=120, check=True)
        answers = json.loads(done.stdout)
        self.assertTrue(answers["ping"])
        visual, textual = answers["visual"]["body"], answers["textual"]["body"]
        self.assertEqual(packed(json.loads(visual["clip"])), image_vector)
        self.assertEqual((visual["imageWidth"], visual["imageHeight"]), (800, 400))
        self.assertEqual(packed(json.loads(textual["clip"])), text_vectors[1])
        self.assertEqual(answers["other"]["status"], 422)
        self.assertIn("clip", answers["other"]["body"]["detail"])


if __name__ == "__main__":
    unittest.main()
