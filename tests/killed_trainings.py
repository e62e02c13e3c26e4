"""Trainings that are killed in a step."""

from galvote.networks.training import Task


class Killed(BaseException):
    """The training is killed here."""


def kill_in_step(task: Task, kill_at: int | None) -> Task:
    """Return a task that is killed at the start of a step; of none for None."""
    loss = task.loss

    def killed(step, rng):
        if step == kill_at:
            raise Killed
        return loss(step, rng)

    task.loss = killed
    return task
