"""Writes the data sets beside it: usage: make_data_sets.py

They are generated, so that they are free and their law is known. Python's random module, seed 2026; six decimals.

linear.csv     80 rows. dose ~ N(0, 1); age = .6 dose + .8 N(0, 1); response = 1 + 2 dose - age + N(0, 1) / 2.
scales.csv     120 rows, semicolons, a column of text. height ~ 170 + 9 N(0, 1) (cm); weight = .9 (height - 170) + 70 + 8 N(0, 1)
               (kg); sport uniform on (0, 10) (hours); pressure = 100 + .3 weight - 1.5 sport + 6 t, t Student's with 5
               degrees of freedom.
binary.csv     200 rows. left, right ~ N(0, 1); label 1 with probability 1 / (1 + exp(-(.5 + 1.5 left - right))), else -1.
rings.csv      150 rows. angle uniform, radius 1 + N(0, 1) / 8 for label 1 and 2 + N(0, 1) / 8 for label -1, in equal parts:
               east = radius cos(angle), north = radius sin(angle).
wide.csv       60 rows, ten columns: c1 ... c9 ~ N(0, 1); out = c1 - c9 / 2 + N(0, 1).
kinds.csv      120 rows of kinds 3, 5 and 6 in turn. length ~ N(kind - 5, 1), width ~ N(0, 1) + (kind mod 5) / 2.
steps.csv      301 rows, more than permutations are stored for. value = (row mod 17) - 8.
"""

import math
import random
from pathlib import Path

FOLDER = Path(__file__).parent
law = random.Random(2026)


def normal():
    return law.gauss(0, 1)


def write(name, separator, columns, rows):
    with open(FOLDER / name, "w", newline="") as file:
        file.write(separator.join(columns) + "\n")
        for row in rows:
            file.write(separator.join(cell if isinstance(cell, str) else f"{cell:.6f}" if isinstance(cell, float) else str(cell)
                                      for cell in row) + "\n")


def linear():
    dose = normal()
    age = .6 * dose + .8 * normal()
    return dose, age, 1 + 2 * dose - age + normal() / 2


def scales(number):
    height = 170 + 9 * normal()
    weight = .9 * (height - 170) + 70 + 8 * normal()
    sport = law.uniform(0, 10)
    student = normal() / math.sqrt(sum(normal() ** 2 for _ in range(5)) / 5)
    return f'"person {number}; ""{"AB"[number % 2]}"""', height, weight, sport, 100 + .3 * weight - 1.5 * sport + 6 * student


def binary():
    left, right = normal(), normal()
    return left, right, 1 if law.random() < 1 / (1 + math.exp(-(.5 + 1.5 * left - right))) else -1


def wide():
    columns = [normal() for _ in range(9)]
    return *columns, columns[0] - columns[8] / 2 + normal()


def rings(number):
    label = 1 if number % 2 == 0 else -1
    angle, radius = law.uniform(0, 2 * math.pi), (1 if label == 1 else 2) + normal() / 8
    return radius * math.cos(angle), radius * math.sin(angle), label


def kind(number):
    kind = (3, 5, 6)[number % 3]
    return kind - 5 + normal(), normal() + kind % 5 / 2, kind


write("linear.csv", ",", ["dose", "age", "response"], [linear() for _ in range(80)])
write("scales.csv", ";", ["who", "height", "weight", "sport", "pressure"], [scales(n) for n in range(120)])
write("binary.csv", ",", ["left", "right", "label"], [binary() for _ in range(200)])
write("rings.csv", ",", ["east", "north", "label"], [rings(n) for n in range(150)])
write("steps.csv", ",", ["value"], [(row % 17 - 8,) for row in range(301)])
write("wide.csv", ",", [f"c{c}" for c in range(1, 10)] + ["out"], [wide() for _ in range(60)])
write("kinds.csv", ",", ["length", "width", "kind"], [kind(n) for n in range(120)])
