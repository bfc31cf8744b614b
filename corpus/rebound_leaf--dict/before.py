import torch


def timed(fn):
    calls = []

    def wrapper(*args, **kwargs):
        calls.append(fn.__name__)
        return fn(*args, **kwargs)

    wrapper.calls = calls
    return wrapper


@timed
def elo_loss(rating, games):
    total = 0.0
    for winner, loser in games:
        total = total + torch.nn.functional.softplus(rating[loser] - rating[winner])
    return total / len(games)


def main():
    games = [("ada", "bob"), ("ada", "cy"), ("bob", "cy"), ("bob", "cy"), ("cy", "ada")]
    rating = {name: torch.zeros((), requires_grad=True) for name in ("ada", "bob", "cy")}
    for _ in range(5):
        loss = elo_loss(rating, games)
        loss.backward()
        for name in rating:
            rating[name] = rating[name] - 1.5 * rating[name].grad
        print(round(loss.item(), 6))
    print(elo_loss.calls.count("elo_loss"), {n: round(r.item(), 4) for n, r in rating.items()})


main()
