"""The comment on a pull request: what anyone may have written is text, and GitHub says where it belongs."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from harness import process
from tests.ci_files.conftest import GITHUB_COMMENT, load, steps

MARK = "<!-- llvm-patch-harness -->"
SHA = "1234567890abcdef1234567890abcdef12345678"
HEAD = (
    f"{MARK}\nReports of [this run](the run) on {SHA}. It runs code and workflows of the pull request, "
    "which could write anything here: decide by its checks and by its changes.\n"
)


def python(step: str, folder: Path, **env: str) -> process.Completed:
    """Run the script of a step as `shell: python` does."""
    script = folder / "script.py"
    script.write_text(str(steps(GITHUB_COMMENT)[step]["run"]))
    return process.run([sys.executable, script], cwd=folder, env={"HEAD_SHA": SHA, **env})


def compose(folder: Path, llvm: str = "19 22") -> str:
    done = python(
        *("Write the comment", folder),
        REPORTS=str(folder / "reports"),
        COMMENT=str(folder / "comment.md"),
        LLVM=llvm,
        RUN_URL="the run",
    )
    assert done.returncode == 0, done.text
    return (folder / "comment.md").read_text("utf-8")


def report(folder: Path, version: str, text: str | bytes) -> Path:
    path = folder / f"reports/llvm-patch-check-{version}/llvm-{version}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_reports_stand_one_after_the_other(tmp_path: Path) -> None:
    report(tmp_path, "22", "## B\n")
    report(tmp_path, "19", "## A\n")
    report(tmp_path, "7", "## not asked for\n")
    assert compose(tmp_path) == f"{HEAD}\n## A\n\n## B\n"


def test_a_missing_report_is_said(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    assert compose(tmp_path) == f"{HEAD}\n## LLVM 19: no report\n\n## LLVM 22: no report\n"


def test_it_fits_and_no_report_is_cut(tmp_path: Path) -> None:
    report(tmp_path, "19", "x" * 40_000)
    report(tmp_path, "22", "y" * 40_000)
    report(tmp_path, "23", "z\n")
    report(tmp_path, "24", "w" * 10_000_000)
    text = compose(tmp_path, "19 22 23 24")
    assert len(text) < 65_536
    assert "x" * 40_000 in text
    assert "yy" not in text
    assert "ww" not in text
    assert "\n## LLVM 22: the report is too long for a comment; the run has it\n\nz\n" in text


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_is_not_followed(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret/llvm-19.md"
    secret.parent.mkdir()
    secret.write_text("secret")
    place = tmp_path / "reports/llvm-patch-check-19"
    place.parent.mkdir()
    if kind == "folder":
        place.symlink_to(secret.parent)
    else:
        place.mkdir()
        (place / secret.name).symlink_to(secret)
    assert compose(tmp_path, "19") == f"{HEAD}\n## LLVM 19: no report\n"


def test_what_it_says_acts_on_nobody(tmp_path: Path) -> None:
    report(tmp_path, "19", f"\x1b[1m@someone {MARK}\x00\u202e\u200f\u061c\u2028 x\ny\n".encode() + b"\xff\n")
    text = compose(tmp_path, "19").removeprefix(HEAD)
    assert text == "\n[1m@\u200bsomeone &lt;!-- llvm-patch-harness --> x\ny\n\ufffd\n"


class GitHub(ThreadingHTTPServer):
    """As much of the API as the script asks. `posted` are the changes: method, path and body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lists: dict[str, list[Any]] = {}
        self.posted: list[tuple[str, str, str]] = []
        self.asked: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        self.server.asked.append(query)
        found = self.server.lists.get(urlsplit(self.path).path.removeprefix("/repos/team/fork/"))
        first = 100 * (int(query["page"][0]) - 1)
        self.answer(404 if found is None else 200, (found or [])[first : first + 100])

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Authorization"] == "Bearer the token"
        self.server.posted.append((self.command, self.path, body["body"]))
        self.answer(201, {})

    do_PATCH = do_POST  # noqa: N815 - the name that http.server looks for

    def answer(self, code: int, data: object) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(data).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def pull(number: int, sha: str = SHA) -> dict[str, Any]:
    return {"number": number, "head": {"sha": sha}}


