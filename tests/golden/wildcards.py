"""Prompts that the seeds 0 to 5 draw, for the test of src/text/wildcards.rs: the same rules, written a second time."""

MASK = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15


class Chance:
    def __init__(self, seed, stream):
        self.state = seed
        self.state = self.next() ^ (stream * STEP & MASK)

    def next(self):
        self.state = (self.state + STEP) & MASK
        mixed = (self.state ^ (self.state >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & MASK
        return mixed ^ (mixed >> 31)

    def pick(self, choices):
        return choices[self.next() * len(choices) >> 64]


def prompt(seed):
    chance = Chance(seed, 0)

    def colour():
        line = chance.pick(["red", "green", "blue and"])
        return line if line != "blue and" else "blue and " + chance.pick(["light", "dark"])

    said = "a " + colour() + " "
    what = chance.pick(["hat", "size", ""])
    said += chance.pick(["big", "small"]) + " [sock|shoe]" if what == "size" else what
    # The file of moods has one line, which is drawn all the same.
    said += " on {a} \\{x|y\\}, "
    chance.next()
    return said + "gloomy " + colour()


for seed in range(6):
    print(repr(prompt(seed)))
