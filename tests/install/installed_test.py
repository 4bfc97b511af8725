# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` puts in place works there: the program with its plugins, and what stands beside them."""
import json
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

CMAKE, BUILD = sys.argv[1:3]
del sys.argv[1:3]

RESOURCES = """
apiVersion: v1
kind: Secret
metadata: {name: quay-secret, namespace: shop}
stringData: {secret: a-long-random-value-0123}
---
apiVersion: kargo.akuity.io/v1alpha1
kind: ProjectConfig
metadata: {name: shop, namespace: shop}
spec:
  webhookReceivers:
  - {name: quay-prod, quay: {secretRef: {name: quay-secret}}}
"""


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="landfall-installed-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.prefix = Path(cls.folder.name) / "usr"
        os.umask(0o022)  # plugins are loaded only from what nobody else can write
        subprocess.run([CMAKE, "--install", BUILD, "--prefix", cls.prefix], check=True, capture_output=True)
        cls.landfall = cls.prefix / "bin/landfall"
        cls.plugins = next(cls.prefix.rglob("quay.so")).parent

    def one(self, pattern):
        """The installed file of this name."""
        found = list(self.prefix.glob(pattern))
        self.assertEqual(len(found), 1, pattern)
        self.assertGreater(found[0].stat().st_size, 0)
        return found[0]

    def test_what_belongs_to_a_program_is_there(self):
        self.assertIn('.TH', self.one("share/man/man1/landfall.1").read_text())
        self.one("share/bash-completion/completions/landfall")
        self.one("share/fish/vendor_completions.d/landfall.fish")
        self.assertTrue(self.one("share/zsh/site-functions/_landfall").read_text().startswith("#compdef landfall\n"))
        self.one("share/doc/landfall/examples/examples/landfall.yaml")
        self.one("include/landfall/adapter.h")

    def test_nothing_is_writable_for_others(self):
        for file in self.prefix.rglob("*"):
            self.assertFalse(file.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH), file)

    def test_the_reference_configuration_is_accepted(self):
        reference = self.one("share/doc/landfall/examples/examples/reference/landfall.yaml")
        checked = subprocess.run([self.landfall, "check", "--config", reference], capture_output=True, text=True)
        # Its folders are another machine's; what is written in it is right.
        self.assertNotIn("unknown key", checked.stdout + checked.stderr)

    def test_the_program_serves_with_its_plugins(self):
        work = Path(tempfile.mkdtemp(dir=self.folder.name))
        (work / "resources").mkdir()
        (work / "resources/shop.yaml").write_text(RESOURCES)
        config = work / "landfall.yaml"
        config.write_text("webhooks: {listen: 127.0.0.1:0}\nadmin: {listen: 127.0.0.1:0}\n"
                          f"plugins: {{folders: [{self.plugins}]}}\nresources: {{folders: [resources]}}\n")
        listed = subprocess.run([self.landfall, "receivers", "--config", config, "--json"], check=True, capture_output=True)
        server = subprocess.Popen([self.landfall, "serve", "--config", config], stderr=subprocess.PIPE, text=True)
        try:
            log = ""
            while "daemon: ready" not in log:
                line = server.stderr.readline()
                self.assertTrue(line, log)
                log += line
            webhooks = re.search(r"webhooks=(http://\S+)", log)[1]
            push = b'{"docker_url": "quay.io/shop/api", "updated_tags": ["1.0.0"]}'
            with urllib.request.urlopen(webhooks + json.loads(listed.stdout)[0]["path"], push, timeout=30) as answer:
                self.assertEqual(json.load(answer)["outcome"], "unmatched")
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate()
        self.assertEqual(server.returncode, 0)


unittest.main()