def comment(number: int, body: str, login: str = "github-actions[bot]") -> dict[str, Any]:
    return {"id": number, "user": {"login": login}, "body": body}


@pytest.fixture
def github() -> Iterator[GitHub]:
    """A repository with one open pull request of this head, with no comment of ours."""
    with GitHub() as server:
        server.lists = {
            "pulls": [pull(3, "other"), pull(7)],
            "pulls/7/files": [{"filename": "llvm/a.cpp"}, {"filename": "x\n.github/y"}],
            "issues/7/comments": [comment(1, f"{MARK}\n", "someone"), comment(2, "of another workflow")],
        }
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def post(folder: Path, github: GitHub) -> process.Completed:
    (folder / "comment.md").write_text(f"{MARK}\nthe report\n")
    return python(
        *("Post it", folder),
        GITHUB_API_URL=github.url,
        GITHUB_REPOSITORY="team/fork",
        GH_TOKEN="the token",  # noqa: S106 - of the server above
        HEAD_OWNER="some one",
        HEAD_BRANCH="a&b=c/$(id)",
        COMMENT=str(folder / "comment.md"),
        no_proxy="127.0.0.1",
    )


def test_it_is_posted_where_github_says(tmp_path: Path, github: GitHub) -> None:
    done = post(tmp_path, github)
    assert (done.returncode, done.text) == (0, "")
    assert github.posted == [("POST", "/repos/team/fork/issues/7/comments", f"{MARK}\nthe report\n")]
    assert github.asked[0]["head"] == ["some one:a&b=c/$(id)"]
    assert github.asked[0]["state"] == ["open"]


def test_the_one_before_is_replaced(tmp_path: Path, github: GitHub) -> None:
    many = [comment(n, "x") for n in range(10, 120)]
    github.lists["issues/7/comments"] = [*many, comment(500, f"{MARK}\nold"), comment(501, f"{MARK}\n")]
    assert post(tmp_path, github).returncode == 0
    assert github.posted == [("PATCH", "/repos/team/fork/issues/comments/500", f"{MARK}\nthe report\n")]


def test_a_pull_request_that_changes_its_own_check_is_marked(tmp_path: Path, github: GitHub) -> None:
    github.lists["pulls/7/files"].append({"filename": ".github/workflows/llvm-patch-check.yml"})
    assert post(tmp_path, github).returncode == 0
    ((_, _, body),) = github.posted
    assert body == (
        f"{MARK}\n**This pull request changes .github: it may have changed its own check.**\n\nthe report\n"
    )


@pytest.mark.parametrize("pulls", [[], [pull(7, "moved on")], [pull(7), pull(8)]])
def test_nothing_is_posted_if_it_is_not_known_where(
    tmp_path: Path, github: GitHub, pulls: list[dict[str, Any]]
) -> None:
    github.lists["pulls"] = pulls
    done = post(tmp_path, github)
    number = sum(one["head"]["sha"] == SHA for one in pulls)
    said = f"{number} open pull requests have this head: nothing is posted\n"
    assert (done.returncode, done.text) == (0, said)
    assert github.posted == []


@pytest.mark.parametrize("lost", ["pulls", "pulls/7/files", "issues/7/comments"])
def test_an_error_of_github_fails_the_job(tmp_path: Path, github: GitHub, lost: str) -> None:
    del github.lists[lost]
    assert post(tmp_path, github).returncode == 1
    assert github.posted == []


def test_only_the_step_that_posts_has_the_token() -> None:
    """And the one that downloads, which executes nothing."""
    having = [name for name, step in steps(GITHUB_COMMENT).items() if "github.token" in json.dumps(step)]
    assert having == ["Download the reports", "Post it"]
    job = load(GITHUB_COMMENT)["jobs"]["comment"]
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert "github.token" not in json.dumps(job["env"])
    assert load(GITHUB_COMMENT)["permissions"] == {}


def test_its_scripts_take_nothing_from_expressions() -> None:
    scripts = [str(step["run"]) for step in steps(GITHUB_COMMENT).values() if "run" in step]
    assert len(scripts) == 2
    assert [script for script in scripts if "${{" in script] == []
