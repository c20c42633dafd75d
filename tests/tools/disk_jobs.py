"""Every kind of job that writes, quick enough to be broken off hundreds of times, and what must be true of the disk
afterwards. `each-write-fails` and `kill-jobs` use it.

What was there before stays byte for byte, no file is half written, what the program says is a sentence, and the same
command then does its work to the end.
"""

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import tomllib
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOLDEN, STARTER = ROOT / "tests/golden", ROOT / "assets/starter"
QUICK = ["--device", "cpu", "--steps", "2"]
# How a picture or a word that is not finished yet is called.
UNFINISHED = re.compile(r"\.pseudoword-.*\.tmp")


def fault(path):
    """Why a file is not whole, if it is not."""
    try:
        if path.suffix == ".safetensors":
            data = path.read_bytes()
            (length,) = struct.unpack("<Q", data[:8])
            header = json.loads(data[8 : 8 + length])
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
            return None if max(ends) == len(data) - 8 - length else "its length is wrong"
        if path.suffix == ".png":
            return png_fault(path.read_bytes())
        if path.suffix == ".toml":
            tomllib.loads(path.read_text())
        if path.suffix == ".json":
            json.loads(path.read_text())
        if path.suffix == ".csv":
            rows = list(csv.reader(path.read_text().splitlines(keepends=False)))
            # The last line may be unfinished: the program cuts it off.
            wrong = [row for row in rows[1:-1] if len(row) != len(rows[0])]
            return f"{len(wrong)} lines are damaged" if wrong else None
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def png_fault(data):
    """By the checksums of its parts, to the last one."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return "it is no PNG"
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        body, end = data[at + 4 : at + 8 + length], at + 12 + length
        if struct.pack(">I", zlib.crc32(body)) != data[end - 4 : end]:
            return "a part is damaged"
        if body[:4] == b"IEND":
            return None if end == len(data) else "something follows its end"
        at = end
    return "its end is missing"


def hashes(folder):
    """Every file below a folder by its content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class FaultyDisk:
    """The disk on which one write fails; see faulty_disk.c."""

    def __init__(self, below):
        self.place, self.below = tempfile.TemporaryDirectory(), below
        self.library, self.log = Path(self.place.name) / "faulty_disk.so", Path(self.place.name) / "log"
        source = Path(__file__).with_name("faulty_disk.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.library, source, "-ldl"], check=True)

    def environment(self, at, how):
        """What a program is started with whose write number `at` shall fail."""
        self.log.write_text("")
        named = {"LD_PRELOAD": self.library, "DISK_BELOW": self.below, "DISK_LOG": self.log, "DISK_AT": at, "DISK_DO": how}
        return {name: str(value) for name, value in named.items()}

    def met(self):
        """What failed, if the program came so far."""
        return self.log.read_text().strip()


class Bench:
    """A folder with pictures, learned words, runs and a comparison; jobs write to `out`."""

    def __init__(self, program, only):
        self.program = str(Path(program).resolve())
        self.place = tempfile.TemporaryDirectory(prefix="pseudoword-disk-")
        self.folder = Path(self.place.name) / "wörk"
        self.out, self.home, given = self.folder / "out", self.folder / "home", self.folder / "given"
        (given / "images").mkdir(parents=True)
        for name in ("source_0.png", "source_1.png"):
            shutil.copy(GOLDEN / "image" / name, given / "images")
        self.given = given
        self.images, self.model = given / "images", GOLDEN / "sd1"
        self.jobs = {name: line for name, line in self.lines().items() if not only or name in only}
        self.prepare(self.learn(given / "run"))
        shutil.copy(given / "run/cat-toy.safetensors", given / "cat-toy.safetensors")
        if {"explain", "bias"} & set(self.jobs):
            starter = ["--model", STARTER, "--images", self.images, "--word", "<mug>", "--init", "mug"]
            self.prepare(["learn", *QUICK, *starter, "--preview-every", "0", "--score-every", "0", "--out", given / "mug"])
        if "study" in self.jobs:
            self.prepare(self.compare(given / "comparison"))
        self.before = hashes(given)

    def learn(self, out):
        return ["learn", "--device", "cpu", "--steps", "4", "--model", self.model, "--images", self.images, "--word", "<cat-toy>",
                "--init", "cat", "--checkpoint-every", "2", "--preview-every", "2", "--preview-steps", "1",
                "--fixed-noise-every", "2", "--fixed-noise-size", "1", "--resume", "--out", out]

    def compare(self, out):
        return ["compare", *QUICK, "--model", self.model, "--clip", GOLDEN / "clip", "--images", self.images, "--init", "cat",
                "--methods", "single,vectors-2,image-only", "--count", "1", "--draw-steps", "1", "--checkpoint-every", "1",
                "--out", out]

    def lines(self):
        """The arguments of each kind of job; a list of lists where it takes several commands."""
        given, out, word = self.given, self.out, self.given / "cat-toy.safetensors"
        draw = [*QUICK, "--model", self.model, "--word", word, "--sampler", "ddim", "--out", out]
        look = [*QUICK, "--model", STARTER, "--count", "1", "--size", "32", "--out", out]
        return {
            "learn": self.learn(out / "run"),
            "generate": ["generate", *draw, "--count", "2", "--size", "64x64", "--prompt", "a <cat-toy>"],
            "edit": ["edit", *draw, "--prompt", "a <cat-toy>", "--image", self.images / "source_0.png"],
            "invert": ["invert", *QUICK, "--model", self.model, "--image", self.images / "source_0.png", "--prompt", "a cat",
                       "--guidance", "1", "--out", out],
            "export": ["export", "--run", given / "run", "--format", "png-card", "--force", "--out", out / "card.png"],
            "convert": ["convert", word, "--to", "a1111-pt", "--force", "--out", out / "word.pt"],
            "model": ["convert", GOLDEN / "single_file/sd1_fp16.ckpt", "--to", "safetensors", "--force", "--out",
                      out / "model.safetensors"],
            "mix": ["mix", "--word", f"{word}:0.5", f"{GOLDEN}/embeddings/diffusers.bin:0.5", "--force", "--out",
                    out / "mixed.safetensors"],
            "tune": ["tune", *QUICK, "--model", self.model, "--word", word, "--images", self.images, "--rank", "1",
                     "--checkpoint-every", "1", "--out", out],
            "explain": ["explain", *look, "--word", given / "mug"],
            "bias": ["bias", *look, "--word", given / "mug"],
            "compare": self.compare(out),
            "study": ["study", "new", "--comparison", given / "comparison", "--questions", "2", "--out", out],
            "starter": ["generate", "--device", "cpu", "--steps", "1", "--size", "32", "--prompt", "a mug", "--out", out],
        }

    def prepare(self, line):
        self.out.mkdir(exist_ok=True)
        done = self.start(line).communicate()
        assert self.process.returncode == 0, f"{line[0]} is not as expected: {done[1]}"

    def clear(self):
        """As before the first job."""
        for folder in (self.out, self.home):
            shutil.rmtree(folder, ignore_errors=True)
        self.out.mkdir()

    def start(self, line, **environment):
        environment = {**os.environ, "PSEUDOWORD_HOME": str(self.home), **environment}
        self.process = subprocess.Popen([self.program, *map(str, line)], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return self.process

    def run(self, line, seconds=300, **environment):
        """Runs a command to its end; its exit code and what it said last. One that waits is asked to stop."""
        process = self.start(line, **environment)
        try:
            _, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            try:
                _, said = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                return None, "it hangs"
        said = said.strip().splitlines()
        return process.returncode, said[-1] if said else ""

    def names(self):
        return {path.relative_to(self.out) for path in self.out.rglob("*") if path.is_file()}

    def complaints(self, killed):
        """What is wrong with the disk after a job that was broken off."""
        found = []
        now = hashes(self.given)
        found += [f"{path} is gone" for path in self.before if path not in now]
        found += [f"{path} was changed" for path in self.before if path in now and now[path] != self.before[path]]
        for path in (path for folder in (self.out, self.home) for path in folder.rglob("*") if path.is_file()):
            if UNFINISHED.fullmatch(path.name):
                found += [] if killed else [f"{path} was left behind"]
            elif why := fault(path):
                found.append(f"{path}: {why}")
        return found

    def missing(self, name, whole):
        """What a job that did its work should have made and did not."""
        kept = {path for path in self.names() if not UNFINISHED.fullmatch(path.name)}
        # Pictures are numbered on.
        enough = name in ("generate", "edit") and len(kept) >= len(whole)
        missing = [] if enough else sorted(map(str, whole - kept))
        return [f"it says that it is done, but without {', '.join(missing)}"] if missing else []

    def again(self, name, line):
        """How a job is given that may have been begun."""
        begun = name == "tune" and (self.out / "tune.toml").exists()
        return ["tune", "--resume", *QUICK, "--out", self.out] if begun else line

    def goes_on(self, name, line, whole, killed):
        """What is wrong when the same command is given once more and nothing is in its way."""
        code, said = self.run(self.again(name, line))
        if name in ("invert", "study") and code in (2, 7) and "folder" in said and is_sentence(said):
            # These ask for a folder in which there is nothing, and say so.
            shutil.rmtree(self.out)
            code, said = self.run(line)
        if code != 0:
            return [f"once more: {code}: {said}"]
        # A report replaces no pictures, and so lies beside those of the ones that were broken off: the last that was made.
        beside = sorted(self.folder.glob(f"{self.out.name}-*"), key=lambda path: int(path.name.rpartition("-")[2]))
        if beside:
            shutil.rmtree(self.out)
            beside.pop().rename(self.out)
            for path in beside:
                shutil.rmtree(path)
        found = self.missing(name, whole)
        if name == "learn":
            code, said = self.run(["inspect", self.out / "run"])
            found += [f"inspect: {code}: {said}"] if code else []
            steps = [row.split(",")[0] for row in (self.out / "run/loss.csv").read_text().splitlines()]
            found += [] if steps == ["step", "1", "2", "3", "4"] else [f"the curve has the lines {steps}"]
        return found + self.complaints(killed)


def is_sentence(said):
    return said.endswith(".") and "inside Pseudoword" not in said and "panicked" not in said
