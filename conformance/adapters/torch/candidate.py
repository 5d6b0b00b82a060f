"""PyTorch as a candidate: every gradient by torch's own autograd.

Run it with ``gradspec check -- python conformance/adapters/torch/candidate.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F  # noqa: N812

from gradspec_conformance.candidate import Tensors, serve
from gradspec_conformance.spec import layers

Forward = Callable[..., dict[str, torch.Tensor]]


def identity(x: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"y": x.clone()}


def affine(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"y": F.linear(x, w.T, b)}


def relu(x: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"y": F.relu(x)}


def softmax_cross_entropy(logits: torch.Tensor, labels: torch.Tensor, reduction: str) -> dict[str, torch.Tensor]:
    loss = F.cross_entropy(logits, labels, reduction=reduction)
    return {"loss": loss, "probabilities": F.softmax(logits, dim=1)}


def two_layer_classifier(
    x: torch.Tensor,
    w1: torch.Tensor,
    b1: torch.Tensor,
    w2: torch.Tensor,
    b2: torch.Tensor,
    labels: torch.Tensor,
    reduction: str,
) -> dict[str, torch.Tensor]:
    logits = F.linear(F.relu(F.linear(x, w1.T, b1)), w2.T, b2)
    return softmax_cross_entropy(logits, labels, reduction)


def differentiated(
    name: str, forward: Forward
) -> Callable[[Tensors, Tensors, Mapping[str, str]], tuple[Tensors, Tensors]]:
    """Return the candidate function of a layer whose `forward` has examples as rows."""
    layer = layers()[name]

    def function(inputs: Tensors, cotangents: Tensors, attributes: Mapping[str, str]) -> tuple[Tensors, Tensors]:
        others = {k: v for k, v in attributes.items() if k != "layout"}
        turned = attributes.get("layout") == "columns"

        def turn(t: torch.Tensor) -> torch.Tensor:
            return t.T if turned and t.ndim == 2 else t

        leaves = {k: torch.tensor(v, requires_grad=k in layer.differentiable) for k, v in inputs.items()}
        outputs = {k: turn(v) for k, v in forward(**{k: turn(v) for k, v in leaves.items()}, **others).items()}
        gradients = {}
        if cotangents:
            wanted = [leaves[k] for k in layer.differentiable]
            upstream = [torch.tensor(cotangents[k]) for k in layer.cotangents]
            found = torch.autograd.grad([outputs[k] for k in layer.cotangents], wanted, upstream)
            gradients = dict(zip(layer.differentiable, (g.numpy() for g in found), strict=True))
        return {k: v.detach().numpy() for k, v in outputs.items()}, gradients

    return function


if __name__ == "__main__":
    torch.set_num_threads(1)
    forwards = (identity, affine, relu, softmax_cross_entropy, two_layer_classifier)
    serve(
        {f.__name__: differentiated(f.__name__, f) for f in forwards},
        name="torch",
        version=torch.__version__,
    )
