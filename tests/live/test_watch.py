"""``ganlab watch``: what its page shows, to whom, and when the report is made again."""

from __future__ import annotations

import json
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import ganlab
from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.live import Watch
from ganlab.live.changes import state_of
from ganlab.live.server import Shown
from ganlab.record import RunDirectory, SpecFile


@pytest.fixture
def sweep(tmp_path, specs_of, train) -> Path:
    """The folder of a sweep of one finished run."""
    folder = tmp_path / "runs/test"
    train(specs_of(), folder=folder)
    return folder


@pytest.fixture
def planned(tmp_path, specs_of) -> Path:
    """The folder of a sweep that has not begun."""
    (spec,) = specs_of()
    RunDirectory(tmp_path / "runs/test" / spec.id).describe(SpecFile.of(spec, "test"))
    return tmp_path / "runs/test"


def ask(page: Watch, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of an answer; `path` is what follows the page's own address."""
    url = urlsplit(page.url)
    connection = HTTPConnection(url.netloc, timeout=10)
    connection.request(method, url.path + path, headers=headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read().decode()


def state(page: Watch) -> dict[str, object]:
    return json.loads(ask(page, "state")[2])


def test_the_report_is_that_of_ganlab_report(sweep, tmp_path):
    assert main(["report", str(sweep), "-o", str(tmp_path / "report.html")]) == 0
    with Watch([sweep]) as page:
        page._look()
        assert ask(page, "report")[2] == (tmp_path / "report.html").read_text()
        assert state(page)["lines"][0] == f"{sweep}: 1 runs: 1 done, 0 at work, 0 waiting, 0 failed"


def test_the_report_is_made_again_only_when_a_run_has_changed_and_not_at_once(sweep, specs_of, train, monkeypatch):
    made = []
    with Watch([sweep]) as page:
        monkeypatch.setattr(page, "_report", lambda runs: made.append(len(runs)) or "a report")
        page._look()
        first = state(page)["version"]
        page._look()
        assert (made, state(page)["version"]) == ([1], first)
        train(specs_of("seeds=[1]"), folder=sweep)
        page._look()  # too early
        assert made == [1]
        monkeypatch.setattr(page, "_next_report", 0.0)
        page._look()
        assert made == [1, 2]
        assert state(page)["version"] != first


def test_a_new_row_of_a_run_is_a_change_and_a_picture_is_none(sweep):
    before = state_of([sweep])
    (run,) = (one for one in sweep.iterdir() if one.is_dir())
    (run / "samples" / "00000020.png").write_bytes(b"")
    assert state_of([sweep]) == before
    with (run / "metrics.jsonl").open("a") as rows:
        rows.write('{"global_step": 50}\n')
    assert state_of([sweep]) != before


def test_nothing_is_done_while_nobody_looks(sweep, monkeypatch):
    looked = []
    monkeypatch.setattr("ganlab.live.watch.SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr("ganlab.live.watch.SECONDS_OF_A_LOOK", 0.0)
    with Watch([sweep]) as page:
        monkeypatch.setattr(page, "_look", lambda: looked.append(1))
        answers = iter([False] * 5 + [True])
        monkeypatch.setattr(page._over, "wait", lambda seconds: next(answers))
        page.run()
    assert looked == []


def test_before_a_run_has_finished_the_page_says_how_far_they_are(planned):
    with Watch([planned]) as page:
        page._look()
        assert state(page)["about"] == "no run of 1 has finished; the report begins with the first"
        assert state(page)["lines"][0].endswith("1 runs: 0 done, 0 at work, 1 waiting, 0 failed")
        assert ask(page, "report")[0] == 404


def test_a_record_that_breaks_is_told_and_the_last_report_stays(sweep, monkeypatch):
    with Watch([sweep]) as page:
        page._look()
        (summary,) = sweep.glob("*/summary.json")
        summary.write_text("{")
        monkeypatch.setattr(page, "_next_report", 0.0)
        page._look()
        assert "summary.json" in state(page)["about"]
        assert ask(page, "report")[0] == 200


def test_a_sweep_that_comes_back_is_followed_again(sweep, tmp_path):
    with Watch([sweep]) as page:
        page._look()
        sweep.rename(tmp_path / "away")
        page._look()
        assert str(sweep) in state(page)["about"]
        (tmp_path / "away").rename(sweep)
        page._look()
        assert state(page)["about"] == "report of 1 of 1 runs"


def test_a_browser_that_stops_loading_prints_nothing(planned, monkeypatch, capsys):
    with Watch([planned]) as page:
        server, over = page._server, threading.Event()
        monkeypatch.setattr(page, "_shown", Shown(report="x" * 50_000_000))
        monkeypatch.setattr(server, "shutdown_request", lambda request: (request.close(), over.set()))
        url = urlsplit(page.url)
        with socket.create_connection((url.hostname, url.port)) as browser:
            browser.sendall(f"GET {url.path}report HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
            assert browser.recv(100).startswith(b"HTTP/1.0 200")
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # the rest is dropped
        assert over.wait(10)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1", "localhost:1", ""])
def test_whoever_comes_by_another_name_is_refused(planned, host):
    with Watch([planned]) as page:
        assert ask(page, "", Host=host)[0] == 403
        assert ask(page, "", Host=page.url.split("/")[2].replace("127.0.0.1", "localhost"))[0] == 200


@pytest.mark.parametrize("path", ["runs/test", "../", "/etc/passwd", "page.html", "state/"])
def test_there_is_nothing_but_the_page(planned, path):
    with Watch([planned]) as page:
        assert ask(page, path)[0] == 404
        assert ask(page, "", "POST")[0] == 501


def test_who_does_not_know_the_address_sees_nothing(planned):
    with Watch([planned]) as page, Watch([planned]) as other:
        url, secret = urlsplit(page.url), urlsplit(other.url).path
        assert len(secret) > 20
        for path in ("/", "/state", "/report", url.path.rstrip("/"), f"{secret}state", f"{url.path[:-2]}/state"):
            connection = HTTPConnection(url.netloc, timeout=10)
            connection.request("GET", path)
            assert connection.getresponse().status == 404


def test_no_other_site_may_frame_or_read_the_page(planned):
    with Watch([planned]) as page:
        _, headers, _ = ask(page, "")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers
        assert page._server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_refused(planned, port):
    with pytest.raises(InputError, match=rf"^{port} is no port; give one from 1 to 65535, or none for a free one$"):
        Watch([planned], port=port)


@pytest.mark.parametrize("port", ["8080", 8080.0])
def test_what_is_no_number_is_no_port(planned, port):
    with pytest.raises(InputError, match=rf"^{port!r} is no port; give one from 1 to 65535, or none for a free one$"):
        ganlab.watch(planned, port=port)


def test_without_a_port_it_is_a_free_one(planned):
    with ganlab.watch(planned, port=None) as page:
        assert urlsplit(page.url).port


@pytest.mark.parametrize(
    ("sweeps", "message"),
    [
        ([], r"^there is no sweep to watch; give the folder of one or more, such as runs/gaussian_1d$"),
        (
            [["runs/test"]],
            r"^\['runs/test'\] is no folder of a sweep; give the path of each as an argument of its own$",
        ),
        ([None], r"^None is no folder of a sweep"),
    ],
)
def test_what_is_no_folder_of_a_sweep_is_refused(sweeps, message):
    with pytest.raises(InputError, match=message):
        ganlab.watch(*sweeps)


def test_one_metric_may_be_named_without_a_list(sweep):
    with Watch([sweep], "ks") as page, Watch([sweep], ["ks"]) as same:
        page._look()
        same._look()
        assert ask(page, "report")[2] == ask(same, "report")[2] != ""
        assert state(page)["about"] == "report of 1 of 1 runs"


def test_a_port_in_use_is_refused(planned, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["watch", str(planned), "--port", str(port)]) == 2
    said = f"ganlab: cannot listen at port {port}: Address already in use; give another one, or none for a free one\n"
    assert capsys.readouterr().err == said


def test_a_folder_without_a_sweep_is_refused(tmp_path, capsys):
    assert main(["watch", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"ganlab: there is no sweep in {tmp_path}; name a sweep's folder")
    assert main(["watch", str(tmp_path / "nothing")]) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_it_at_once(planned):
    command = [sys.executable, "-m", "ganlab", "watch", str(planned)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (130, "ganlab: interrupted\n")
    assert time.monotonic() - begin < 5  # a second on a machine that is not busy


def test_in_python_it_follows_the_sweep_beside_other_code(sweep):
    page = ganlab.watch(sweep)
    try:
        deadline = time.monotonic() + 60
        while not state(page)["version"] and time.monotonic() < deadline:
            time.sleep(0.1)
        assert state(page)["version"]
        assert page.url in page._repr_html_()
    finally:
        page.close()
