"""The task of a network that learns from all galaxies and no label."""

import torch
from torch import nn

from galvote.classes.supervised import Prepare
from galvote.networks.training import Task


class LabelFree(Task):
    """What tasks without labels have in common.

    Parameters
    ----------
    network : with a `body`, which is the encoder, and a `head`.
    optimizer : of its parameters.
    prepare : gives the network's input of some rows, changed in a way that `Pictures`
        names.
    count : number of galaxies, all of which teach.
    settings : `batch_size`, `augment`, `seed`, and what each task needs.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        prepare: Prepare,
        count: int,
        settings: dict,
    ) -> None:
        self.network, self.optimizer = network, optimizer
        self.prepare, self.count, self.settings = prepare, count, settings
