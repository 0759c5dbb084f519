"""Networks that the tests share, each with what makes it hard."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

N_FEATURES = 6


class Reused(nn.Module):
    """One ReLU module, called twice: shap.DeepExplainer raises."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 1)
        self.unit = nn.ReLU()

    def forward(self, rows):
        return self.last(self.unit(self.second(self.unit(self.first(rows)))))


class Functional(nn.Module):
    """Functions instead of modules, and a residual connection."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 2)

    def forward(self, rows):
        hidden = functional.relu(self.first(rows))
        return self.last(hidden + torch.tanh(self.second(hidden)).abs())


class Attention(nn.Module):
    """Each column a token: attention multiplies what comes from several columns."""

    def __init__(self):
        super().__init__()
        self.token = nn.Linear(1, 8)
        self.place = nn.Embedding(N_FEATURES, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.last = nn.Linear(8, 3)

    def forward(self, rows):
        tokens = self.token(rows[:, :, None]) + self.place(torch.arange(N_FEATURES))
        return self.last(self.attention(tokens, tokens, tokens)[0].mean(dim=1))


class Encoder(nn.Module):
    """A layer of a transformer, with its own dropout and normalisation."""

    def __init__(self):
        super().__init__()
        self.token = nn.Linear(1, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.2, batch_first=True)
        self.last = nn.Linear(8 * N_FEATURES, 1)

    def forward(self, rows):
        return self.last(self.layer(self.token(rows[:, :, None])).flatten(1))[:, 0]


class Recurrent(nn.Module):
    """Columns are steps in time."""

    def __init__(self):
        super().__init__()
        self.steps = nn.LSTM(1, 8, num_layers=2, dropout=0.3, batch_first=True)
        self.last = nn.Linear(8, 2)

    def forward(self, rows):
        return self.last(self.steps(rows[:, :, None])[0][:, -1])


class Linear(nn.Module):
    """In place: a module may write to what it is given."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 2)

    def forward(self, rows):
        rows += 1.0
        return self.layer(rows)


class Embedded(nn.Module):
    """Looks up its first column."""

    def __init__(self):
        super().__init__()
        self.table, self.last = nn.Embedding(5, 4), nn.Linear(9, 1)

    def forward(self, rows):
        looked_up = self.table(rows[:, 0].long().clamp(0, 4))
        return self.last(torch.cat([looked_up, rows[:, 1:]], dim=1))


class Indexed(nn.Module):
    """Takes nothing but indices."""

    def __init__(self):
        super().__init__()
        self.table, self.last = nn.Embedding(5, 4), nn.Linear(24, 1)

    def forward(self, rows):
        return self.last(self.table(rows).flatten(1))


class Quadratic(nn.Module):
    """Products of two columns each, of which expected gradients are the Shapley values."""

    def __init__(self):
        super().__init__()
        factors = torch.linspace(-1, 1, 36, dtype=torch.float64).reshape(6, 6)
        self.factors = nn.Parameter(factors)

    def forward(self, rows):
        return ((rows @ self.factors) * rows).sum(dim=1)


class Rounded(nn.Module):
    """Mostly steps, of which there is no gradient, and a little slope."""

    def forward(self, rows):
        return (rows.round() + 0.3 * rows).sum(dim=1)


class Beside(nn.Module):
    """Attends to the other rows."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2)

    def forward(self, rows):
        return self.attention(rows, rows, rows)[0]


def sequential(*, n_outputs: int = 1, double: bool = False) -> nn.Sequential:
    made = nn.Sequential(
        nn.Linear(6, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.4),
        nn.Linear(24, 24), nn.GELU(), nn.Linear(24, n_outputs),
    )  # fmt: skip
    return made.double() if double else made


def normed() -> nn.Module:
    return nn.Sequential(
        nn.utils.parametrizations.weight_norm(nn.Linear(6, 8)), nn.SiLU(), nn.Linear(8, 1)
    )


MADE = {
    "sequential": sequential,
    "double": lambda: sequential(double=True),
    "classes": lambda: sequential(n_outputs=3),
    "softmax": lambda: nn.Sequential(sequential(n_outputs=3), nn.Softmax(dim=1)),
    "reused": Reused,
    "functional": Functional,
    "attention": Attention,
    "encoder": Encoder,
    "recurrent": Recurrent,
    "in place": Linear,
    "normed": normed,
    "scripted": lambda: torch.jit.trace(Reused(), torch.zeros(2, 6)),
}


def network(name: str) -> nn.Module:
    """Return a network in training mode, with statistics of its own in its normalisations."""
    torch.manual_seed(0)
    made = MADE[name]()
    if any(isinstance(part, nn.BatchNorm1d) for part in made.modules()):
        double = next(made.parameters()).dtype
        made.train()(torch.randn(64, 6, dtype=double) * 2 + 1)
    return made.train()
