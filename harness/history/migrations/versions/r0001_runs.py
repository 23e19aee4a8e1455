"""Runs, cells, answers and the outcomes of their tests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _add_runs()
    _add_answers()
    _add_outcomes()
    op.create_table(
        "claims",
        sa.Column("key_digest", sa.String(20), primary_key=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=False, index=True),
        sa.Column("beat", sa.Double, nullable=False),
    )


def _add_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("harness", sa.Text, nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("cpus", sa.Integer, nullable=False),
        sa.Column("memory", sa.BigInteger, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("python", sa.Text, nullable=False),
        sa.Column("begun", sa.Double, nullable=False),
        sa.Column("finished", sa.Double),
        sa.Column("exit_code", sa.Integer),
    )
    op.create_table(
        "cells",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(20), nullable=False, unique=True),
        sa.Column("llvm", sa.Text, nullable=False),
        sa.Column("suite", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("assertions", sa.Boolean, nullable=False),
        sa.Column("depth", sa.Text, nullable=False),
    )


def _add_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(20), nullable=False, unique=True),
        sa.Column("cell_id", sa.Integer, sa.ForeignKey("cells.id"), nullable=False),
        sa.Column("key_digest", sa.String(20), nullable=False, index=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("is_sure", sa.Boolean, nullable=False),
        sa.Column("outcomes", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("identities", sa.Text, nullable=False),
        sa.Column("llvm_version", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("cpu", sa.Double, nullable=False),
        sa.Column("begun", sa.Double, nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
    )
    op.create_table(
        "results",
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("cell_id", sa.Integer, sa.ForeignKey("cells.id"), primary_key=True, index=True),
        sa.Column("answer_id", sa.Integer, sa.ForeignKey("answers.id"), nullable=False, index=True),
        sa.Column("may_fail", sa.Text, nullable=False),
    )


def _add_outcomes() -> None:
    op.create_table(
        "tests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(20), nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "endings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(20), nullable=False, unique=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_table(
        "outcomes",
        sa.Column("answer_id", sa.Integer, sa.ForeignKey("answers.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("test_id", sa.Integer, sa.ForeignKey("tests.id"), nullable=False, index=True),
        sa.Column("ending_id", sa.Integer, sa.ForeignKey("endings.id"), nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
