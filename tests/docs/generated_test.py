# SPDX-License-Identifier: Apache-2.0
"""What the program makes of its own command tree: completion for shells, and the manual."""
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

LANDFALL = sys.argv.pop(1)


def landfall(*arguments):
    return subprocess.run([LANDFALL, *arguments], check=True, capture_output=True, text=True).stdout


def complete(*words):
    """What bash offers for the last of the words."""
    with tempfile.NamedTemporaryFile("w", suffix=".bash") as script:
        script.write(landfall("completion", "bash"))
        script.flush()
        quoted = " ".join(f"'{word}'" for word in words)
        ask = f'source {script.name}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _landfall; echo "${{COMPREPLY[*]}}"'
        return subprocess.run(["bash", "-c", ask], check=True, capture_output=True, text=True).stdout.split()


def subcommands(*path):
    text = landfall(*path, "--help")
    return re.findall(r"^  ([a-z]+) ", text.split("Subcommands:")[1].split("\n\n")[0], re.MULTILINE)


class Completion(unittest.TestCase):
    def test_shells_that_are_here_accept_it(self):
        for shell in ("bash", "zsh", "fish"):
            if shutil.which(shell):
                subprocess.run([shell, "-n"], input=landfall("completion", shell), text=True, check=True)

    def test_another_shell_is_a_usage_error(self):
        self.assertEqual(subprocess.run([LANDFALL, "completion", "csh"], capture_output=True).returncode, 2)

    def test_offers_every_command(self):
        self.assertLessEqual(set(subcommands()), set(complete("landfall", "")))

    def test_completes_a_command_an_option_and_a_value(self):
        self.assertEqual(complete("landfall", "deliv"), ["deliveries"])
        self.assertEqual(complete("landfall", "events", "--repo"), ["--repository"])
        self.assertEqual(complete("landfall", "token", "ci", "--scope", "op"), ["operate"])
        self.assertEqual(complete("landfall", "plugin", "ins"), ["inspect"])

    def test_leaves_values_that_it_does_not_know_to_file_names(self):
        self.assertEqual(complete("landfall", "serve", "--config", ""), [])

    def test_every_command_is_known_to_zsh_and_fish(self):
        for shell in ("zsh", "fish"):
            script = landfall("completion", shell)
            for name in subcommands():
                self.assertIn(f"'{name}:" if shell == "zsh" else f"-a {name} ", script)


class Manual(unittest.TestCase):
    def test_holds_every_command(self):
        page = landfall("manual")
        for name in subcommands():
            self.assertIn(f'.SS "landfall {name}', page)
        for name in subcommands("plugin"):
            self.assertIn(f'.SS "landfall plugin {name}', page)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_groff_warns_of_nothing(self):
        done = subprocess.run(["groff", "-man", "-Tascii", "-P-cbou", "-ww"], input=landfall("manual"), capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("EXIT STATUS", done.stdout)


unittest.main()
