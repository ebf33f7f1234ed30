"""Measure how news outlets frame a dispute, sentence by sentence.

The names below are the public API. They are resolved on first use, so that importing the package
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from framing.articles.article import Article, Rejection
    from framing.articles.outlets import OutletList
    from framing.articles.reading import ReadOptions, read_articles
    from framing.classifiers.base import FrameModel, FrameScores
    from framing.codebook import Codebook
    from framing.coding.agreement import measure_agreement
    from framing.coding.codes import read_codes
    from framing.config import load_config
    from framing.corpus.corpus import Corpus, load_corpus
    from framing.dataset import Dataset, load_dataset
    from framing.errors import FramingError
    from framing.evaluation import evaluate_scores, score_coded
    from framing.labelling import label_rows
    from framing.models import load_model
    from framing.preparation import PreparedArticle, prepare_article
    from framing.scoring import ArticleScore, SourceScore, SourceTotals, score_articles
    from framing.training import train_model

_HOME = {
    "Article": "framing.articles.article",
    "ArticleScore": "framing.scoring",
    "Codebook": "framing.codebook",
    "Corpus": "framing.corpus.corpus",
    "Dataset": "framing.dataset",
    "FrameModel": "framing.classifiers.base",
    "FrameScores": "framing.classifiers.base",
    "FramingError": "framing.errors",
    "OutletList": "framing.articles.outlets",
    "PreparedArticle": "framing.preparation",
    "ReadOptions": "framing.articles.reading",
    "Rejection": "framing.articles.article",
    "SourceScore": "framing.scoring",
    "SourceTotals": "framing.scoring",
    "evaluate_scores": "framing.evaluation",
    "label_rows": "framing.labelling",
    "load_config": "framing.config",
    "load_corpus": "framing.corpus.corpus",
    "load_dataset": "framing.dataset",
    "load_model": "framing.models",
    "measure_agreement": "framing.coding.agreement",
    "prepare_article": "framing.preparation",
    "read_articles": "framing.articles.reading",
    "read_codes": "framing.coding.codes",
    "score_articles": "framing.scoring",
    "score_coded": "framing.evaluation",
    "train_model": "framing.training",
}

__all__ = [
    "Article",
    "ArticleScore",
    "Codebook",
    "Corpus",
    "Dataset",
    "FrameModel",
    "FrameScores",
    "FramingError",
    "OutletList",
    "PreparedArticle",
    "ReadOptions",
    "Rejection",
    "SourceScore",
    "SourceTotals",
    "evaluate_scores",
    "label_rows",
    "load_config",
    "load_corpus",
    "load_dataset",
    "load_model",
    "measure_agreement",
    "prepare_article",
    "read_articles",
    "read_codes",
    "score_articles",
    "score_coded",
    "train_model",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'framing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
