"""AdamW for MXNet 1.9.1, which has the operator but no optimizer around it."""

from __future__ import annotations

from typing import Any


def adamw(mx: Any, **settings: Any) -> Any:
    """An `mx.optimizer.Optimizer` of Loshchilov and Hutter, Decoupled Weight Decay (ICLR 2019)."""

    class AdamW(mx.optimizer.Optimizer):  # type: ignore[misc]
        """Weight decay is scaled by the learning rate and kept out of the moments."""

        def __init__(self, beta1: float = 0.9, beta2: float = 0.999, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.beta1, self.beta2, self.epsilon = beta1, beta2, 1e-8

        def create_state(self, index: int, weight: Any) -> tuple[Any, Any]:
            return mx.nd.zeros_like(weight), mx.nd.zeros_like(weight)

        def update(self, index: int, weight: Any, grad: Any, state: Any) -> None:
            self._update_count(index)
            step = self._index_update_count[index]
            rate = self._get_lr(index)
            correction = (1 - self.beta2**step) ** 0.5 / (1 - self.beta1**step)
            mean, variance = state
            # The operator for several weights works on all cores, the one for a single weight
            # on one: three times the seconds.
            mx.nd.contrib.multi_adamw_update(
                [weight],
                [grad],
                [mean],
                [variance],
                mx.nd.array([self.rescale_grad], ctx=weight.context),
                lrs=[correction],
                etas=[rate],
                wds=[self._get_wd(index) / correction],
                beta1=self.beta1,
                beta2=self.beta2,
                epsilon=self.epsilon,
                out=[weight],
            )

    return AdamW(**settings)
