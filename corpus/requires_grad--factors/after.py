import torch


class Factorizer:
    """Low-rank ratings model, trained by plain SGD."""

    rank = 3

    def __init__(self, n_users, n_items):
        self.users = (0.1 * torch.randn(n_users, self.rank)).requires_grad_()
        self.items = (0.1 * torch.randn(n_items, self.rank)).requires_grad_()
        self.bias = torch.zeros(n_items, requires_grad=True)
        self.opt = torch.optim.SGD([self.users, self.items, self.bias], lr=0.5)

    def score(self):
        return self.users @ self.items.T + self.bias

    def fit(self, ratings, mask, epochs):
        history = []
        for _ in range(epochs):
            self.opt.zero_grad()
            error = (self.score() - ratings)[mask]
            loss = error.pow(2).mean()
            loss.backward()
            self.opt.step()
            history.append(loss.item())
        return history


torch.manual_seed(5)
ratings = torch.randint(1, 6, (7, 9)).float()
mask = torch.rand(7, 9) > 0.3
model = Factorizer(7, 9)
history = model.fit(ratings, mask, epochs=12)
print(f"{history[0]:.4f} -> {history[-1]:.4f}")
