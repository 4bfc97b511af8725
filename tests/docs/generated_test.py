# SPDX-License-Identifier: Apache-2.0
"""What the program makes of its own command tree: completion for shells, and the manual."""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

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


def complete_in_fish(line):
    """What fish offers for the end of the line."""
    ask = "landfall completion fish | source; complete -C $argv[1]".replace("landfall ", f"'{LANDFALL}' ", 1)
    done = subprocess.run(["fish", "--no-config", "-c", ask, line], check=True, capture_output=True, text=True)
    return [offer.split("\t")[0] for offer in done.stdout.splitlines()]


def complete_in_zsh(line, installed):
    """What the line is after a tab, in a zsh that a person would type into: the script found in fpath, or sourced."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "_landfall"
        script.write_text(landfall("completion", "zsh"))
        load = f"fpath=({folder} $fpath); compinit -u -D" if installed else f"compinit -u -D; source {script}"
        # What is typed is never run. The line is wide enough not to be scrolled.
        setup = f"PS1='ready> '; COLUMNS=200; autoload -U compinit; {load}; landfall() {{ }}\n"
        (Path(folder) / ".zshrc").write_text(setup)
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe("zsh", ["zsh", "-d", "-i"], {**os.environ, "TERM": "dumb", "ZDOTDIR": folder})
        try:
            read_until(terminal, b"ready> ")
            os.write(terminal, line.encode() + b"\t#end")
            return read_until(terminal, b"#end").decode()
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(terminal)


def read_until(terminal, mark):
    text = b""
    while mark not in text:
        if not select.select([terminal], [], [], 20)[0]:
            raise AssertionError(f"waited in vain for {mark!r} in {text!r}")
        text += os.read(terminal, 4096)
    return text


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

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_completes_in_fish(self):
        self.assertEqual(complete_in_fish("landfall deliv"), ["deliveries"])
        self.assertEqual(complete_in_fish("landfall events --repo"), ["--repository"])
        self.assertEqual(complete_in_fish("landfall token ci --scope op"), ["operate"])
        self.assertEqual(complete_in_fish("landfall plugin ins"), ["inspect"])

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_completes_in_zsh(self):
        for installed in (False, True):
            with self.subTest(installed=installed):
                self.assertIn("landfall deliveries ", complete_in_zsh("landfall deliv", installed))
                self.assertIn("--repository ", complete_in_zsh("landfall events --repo", installed))
                self.assertIn("--scope operate ", complete_in_zsh("landfall token ci --scope op", installed))
                self.assertIn("plugin inspect ", complete_in_zsh("landfall plugin ins", installed))

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
