"""The service manager's part of a fettled that has its jobs done by services: sockets that a process
is started for each connection of, as systemd.socket(5) does with Accept=yes."""
import os
import pathlib
import socket
import subprocess
import tempfile
import threading

from common import NOBODY
from daemon_harness import Daemon

KINDS = ("look", "change", "measure")


class Services:
    """`seen` has the processes of each kind, in the order in which they were started."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fettle-jobs-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.command, self.environment, self.log = None, None, None
        self.seen = {kind: [] for kind in KINDS}
        self.hold = False  # stop each process before it has read anything
        self.sockets = {}
        for kind in KINDS:
            self.open(kind)

    def open(self, kind):
        listening = socket.socket(socket.AF_UNIX)
        path = self.folder / kind
        listening.bind(str(path))
        os.chown(path, NOBODY, NOBODY)
        path.chmod(0o600)
        listening.listen(16)
        self.sockets[kind] = listening
        threading.Thread(target=self.accept, args=(kind, listening), daemon=True).start()

    def accept(self, kind, listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, open(self.log, "ab") as log:
                held = ["sh", "-c", 'kill -STOP $$; exec "$@"', "sh"] if self.hold else []
                process = subprocess.Popen([*held, *self.command], env=self.environment, stdin=connection,
                                           stdout=log, stderr=log)
            self.seen[kind].append(process)

    def close(self, kind):
        self.sockets[kind].shutdown(socket.SHUT_RDWR)
        self.sockets[kind].close()
        (self.folder / kind).unlink()

    def end(self):
        for kind in KINDS:
            if self.sockets[kind].fileno() >= 0:
                self.close(kind)
            for process in self.seen[kind]:
                process.kill()
                process.wait()
        self.folder.rmdir()


class ServedDaemon(Daemon):
    """A fettled without any right, and services with those of the test. What is changed is in the folder,
    unless the arguments say another."""

    def __init__(self, arguments=(), **options):
        self.services = Services()
        options.setdefault("as_nobody", True)
        super().__init__(arguments=[*arguments, "--job-sockets", str(self.services.folder)], **options)

    def start(self, pass_socket=None, leak=()):
        words = self.command[self.command.index(str(self.folder / "fettled")):]
        self.services.command = [word for word in words if word != str(self.services.folder)]
        self.services.command[self.services.command.index("--job-sockets")] = "--job"
        if "--state-dir" not in words:
            (self.folder / "root").mkdir(exist_ok=True)
            self.services.command += ["--state-dir", str(self.folder / "state"),
                                      "--root", str(self.folder / "root")]
        self.services.environment = self.environment
        self.services.log = self.log_path
        super().start(pass_socket, leak)

    def __exit__(self, *what):
        self.services.end()
        super().__exit__(*what)
