# SPDX-License-Identifier: Apache-2.0
"""Runs every command of the documents against the real binary, and follows every link between them.

A fenced block marked sh is run, in the order of its page, in one bash that stops at the first failure. A page that says
<!-- continues: other.md --> begins where that page ends. A block below <!-- not run: reason --> is only counted. The
ports of the pages are replaced by free ones, in commands and in the files that they write.

A command that would reach beyond the page's own folder (an installation, say) is a fault of the page and is not run: it
has to be marked.
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE, BUILD = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
PORTS = ("8080", "8081", "9000")
OUTSIDE = re.compile(r"\b(sudo|apt|apt-get|docker|kubectl|systemctl|install|--install)\b|(^|[\s>\"'=])/(usr|etc|var|opt|home|root|backups)\b", re.MULTILINE)
SHOWN = {"text", "yaml", "json", "ini", "nginx", "promql"}
BLOCK = re.compile(r"(<!-- not run: [^>]+ -->\n+)?^ *```([a-z]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def pages():
    return sorted([SOURCE / "README.md", *(SOURCE / "docs").rglob("*.md")])


def commands(page):
    """The page's commands as one script, what is wrong with its blocks, and how many are run and not run."""
    text = page.read_text()
    script, wrong, run, not_run = "", [], 0, 0
    continued = re.search(r"<!-- continues: (\S+) -->", text)
    for reason, language, body in BLOCK.findall(text):
        if language == "sh" and reason:
            not_run += 1
        elif language == "sh":
            outside = OUTSIDE.search(body)
            if outside:
                wrong.append(f"{page}: '{outside[0].strip()}' reaches outside: mark the block as not run")
                continue
            run += 1
            script += body
        elif language not in SHOWN and body.strip() and not body.startswith((" ", "\u250c")):
            wrong.append(f"{page}: a block of the kind '{language}' is neither run nor marked as text: {body[:60]!r}")
    if continued and script:
        script = commands(page.parent / continued[1])[0] + script
    return script, wrong, run, not_run


def links(page):
    wrong = []
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target and not (page.parent / target).exists():
            wrong.append(f"{page}: there is no {target}")
    return wrong


def free_ports():
    sockets = [socket.socket() for _ in PORTS]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [str(s.getsockname()[1]) for s in sockets]
    for s in sockets:
        s.close()
    return ports


def run(page, script):
    for here, free in zip(PORTS, free_ports()):
        script = re.sub(rf"\b{here}\b", free, script)
        if here == "8081":
            script = f"export LANDFALL_SERVER=http://127.0.0.1:{free}\n" + script
        if here == "9000":
            script = script.replace("landfall sink", f"landfall sink --port {free}")
    with tempfile.TemporaryDirectory(prefix="landfall-docs-") as folder:
        (Path(folder) / "build").mkdir()
        (Path(folder) / "build/release").symlink_to(BUILD)
        (Path(folder) / "config").symlink_to(SOURCE / "config")
        with open(Path(folder) / "output", "w+") as output:
            shell = subprocess.Popen(["bash", "-euo", "pipefail", "-x", "-c", script], cwd=folder, stdout=output,
                                     stderr=output, stdin=subprocess.DEVNULL, start_new_session=True)
            try:
                status = shell.wait(timeout=60)
            except subprocess.TimeoutExpired:
                status = "no end within 60 seconds"
            finally:
                try:
                    os.killpg(shell.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if status == 0:
                return []
            output.seek(0)
            return [f"{page}: {status}\n" + "".join(output.readlines()[-30:])]


def main():
    wrong, count, left_out = [], 0, 0
    for page in pages():
        script, faults, runs, not_run = commands(page)
        wrong += faults + links(page)
        count += runs
        left_out += not_run
        if script and not faults:
            wrong += run(page, script)
    print(*wrong, sep="\n")
    print(f"{count} blocks run, {left_out} not run, {len(wrong)} faults")
    return 1 if wrong or count == 0 else 0


sys.exit(main())
