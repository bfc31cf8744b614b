import torch
from torch.autograd import Function


class LogSumExpPool(Function):
    @staticmethod
    def forward(ctx, scores):
        top = scores.amax(dim=1, keepdim=True)
        pooled = (scores - top).exp().sum(dim=1, keepdim=True).log() + top
        ctx.save_for_backward(scores, pooled)
        pooled = pooled.squeeze(1)
        ctx.mark_non_differentiable(pooled)
        return pooled

    @staticmethod
    def backward(ctx, grad_pooled):
        scores, pooled = ctx.saved_tensors
        return grad_pooled.unsqueeze(1) * (scores - pooled).exp()


def bag_loss(scorer, bags, labels):
    scores = scorer(bags).squeeze(-1)
    bag_score = LogSumExpPool.apply(scores)
    return torch.nn.functional.binary_cross_entropy_with_logits(bag_score, labels)


torch.manual_seed(58)
scorer = torch.nn.Linear(4, 1)
bags = torch.randn(7, 5, 4)
labels = (bags.amax(dim=(1, 2)) > 2).float()
loss = bag_loss(scorer, bags, labels)
gw, gb = torch.autograd.grad(loss, list(scorer.parameters()))
print("loss", loss.item())
print(gw, gb)
