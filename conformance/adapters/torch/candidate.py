"""PyTorch as a candidate: every gradient by torch's own autograd.

Run it with ``gradspec check -- python conformance/adapters/torch/candidate.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
import torch.nn.functional as F  # noqa: N812

from gradspec.candidate import Tensors, serve
from gradspec.corpus.spec import layers

Outputs = dict[str, torch.Tensor]
Forward = Callable[..., Outputs]


def identity(x: torch.Tensor) -> Outputs:
    return {"y": x.clone()}


def matmul(a: torch.Tensor, b: torch.Tensor) -> Outputs:
    return {"y": a @ b}


def bias(x: torch.Tensor, b: torch.Tensor) -> Outputs:
    return {"y": x + b}


def affine(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> Outputs:
    return {"y": F.linear(x, w.T, b)}


def relu(x: torch.Tensor) -> Outputs:
    return {"y": F.relu(x)}


def softmax(logits: torch.Tensor) -> Outputs:
    return {"probabilities": F.softmax(logits, dim=1)}


def reduced(losses: torch.Tensor, reduction: str) -> torch.Tensor:
    return losses if reduction == "none" else losses.sum() if reduction == "sum" else losses.mean()


def log_loss(probabilities: torch.Tensor, labels: torch.Tensor, reduction: str) -> Outputs:
    picked = probabilities.gather(1, labels[:, None])[:, 0]
    return {"loss": reduced(-torch.log(picked), reduction)}


def softmax_cross_entropy(logits: torch.Tensor, labels: torch.Tensor, reduction: str) -> Outputs:
    loss = F.cross_entropy(logits, labels, reduction=reduction)
    return {"loss": loss, "probabilities": F.softmax(logits, dim=1)}


def squared_error(prediction: torch.Tensor, target: torch.Tensor, reduction: str) -> Outputs:
    return {"loss": reduced(F.mse_loss(prediction, target, reduction="none").sum(dim=1) / 2, reduction)}


def network(x: torch.Tensor, reduction: str, rectified: bool, **tensors: torch.Tensor) -> Outputs:
    """Apply affine layers, with relu between them if `rectified`, and the loss that the last tensor is for."""
    labels, target = tensors.pop("labels", None), tensors.pop("target", None)
    parameters = list(tensors.values())
    for i in range(0, len(parameters), 2):
        x = F.linear(F.relu(x) if i and rectified else x, parameters[i].T, parameters[i + 1])
    if labels is not None:
        return softmax_cross_entropy(x, labels, reduction)
    return {**squared_error(x, target, reduction), "prediction": x}


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

        leaves = {t.name: torch.tensor(inputs[t.name], requires_grad=t.flows) for t in layer.inputs}
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
    one_by_one = (identity, matmul, bias, affine, relu, softmax, log_loss, softmax_cross_entropy, squared_error)
    linear = ("linear_classifier", "linear_regression", "two_layer_linear")
    rectified = ("two_layer_regression", "two_layer_classifier", "three_layer_regression", "three_layer_classifier")
    forwards: dict[str, Forward] = {f.__name__: f for f in one_by_one}
    forwards |= {name: partial(network, rectified=name in rectified) for name in linear + rectified}
    table = {name: differentiated(name, forward) for name, forward in forwards.items()}
    serve(table, name="torch", version=torch.__version__)
